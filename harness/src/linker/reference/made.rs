//! What one run has made in the target, so that it can be taken back.
//!
//! Invariant: whatever the run has made and not removed again is listed, also a file that it could not remove.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files and directories that a run has made, in order.
#[derive(Debug, Default)]
pub(super) struct Made {
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
    there: HashSet<PathBuf>,
}

impl Made {
    /// Notes a file just made.
    pub(super) fn file(&mut self, path: &Path) {
        self.files.push(path.to_owned());
    }

    /// Removes the file noted last; it stays noted if that fails.
    pub(super) fn retract(&mut self) {
        self.files.pop_if(|path| is_gone(fs::remove_file(path)));
    }

    /// Makes sure that a directory is there, with those that hold it.
    pub(super) fn directory(&mut self, path: &Path) -> io::Result<()> {
        if self.there.contains(path) {
            return Ok(());
        }
        match (make_directory(path), path.parent()) {
            (Ok(()), _) => self.directories.push(path.to_owned()),
            (Err(error), _) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
                self.directory(parent)?;
                make_directory(path)?;
                self.directories.push(path.to_owned());
            }
            (Err(error), _) => return Err(error),
        }
        self.there.insert(path.to_owned());
        Ok(())
    }

    /// Removes everything again, and says what could not be removed, sorted; that stays noted.
    pub(super) fn take_back(&mut self) -> Vec<PathBuf> {
        self.there.clear();
        self.files.retain(|path| !is_gone(fs::remove_file(path)));
        // A directory is empty only when those inside it are gone.
        self.directories.reverse();
        self.directories.retain(|path| !is_gone(fs::remove_dir(path)));
        self.directories.reverse();
        let mut left = [self.files.as_slice(), self.directories.as_slice()].concat();
        left.sort();
        left
    }
}

fn make_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o755).create(path)
}

/// Whether there is nothing any more, by this removal or by another.
fn is_gone(removed: io::Result<()>) -> bool {
    removed.map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |()| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_is_taken_back() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("before")).unwrap();
        let mut made = Made::default();
        made.directory(&root.path().join("before/made/deep")).unwrap();
        made.directory(&root.path().join("before/made")).unwrap();
        fs::write(root.path().join("before/made/file"), "").unwrap();
        made.file(&root.path().join("before/made/file"));
        assert_eq!(made.take_back(), Vec::<PathBuf>::new());
        assert!(root.path().join("before").exists());
        assert!(!root.path().join("before/made").exists());
    }

    #[test]
    fn what_cannot_be_removed_is_named() {
        let root = tempfile::tempdir().unwrap();
        let (directory, file) = (root.path().join("made"), root.path().join("made/file"));
        let mut made = Made::default();
        made.directory(&directory).unwrap();
        // A directory in the file's place is something that unlink(2) refuses, also to root.
        fs::create_dir(&file).unwrap();
        made.file(&file);
        made.retract();
        assert_eq!(made.take_back(), [directory, file]);
    }

    #[test]
    fn a_file_in_a_directorys_place_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        let error = Made::default().directory(&root.path().join("file")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }
}
