//! A new inode for a cached file that has all the links that it can have.
//!
//! Invariant: the cached name is at every moment that of a whole file with the same bytes. The copy is made in the staging directory,
//! compared, written out, and renamed over the name; where any of that is refused, the cache is as it was.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::super::place::{copy, set_mode};
use super::compare::same_bytes;
use super::staging::Staging;

/// Puts an equal file with no other links in the cached file's place.
pub(super) fn refresh(cached: &Path, staging: &Staging) -> io::Result<()> {
    let (from, fresh) = (File::open(cached)?, staging.fresh());
    let kept = from.metadata()?;
    let to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    let made = to.metadata()?;
    if (made.uid(), made.gid()) != (kept.uid(), kept.gid()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the cached file is another user's"));
    }
    copy(&from, &to)?;
    set_mode(&from, &to)?;
    to.set_times(FileTimes::new().set_accessed(kept.accessed()?).set_modified(kept.modified()?))?;
    // Else a crash could leave the name with an empty file.
    to.sync_all()?;
    if !same_bytes(cached, &fresh)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the copy is not what was copied"));
    }
    fs::rename(&fresh, cached)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_new_inode_has_the_same_bytes_bits_and_times() {
        let root = tempfile::tempdir().unwrap();
        let (cached, other) = (root.path().join("cached"), root.path().join("other"));
        fs::write(&cached, vec![3; 100_000]).unwrap();
        fs::set_permissions(&cached, fs::Permissions::from_mode(0o4750)).unwrap();
        fs::hard_link(&cached, &other).unwrap();
        let before = fs::metadata(&cached).unwrap();
        let staging = Staging::of(root.path()).unwrap();
        staging.make().unwrap();
        refresh(&cached, &staging).unwrap();
        let after = fs::metadata(&cached).unwrap();
        assert_ne!(after.ino(), before.ino());
        assert_eq!((after.nlink(), after.mode(), after.mtime()), (1, before.mode(), before.mtime()));
        assert_eq!(fs::read(&cached).unwrap(), fs::read(&other).unwrap());
        assert!(!staging.fresh().exists());
    }

    #[test]
    fn where_no_copy_can_be_made_the_cached_file_stays() {
        let root = tempfile::tempdir().unwrap();
        let cached = root.path().join("cached");
        fs::write(&cached, "bytes").unwrap();
        let inode = fs::metadata(&cached).unwrap().ino();
        let staging = Staging::of(root.path()).unwrap();
        refresh(&cached, &staging).unwrap_err();
        assert_eq!(fs::metadata(&cached).unwrap().ino(), inode);
    }
}
