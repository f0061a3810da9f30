//! Why a place could not be made: this machine cannot, or it should have worked and did not.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::errno::Errno;

/// What mends it that somebody is not root; sudo alone would lose rustup's cargo and the cache of linkers.
pub const RUN_AS_ROOT: &str = "run it as root: sudo env HOME=\"$HOME\" PATH=\"$PATH\" in front of the same command";

/// Why a pairing could not be made.
#[derive(Debug, Error)]
pub enum SetupError {
    /// This kernel, or this user, cannot: the scenario is *not run*.
    #[error("{reason}; {mend}")]
    NotHere {
        /// What is missing.
        reason: String,
        /// The command that mends it, or what else would.
        mend: String,
    },
    /// It should have worked: the scenario is *broken*.
    #[error("failed to {operation} {}: {source}{}", path.display(), advice(source))]
    Failed {
        /// What was tried, as a verb.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// A directory that was given has no room left.
    #[error("there is no room left in {}: free some, or give another directory", path.display())]
    NoRoom {
        /// The directory.
        path: PathBuf,
    },
    /// A program that makes filesystems failed.
    #[error("{program} failed on {}: {said}", path.display())]
    Program {
        /// The program.
        program: &'static str,
        /// On what.
        path: PathBuf,
        /// Its complaint.
        said: String,
    },
    /// The package could not be written.
    #[error("{0}{advice}", advice = .0.io().map_or("", advice))]
    Form(#[from] crate::package::FormError),
    /// Something could not be looked at.
    #[error(transparent)]
    Observe(#[from] crate::observe::ObserveError),
    /// A mount succeeded, and yet the directory is not what was mounted.
    #[error("{} is not the {expected} that was just mounted there: {found}", path.display())]
    NotMounted {
        /// The mount point.
        path: PathBuf,
        /// The filesystem.
        expected: &'static str,
        /// What is there instead.
        found: String,
    },
}

impl SetupError {
    /// For `map_err`: this operation on this path failed.
    pub fn failed(operation: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Failed { operation, path, source }
    }

    /// This machine cannot, for this reason; this mends it.
    pub fn not_here(reason: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::NotHere { reason: reason.into(), mend: mend.into() }
    }

    /// The memory that holds these images and trees is full.
    #[must_use]
    pub fn full(path: &Path) -> Self {
        Self::failed("find room in", path)(rustix::io::Errno::NOSPC.into())
    }

    /// The errno behind this, if there is one.
    #[must_use]
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Failed { source, .. } => Some(Errno::from(source)),
            _ => None,
        }
    }
}

fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull => " (the images are in memory: give them more with --scratch SIZE, or free some)",
        io::ErrorKind::OutOfMemory => " (the images are in memory: free some, or run fewer at once with --jobs N)",
        _ => "",
    }
}
