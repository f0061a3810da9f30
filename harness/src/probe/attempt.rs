//! One call, tried and verified by looking: a call that succeeds may have done something else (`BeeGFS` has made a symlink of
//! a hard link).
//!
//! Invariant: only a file of the probe's own is ever renamed, and what was made is removed before `attempt` returns.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, RenameFlags, copy_file_range, ioctl_ficlone, linkat, renameat_with};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::error::ProbeError;
use super::scratch::placed;
use crate::errno::Errno;
use crate::observe::extents;

/// What a call got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "got", rename_all = "lowercase")]
pub enum Got {
    /// It did what it says.
    Worked {
        /// Whether the two files have extents in common; `None` where that means nothing or cannot be seen.
        shares: Option<bool>,
    },
    /// It did not.
    Refused {
        /// With this errno.
        errno: Errno,
    },
    /// It said that it did, and what is there is something else.
    Deceived {
        /// What is there.
        seen: String,
    },
}

impl Got {
    /// The errno, if it was refused.
    #[must_use]
    pub const fn errno(&self) -> Option<Errno> {
        match self {
            Self::Refused { errno } => Some(*errno),
            Self::Worked { .. } | Self::Deceived { .. } => None,
        }
    }
}

/// No more bytes of a file than these are copied and compared.
pub(super) const MOST: u64 = 1024 * 1024;

/// Tries a call from a file into a directory.
pub(super) fn attempt(call: Call, source: &Path, directory: &Path) -> Result<Got, ProbeError> {
    let before = fs::symlink_metadata(source).map_err(ProbeError::failed("look at", source))?;
    let made = match placed(directory, |path| make(call, source, path)) {
        Ok(made) => made,
        Err(errno) => return Ok(Got::Refused { errno }),
    };
    let seen = look(call, source, &before, &made).map_err(ProbeError::failed("look at", &made))?;
    made.close().map_err(ProbeError::failed("remove what was made in", directory))?;
    Ok(seen)
}

fn make(call: Call, source: &Path, path: &Path) -> io::Result<()> {
    match call {
        Call::HardLink => Ok(linkat(CWD, source, CWD, path, AtFlags::empty())?),
        Call::Symlink => symlink(source, path),
        Call::Reflink => filled(source, path, |from, to| Ok(ioctl_ficlone(to, from)?)),
        Call::Copy => filled(source, path, copy),
        Call::Rename => Ok(renameat_with(CWD, source, CWD, path, RenameFlags::empty())?),
        Call::RenameNoReplace => Ok(renameat_with(CWD, source, CWD, path, RenameFlags::NOREPLACE)?),
    }
}

/// Makes a new file and fills it; it is removed again where that is refused.
fn filled(source: &Path, path: &Path, fill: impl Fn(&File, &File) -> io::Result<()>) -> io::Result<()> {
    let (from, to) = (File::open(source)?, File::create_new(path)?);
    fill(&from, &to).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

fn copy(from: &File, to: &File) -> io::Result<()> {
    let mut left = usize::try_from(from.metadata()?.len().min(MOST)).unwrap_or(usize::MAX);
    loop {
        // Of an empty file, too, that nothing is copied must be said by the call.
        let copied = copy_file_range(from, None, to, None, left.max(1))?;
        left = left.saturating_sub(copied);
        if copied == 0 || left == 0 {
            return Ok(());
        }
    }
}

/// What is there now.
fn look(call: Call, source: &Path, before: &Metadata, made: &Path) -> io::Result<Got> {
    let now = fs::symlink_metadata(made)?;
    let seen = match call {
        Call::Symlink => not_a_symlink(source, &now, made)?,
        Call::HardLink => not_a_hard_link(source, before, &now)?,
        Call::Rename | Call::RenameNoReplace => not_moved(source, before, &now),
        Call::Reflink | Call::Copy => not_filled(source, before, &now, made)?,
    };
    Ok(match (seen, call) {
        (Some(seen), _) => Got::Deceived { seen: seen.to_owned() },
        (None, Call::Reflink | Call::Copy) => Got::Worked { shares: share(source, made) },
        (None, _) => Got::Worked { shares: None },
    })
}

/// What there is instead of a file that is as it should be.
type Instead = Option<&'static str>;

const SYMLINK: &str = "a symlink";
const OTHER: &str = "another file";

fn not_a_symlink(source: &Path, now: &Metadata, made: &Path) -> io::Result<Instead> {
    if !now.is_symlink() {
        return Ok(Some(OTHER));
    }
    match fs::read_link(made) {
        Err(error) if Errno::from(&error) == Errno::EPERM => Ok(Some("a symlink that cannot be read")),
        read => Ok((read? != source).then_some("a symlink to something else")),
    }
}

/// An overlay copies up what it links, which has another inode from then on: what counts is what both names show now. In a user
/// namespace it cannot even keep one number for both names, but the count of links is kept.
fn not_a_hard_link(source: &Path, before: &Metadata, now: &Metadata) -> io::Result<Instead> {
    let source = fs::symlink_metadata(source)?;
    Ok(if now.is_symlink() {
        Some(SYMLINK)
    } else if now.nlink() <= before.nlink() {
        Some("a file with no more links than before")
    } else {
        (now.ino() != source.ino() && now.nlink() != source.nlink()).then_some(OTHER)
    })
}

fn not_moved(source: &Path, before: &Metadata, now: &Metadata) -> Instead {
    if fs::symlink_metadata(source).is_ok() {
        Some("both names, the old and the new")
    } else if !is_same(before, now) {
        Some(OTHER)
    } else {
        (now.mode() != before.mode()).then_some("a file with another mode")
    }
}

fn not_filled(source: &Path, before: &Metadata, now: &Metadata, made: &Path) -> io::Result<Instead> {
    if is_same(before, now) {
        return Ok(Some("the same inode"));
    }
    Ok((!equal(source, made)?).then_some("a file with other bytes"))
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.ino(), one.dev()) == (other.ino(), other.dev())
}

