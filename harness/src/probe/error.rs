//! Why two directories cannot be probed.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::errno::Errno;
use crate::facts::FactsError;

/// Why two directories cannot be probed.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// One of them is not there.
    #[error("there is no {end} at {}", path.display())]
    NotThere {
        /// Which one: cache or target.
        end: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// One of them is something else.
    #[error("the {end} {} is no directory", path.display())]
    NoDirectory {
        /// Which one.
        end: &'static str,
        /// Where it is.
        path: PathBuf,
    },
    /// One of them cannot be listed.
    #[error("the {end} {} cannot be read: {errno}", path.display())]
    Unreadable {
        /// Which one.
        end: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What reading it got.
        errno: Errno,
    },
    /// Nothing can be made in the target.
    #[error("the target {} cannot be written to: {errno}", path.display())]
    Unwritable {
        /// Where it is.
        path: PathBuf,
        /// What making a file there got.
        errno: Errno,
    },
    /// Nothing can be made in the cache, and it holds no file that could be tried instead.
    #[error("the cache {} cannot be written to ({errno}), and it holds no file that could be tried", path.display())]
    NothingToTry {
        /// Where it is.
        path: PathBuf,
        /// What making a file there got.
        errno: Errno,
    },
    /// Something that was made, or a cached file, cannot be looked at.
    #[error("failed to {operation} {}: {source}", path.display())]
    Failed {
        /// What was tried.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ProbeError {
    /// For `map_err`.
    pub(super) fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Failed { operation, path, source }
    }
}

impl From<FactsError> for ProbeError {
    fn from(FactsError { operation, path, source }: FactsError) -> Self {
        Self::Failed { operation, path, source }
    }
}
