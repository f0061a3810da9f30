//! Places one file by one strategy.
//!
//! Invariant: a strategy does what its name says or nothing: no reflink passes for a copy, no part of a file stays where the
//! whole could not be made.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, ioctl_ficlone, linkat};

use crate::errno::Errno;
use crate::outcome::Strategy;

use super::made::Made;

/// Why one file was not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unplaced {
    /// The strategy was refused.
    Refused(Errno),
    /// Something that goes with it failed, which says nothing of the strategy.
    Around {
        /// What was tried, with the file.
        operation: &'static str,
        /// Why not.
        errno: Errno,
    },
}

impl Unplaced {
    /// The errno, whatever it is of.
    pub(super) const fn errno(self) -> Errno {
        match self {
            Self::Refused(errno) | Self::Around { errno, .. } => errno,
        }
    }
}

/// Places one file; it is an error if there is something already.
pub(super) fn place(strategy: Strategy, cached: &Path, target: &Path, made: &mut Made) -> Result<(), Unplaced> {
    let placed = match strategy {
        Strategy::HardLink => linkat(CWD, cached, CWD, target, AtFlags::empty()).map_err(io::Error::from),
        Strategy::Symlink => std::path::absolute(cached).and_then(|cached| symlink(cached, target)),
        Strategy::Reflink => return fill(cached, target, made, |from, to| Ok(ioctl_ficlone(to, from)?)),
        Strategy::Copy => return fill(cached, target, made, copy),
    };
    placed.map_err(|error| Unplaced::Refused(Errno::from(&error)))?;
    made.file(target);
    Ok(())
}

type Fill = fn(&File, &File) -> io::Result<()>;

/// Makes a new file, fills it from the cached one, and gives it the same permission bits.
fn fill(cached: &Path, target: &Path, made: &mut Made, fill: Fill) -> Result<(), Unplaced> {
    let around = |operation| move |error| Unplaced::Around { operation, errno: Errno::from(&error) };
    let from = File::open(cached).map_err(around("open the cached file of"))?;
    let to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(target);
    let to = to.map_err(around("create"))?;
    made.file(target);
    let filled = fill(&from, &to).map_err(|error| Unplaced::Refused(Errno::from(&error)));
    let filled = filled.and_then(|()| set_mode(&from, &to).map_err(around("set the permission bits of")));
    filled.inspect_err(|_| made.retract())
}

/// Gives a file the permission bits of another.
pub(super) fn set_mode(from: &File, to: &File) -> io::Result<()> {
    to.set_permissions(Permissions::from_mode(mode(&from.metadata()?)))
}

/// The permission bits.
pub(super) fn mode(metadata: &fs::Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

/// Copies by read(2) and write(2). The copy of the standard library is `copy_file_range(2)`, by which XFS and btrfs share extents.
pub(super) fn copy(mut from: &File, mut to: &File) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => to.write_all(&buffer[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn cached() -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let cached = directory.path().join("cached");
        fs::write(&cached, vec![7; 200_000]).unwrap();
        fs::set_permissions(&cached, Permissions::from_mode(0o4751)).unwrap();
        (directory, cached)
    }

    #[test]
    fn each_strategy_does_what_its_name_says() {
        let (directory, cached) = cached();
        let inode = |path: &Path| fs::symlink_metadata(path).unwrap().ino();
        for (strategy, name) in [(Strategy::HardLink, "h"), (Strategy::Symlink, "s"), (Strategy::Copy, "c")] {
            let target = directory.path().join(name);
            place(strategy, &cached, &target, &mut Made::default()).unwrap();
            assert_eq!(fs::read(&target).unwrap(), fs::read(&cached).unwrap(), "{strategy}");
            assert_eq!(mode(&fs::metadata(&target).unwrap()), 0o4751, "{strategy}");
            assert_eq!(inode(&target) == inode(&cached), strategy == Strategy::HardLink, "{strategy}");
            assert_eq!(fs::read_link(&target).ok(), (strategy == Strategy::Symlink).then(|| cached.clone()));
        }
    }

    #[test]
    fn something_in_the_way_stays_and_is_eexist() {
        let (directory, cached) = cached();
        let target = directory.path().join("target");
        fs::write(&target, "before").unwrap();
        for strategy in [Strategy::HardLink, Strategy::Symlink, Strategy::Copy, Strategy::Reflink] {
            let mut made = Made::default();
            let errno = place(strategy, &cached, &target, &mut made).unwrap_err().errno();
            assert_eq!(errno, Errno(nix::libc::EEXIST), "{strategy}");
            made.take_back();
            assert_eq!(fs::read_to_string(&target).unwrap(), "before", "{strategy}");
        }
    }

    #[test]
    fn what_could_not_be_filled_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("target");
        // A directory can be opened for reading, and every way of filling a file from it is refused.
        for strategy in [Strategy::Copy, Strategy::Reflink] {
            place(strategy, directory.path(), &target, &mut Made::default()).unwrap_err();
            assert!(!target.exists(), "{strategy}");
        }
    }
}