/// Whether the files begin with the same bytes.
fn equal(one: &Path, other: &Path) -> io::Result<bool> {
    let read = |path: &Path| {
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    Ok(read(one)? == read(other)?)
}

/// Whether two files have extents in common, as far as the filesystem shows any.
fn share(one: &Path, other: &Path) -> Option<bool> {
    let shown = |path: &Path| File::open(path).and_then(|file| extents(&file)).ok();
    shown(one)?.share_with(&shown(other)?)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::scratch::fresh;
    use super::*;

    fn names(directory: &TempDir) -> usize {
        fs::read_dir(directory.path()).unwrap().count()
    }

    #[test]
    fn every_call_does_what_it_says_and_leaves_nothing() {
        let (cache, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        for call in [Call::HardLink, Call::Symlink, Call::Copy, Call::Rename, Call::RenameNoReplace] {
            let file = fresh(cache.path()).unwrap();
            let got = attempt(call, &file, target.path()).unwrap();
            assert!(matches!(got, Got::Worked { .. }), "{call}: {got:?}");
            assert_eq!(file.exists(), !matches!(call, Call::Rename | Call::RenameNoReplace), "{call}");
            assert_eq!(names(&target), 0, "{call}");
        }
        assert_eq!(names(&cache), 0);
    }

    #[test]
    fn a_call_that_is_refused_leaves_nothing() {
        let (cache, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        // A directory can be opened for reading, and every way of filling a file from it is refused.
        for (call, errno) in [(Call::Reflink, nix::libc::EISDIR), (Call::HardLink, nix::libc::EPERM)] {
            let got = attempt(call, cache.path(), target.path()).unwrap();
            assert!(matches!(got, Got::Refused { .. }), "{call}: {got:?}");
            if call == Call::HardLink {
                assert_eq!(got.errno(), Some(Errno(errno)));
            }
            assert_eq!(names(&target), 0, "{call}");
        }
    }

    #[test]
    fn an_empty_file_is_refused_what_a_full_one_is() {
        let (cache, target) = (TempDir::new().unwrap(), TempDir::new_in("/dev/shm").unwrap());
        let (empty, full) = (cache.path().join("empty"), cache.path().join("full"));
        fs::write(&empty, "").unwrap();
        fs::write(&full, "bytes").unwrap();
        let errno = |file: &Path| attempt(Call::Copy, file, target.path()).unwrap().errno();
        assert_eq!(errno(&empty), errno(&full));
        assert_ne!(cache.path().metadata().unwrap().dev(), target.path().metadata().unwrap().dev());
        assert_eq!(names(&target), 0);
    }

    #[test]
    fn what_is_not_what_was_asked_for_is_told() {
        let directory = TempDir::new().unwrap();
        let (source, made) = (directory.path().join("source"), directory.path().join("made"));
        fs::write(&source, "bytes").unwrap();
        let seen = |call| {
            let before = fs::symlink_metadata(&source).unwrap();
            let got = look(call, &source, &before, &made).unwrap();
            fs::remove_file(&made).unwrap();
            match got {
                Got::Deceived { seen } => seen,
                got => panic!("{got:?}"),
            }
        };
        symlink(&source, &made).unwrap();
        assert_eq!(seen(Call::HardLink), "a symlink");
        fs::write(&made, "bytes").unwrap();
        assert_eq!(seen(Call::HardLink), "a file with no more links than before");
        fs::write(&made, "bytes").unwrap();
        assert_eq!(seen(Call::Symlink), "another file");
        symlink("elsewhere", &made).unwrap();
        assert_eq!(seen(Call::Symlink), "a symlink to something else");
        fs::write(&made, "bytes").unwrap();
        assert_eq!(seen(Call::Rename), "both names, the old and the new");
        fs::write(&made, "others").unwrap();
        assert_eq!(seen(Call::Copy), "a file with other bytes");
        fs::hard_link(&source, &made).unwrap();
        assert_eq!(seen(Call::Reflink), "the same inode");
    }
}
