//! The staging directory, and the lock on the target that it is in.
//!
//! Invariant: who holds the lock is the only one who stages there, so a staging directory that is found is a killed run's.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::super::link::{Stop, stopped};

/// The name of the staging directory in the target.
pub(super) const NAME: &str = ".exdev-staging";

/// The staging directory of a target that is locked.
#[derive(Debug)]
pub(super) struct Staging {
    path: PathBuf,
    /// The target; the lock is held while this is open.
    _locked: File,
}

impl Staging {
    /// Waits for the lock, and removes what a killed run has left.
    pub(super) fn of(target: &Path) -> Result<Self, Stop> {
        let locked = File::open(target).map_err(stopped("open directory", target))?;
        flock(&locked, FlockOperation::LockExclusive)
            .map_err(|errno| stopped("lock directory", target)(io::Error::from(errno)))?;
        let staging = Self { path: target.join(NAME), _locked: locked };
        staging.remove()?;
        Ok(staging)
    }

    /// Makes it, with an empty tree in it.
    pub(super) fn make(&self) -> Result<(), Stop> {
        let make =
            |path: &Path, mode| DirBuilder::new().mode(mode).create(path).map_err(stopped("create directory", path));
        // Until it is published, what is in it is nobody else's business.
        make(&self.path, 0o700)?;
        make(&self.tree(), 0o755)
    }

    /// Removes it with all that is in it, if it is there.
    pub(super) fn remove(&self) -> Result<(), Stop> {
        let gone = twice(|| match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        });
        gone.map_err(stopped("remove", &self.path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the package is staged.
    pub(super) fn tree(&self) -> PathBuf {
        self.path.join("tree")
    }

    /// Where a copy of an exhausted cached file is made.
    pub(super) fn fresh(&self) -> PathBuf {
        self.path.join("fresh")
    }

    /// Where what is replaced is put aside, by its number.
    pub(super) fn aside(&self, number: usize) -> PathBuf {
        self.path.join(format!("aside-{number}"))
    }
}

/// Tries once more what was refused: for what takes back, which is all that is left to do.
pub(super) fn twice(mut attempt: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    attempt().or_else(|_| attempt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_and_nothing_else() {
        let target = tempfile::tempdir().unwrap();
        fs::create_dir_all(target.path().join(NAME).join("tree/a")).unwrap();
        fs::write(target.path().join(NAME).join("tree/a/b"), "b").unwrap();
        fs::write(target.path().join("mine"), "mine").unwrap();
        let staging = Staging::of(target.path()).unwrap();
        assert!(!staging.path().exists());
        assert!(target.path().join("mine").exists());
    }

    #[test]
    fn two_runs_do_not_stage_at_once() {
        let target = tempfile::tempdir().unwrap();
        let staging = Staging::of(target.path()).unwrap();
        let other = File::open(target.path()).unwrap();
        let busy = || flock(&other, FlockOperation::NonBlockingLockExclusive);
        assert_eq!(busy(), Err(rustix::io::Errno::WOULDBLOCK));
        drop(staging);
        assert_eq!(busy(), Ok(()));
    }

    #[test]
    fn one_refusal_is_overcome_and_two_are_told() {
        let done_at = |attempt: usize| {
            let mut left = attempt;
            twice(|| {
                left = left.saturating_sub(1);
                if left == 0 { Ok(()) } else { Err(io::Error::other("refused")) }
            })
        };
        assert!([done_at(1), done_at(2)].iter().all(Result::is_ok));
        assert!(done_at(3).is_err());
    }
}
