//! Whether a target holds the package already.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::link::Job;
use super::super::place::mode;
use crate::outcome::Strategy;

/// How a file that is there came to be, as far as the disk shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Linked,
    Symlinked,
    New,
}

impl Way {
    /// Whether a strategy places files so.
    fn is_of(self, strategy: Strategy) -> bool {
        self == match strategy {
            Strategy::HardLink => Self::Linked,
            Strategy::Symlink => Self::Symlinked,
            Strategy::Reflink | Strategy::Copy => Self::New,
        }
    }
}

/// Whether every file is there, as it is in the cache, all of them in one way, and in one that the mode has.
pub(super) fn holds(job: &Job, files: &[PathBuf]) -> bool {
    let mut ways = files.iter().map(|file| way(&job.cache.join(file), &job.target.join(file)).ok().flatten());
    let Some(first) = ways.next() else { return true };
    let mut chain = std::iter::once(job.mode.first()).chain(job.mode.fallbacks().iter().copied());
    first.is_some_and(|way| chain.any(|strategy| way.is_of(strategy))) && ways.all(|way| way == first)
}

/// How a file was placed that is as the cached one; `None` where it is other.
fn way(cached: &Path, target: &Path) -> io::Result<Option<Way>> {
    let (kept, found) = (fs::metadata(cached)?, fs::symlink_metadata(target)?);
    let inode = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    Ok(if found.is_symlink() {
        (inode(&fs::metadata(target)?) == inode(&kept)).then_some(Way::Symlinked)
    } else if inode(&found) == inode(&kept) {
        Some(Way::Linked)
    } else {
        let alike = found.is_file() && found.len() == kept.len() && mode(&found) == mode(&kept);
        (alike && same_bytes(cached, target)?).then_some(Way::New)
    })
}

/// Whether two files hold the same bytes.
pub(super) fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    const SIZE: u64 = 64 * 1024;
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        (&mut one).take(SIZE).read_to_end(&mut left)?;
        (&mut other).take(SIZE).read_to_end(&mut right)?;
        if left != right || left.is_empty() {
            return Ok(left == right);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::super::{Mode, Policy};
    use super::*;

    struct Ends {
        _root: tempfile::TempDir,
        job: Job,
    }

    /// A cache of two files, and an empty target.
    fn ends(mode: Mode) -> Ends {
        let root = tempfile::tempdir().unwrap();
        let (cache, target) = (root.path().join("cache"), root.path().join("target"));
        fs::create_dir(&cache).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(cache.join("a"), vec![1; 70_000]).unwrap();
        fs::write(cache.join("b"), "").unwrap();
        Ends { _root: root, job: Job { policy: Policy::Staged, mode, cache, target } }
    }

    fn held(job: &Job) -> bool {
        holds(job, &["a", "b"].map(PathBuf::from))
    }

    #[test]
    fn whole_copies_are_held_and_torn_or_other_ones_are_not() {
        let Ends { job, .. } = &ends(Mode::Copy);
        assert!(!held(job));
        for name in ["a", "b"] {
            fs::copy(job.cache.join(name), job.target.join(name)).unwrap();
        }
        assert!(held(job));
        fs::set_permissions(job.target.join("b"), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(!held(job));
        fs::copy(job.cache.join("b"), job.target.join("b")).unwrap();
        let mut other = vec![1; 70_000];
        other[69_999] = 2;
        fs::write(job.target.join("a"), &other).unwrap();
        assert!(!held(job));
        fs::write(job.target.join("a"), &other[..69_999]).unwrap();
        assert!(!held(job));
    }

    #[test]
    fn what_is_mixed_or_of_another_mode_is_not_held() {
        for (mode, expected) in [(Mode::Default, true), (Mode::Copy, false)] {
            let Ends { job, .. } = &ends(mode);
            fs::hard_link(job.cache.join("a"), job.target.join("a")).unwrap();
            fs::copy(job.cache.join("b"), job.target.join("b")).unwrap();
            assert!(!held(job), "mixed");
            fs::remove_file(job.target.join("b")).unwrap();
            fs::hard_link(job.cache.join("b"), job.target.join("b")).unwrap();
            assert_eq!(held(job), expected, "{mode}");
        }
        let Ends { job, .. } = &ends(Mode::Symlink);
        for name in ["a", "b"] {
            symlink(job.cache.join(name), job.target.join(name)).unwrap();
        }
        assert!(held(job));
        fs::remove_file(job.target.join("b")).unwrap();
        symlink("a", job.target.join("b")).unwrap();
        assert!(!held(job), "a symlink to elsewhere");
    }
}
