//! Why no linker can be run in two directories.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::errno::Errno;

/// Why no linker can be run in two directories.
#[derive(Debug, Error)]
pub enum GivenError {
    /// One of them is not there.
    #[error("there is no directory {} for the {end}", path.display())]
    NotThere {
        /// What it is for: cache or target.
        end: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// One of them is something else.
    #[error("{}, given for the {end}, is no directory", path.display())]
    NoDirectory {
        /// What it is for.
        end: &'static str,
        /// Where it is.
        path: PathBuf,
    },
    /// One of them has a path that reports cannot hold.
    #[error("the path {} of the directory for the {end} is not UTF-8", path.display())]
    NotUnicode {
        /// What it is for.
        end: &'static str,
        /// Where it is.
        path: PathBuf,
    },
    /// Nothing can be made in one of them.
    #[error("{}, given for the {end}, cannot be written to: {errno}", path.display())]
    Unwritable {
        /// What it is for.
        end: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What making something there got.
        errno: Errno,
    },
    /// One of them has no room for the package.
    #[error("{}, given for the {end}, has no room for the package: free some, or give another directory", path.display())]
    Full {
        /// What it is for.
        end: &'static str,
        /// Where it is.
        path: PathBuf,
    },
    /// Something else failed.
    #[error("failed to {operation} {}: {source}", path.display())]
    Failed {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl GivenError {
    /// For `map_err`.
    pub(super) fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Failed { operation, path, source }
    }
}
