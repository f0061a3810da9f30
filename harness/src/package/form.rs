//! The forms in which linkers take the package.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::cached::Expected;
use super::tree::{File, Package, WriteError};
use super::wheel::{WheelError, wheels};
use super::{conda, npm};

/// A form of the package, in a directory of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Its files as they are.
    #[default]
    Tree,
    /// A wheel.
    Wheel,
    /// What `npm pack` makes; while a cache is filled from it, a loopback registry has it, too.
    Npm,
    /// A conda channel with a package of it.
    Conda,
}

/// Why a form could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// A file or a directory could not.
    #[error(transparent)]
    File(#[from] WriteError),
    /// The wheel could not.
    #[error(transparent)]
    Wheel(#[from] WheelError),
}

impl FormError {
    /// What the system said, if it was the system that refused.
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        match self {
            Self::File(error) => Some(&error.cause),
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
            Self::Npm => "npm",
            Self::Conda => "conda",
        }
    }

    /// The files that the package has in this form alone, and that are placed like all others.
    #[must_use]
    pub fn adds(self) -> Vec<File> {
        match self {
            Self::Tree | Self::Wheel | Self::Conda => Vec::new(),
            Self::Npm => npm::adds(),
        }
    }

    /// The package's files in this form, as they are to be in a target.
    #[must_use]
    pub fn expected(self, package: &Package) -> Vec<Expected> {
        let added = self.adds();
        package.files.iter().chain(&added).map(Expected::from).collect()
    }

    /// Writes the package in this form into a directory.
    pub fn write(self, package: &Package, directory: &Path) -> Result<(), FormError> {
        match self {
            Self::Tree => Ok(package.write(directory)?),
            Self::Wheel => Ok(wheels(package, directory)?),
            Self::Npm => Ok(npm::write(package, directory)?),
            Self::Conda => Ok(conda::write(package, directory)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use crate::package::{Size, package};
    use crate::pairing::Names;

    #[test]
    fn only_npm_adds_a_file() {
        let package = package(Size::Small, Names::POSIX);
        for form in [Form::Tree, Form::Wheel, Form::Conda] {
            assert_eq!(form.expected(package), package.expected());
        }
        let expected = Form::Npm.expected(package);
        let (manifest, others) = expected.split_last().unwrap();
        assert_eq!(others, package.expected());
        assert_eq!((manifest.path.as_str(), manifest.mode, manifest.size), ("package.json", Some(0o644), 39));
    }
}
