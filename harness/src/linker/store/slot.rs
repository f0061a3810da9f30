//! A version in the store: `store/NAME-VERSION`.
//!
//! Invariant: a directory at its final path is whole, and unpacked from what was verified.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::lock::Pin;
use super::origin::Origin;

/// Where a version is, or will be.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    /// Where it comes from.
    pub(super) origin: Origin,
    /// The version.
    pub(super) version: &'a str,
    /// What pins it.
    pub(super) pin: Option<&'a Pin>,
    /// Its directory.
    pub(super) home: PathBuf,
}

impl Slot<'_> {
    /// The program, if it is one file, or else the directory that it is in.
    pub(super) fn runs(&self) -> PathBuf {
        if self.origin.is_one_file(self.version) { self.program() } else { self.home.clone() }
    }

    /// Whether it is here, and from what is pinned, if something is.
    pub(super) fn is_filled(&self) -> bool {
        let from = fs::read_to_string(self.home.join(self.origin.mark()));
        self.program().exists() && from.is_ok_and(|from| self.pin.is_none_or(|pin| pin.sha256 == from))
    }

    fn program(&self) -> PathBuf {
        self.home.join(self.origin.program(self.version))
    }

    /// Makes `scratch`, which holds what came from a file of this digest, the directory of this version.
    pub(super) fn fill(&self, scratch: &Path, digest: &str) -> Result<(), StoreError> {
        let failed = |operation, path: &Path| {
            let path = path.to_owned();
            move |cause| StoreError::Cache { operation, path, cause }
        };
        fs::write(scratch.join(self.origin.mark()), digest).map_err(failed("write into", scratch))?;
        self.replace(scratch).map_err(failed("make", &self.home))
    }

    /// Renames `scratch`. A directory in its way is from another file than the pinned one.
    fn replace(&self, scratch: &Path) -> io::Result<()> {
        // A rename can reach the disk before the bytes do.
        rustix::fs::syncfs(File::open(scratch)?)?;
        match fs::remove_dir_all(&self.home) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::rename(scratch, &self.home),
        }
    }
}
