//! The forms in which linkers take the package.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::tree::{Package, WriteError};
use super::wheel::{WheelError, wheels};

/// A form of the package, in a directory of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Its files as they are.
    #[default]
    Tree,
    /// A wheel.
    Wheel,
}

/// Why a form could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// Its files could not.
    #[error(transparent)]
    Tree(#[from] WriteError),
    /// The wheel could not.
    #[error(transparent)]
    Wheel(#[from] WheelError),
}

impl FormError {
    /// What the system said, if it was the system that refused.
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        match self {
            Self::Tree(error) => Some(&error.cause),
            Self::Wheel(error) => error.io(),
        }
    }
}

impl Form {
    /// The name of its directory.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Wheel => "wheels",
        }
    }

    /// Writes the package in this form into a directory.
    pub fn write(self, package: &Package, directory: &Path) -> Result<(), FormError> {
        match self {
            Self::Tree => Ok(package.write(directory)?),
            Self::Wheel => Ok(wheels(package, directory)?),
        }
    }
}
