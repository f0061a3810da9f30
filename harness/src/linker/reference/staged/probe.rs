//! Which files are placed first, and whether a strategy does there what its name says.
//!
//! Nothing is placed twice to find out: the first files are the probe. One file tells too little. A cached file may be immutable, of
//! another owner, or out of links, and its neighbours not.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::outcome::Strategy;

/// So many files are placed first, and looked at.
pub(super) const PROBES: usize = 3;

/// The files with those first that tell most of the others, being far from each other: the first, the last, that in the middle.
pub(super) fn telling_first(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    if files.len() > PROBES {
        let middle = files.remove((files.len() - 1) / 2);
        files.splice(1..1, [middle]);
        let last = files.pop();
        files.splice(1..1, last);
    }
    files
}

/// Whether what was placed is what the strategy's name says. There are servers on which link(2) is done, and makes a symlink.
pub(super) fn is_as_named(strategy: Strategy, cached: &Path, placed: &Path) -> io::Result<bool> {
    let (found, cached) = (fs::symlink_metadata(placed)?, fs::symlink_metadata(cached)?);
    Ok(match strategy {
        Strategy::Symlink => {
            let shown = fs::metadata(placed)?;
            found.is_symlink() && (shown.dev(), shown.ino()) == (cached.dev(), cached.ino())
        }
        // An overlay may show another inode number for each name, so a link is not asked for its own.
        Strategy::HardLink | Strategy::Reflink | Strategy::Copy => found.is_file() && found.len() == cached.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_come_first_and_no_file_is_lost() {
        for count in 0..9_usize {
            let files: Vec<_> = (0..count).map(|index| PathBuf::from(index.to_string())).collect();
            let mut ordered = telling_first(files.clone());
            if count > PROBES {
                let [first, last, middle] = [0, count - 1, (count - 1) / 2].map(|index| files[index].clone());
                assert_eq!(ordered[..PROBES], [first, last, middle]);
            }
            ordered.sort();
            assert_eq!(ordered, files);
        }
    }

    #[test]
    fn a_link_that_is_a_symlink_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let (cached, link, copy) = (root.path().join("cached"), root.path().join("link"), root.path().join("copy"));
        fs::write(&cached, "bytes").unwrap();
        std::os::unix::fs::symlink(&cached, &link).unwrap();
        fs::write(&copy, "byte").unwrap();
        assert!(is_as_named(Strategy::Symlink, &cached, &link).unwrap());
        assert!(!is_as_named(Strategy::HardLink, &cached, &link).unwrap());
        assert!(!is_as_named(Strategy::Copy, &cached, &copy).unwrap());
        assert!(!is_as_named(Strategy::Symlink, &cached, &copy).unwrap());
    }
}
