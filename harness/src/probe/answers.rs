//! What each cached file of a run could have been placed by, found by trying.
//!
//! Invariant: a probe uses the cached files themselves and removes whatever it made. Whoever asks does so under the linker's identity.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use linux_raw_sys::general::{FS_APPEND_FL, FS_IMMUTABLE_FL};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::facts::Obstacle;
use crate::linker::User;
use crate::outcome::Strategy;
use crate::sys;

/// What each cached file could have been placed by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The answer for each cached file, by its path in the cache; equal answers share one entry of `answers`.
    pub files: BTreeMap<String, usize>,
    /// The different answers that were met.
    pub answers: Vec<Answer>,
    /// Whether one end is on a filesystem on which all files have the same permission bits.
    pub modeless: bool,
    /// The links that the cache itself refuses, from one name in it to another; tried where the linker could not fill it.
    pub within_cache: BTreeMap<Strategy, Errno>,
}

/// What placing one cached file into the target got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// `link()`: the errno, or `None` when it worked.
    pub hard_link: Option<Errno>,
    /// `FICLONE`: the errno, or `None` when it worked.
    pub reflink: Option<Errno>,
    /// `symlink()`: the errno, or `None` when it worked.
    pub symlink: Option<Errno>,
    /// What may explain a refusal.
    pub obstacle: Option<Obstacle>,
}

impl Answer {
    /// Nothing is refused.
    pub const OPEN: Self = Self { hard_link: None, reflink: None, symlink: None, obstacle: None };

    /// The errno that refuses this strategy, or `None` when it works. A copy always does.
    #[must_use]
    pub const fn refusal(&self, strategy: Strategy) -> Option<Errno> {
        match strategy {
            Strategy::Reflink => self.reflink,
            Strategy::HardLink => self.hard_link,
            Strategy::Symlink => self.symlink,
            Strategy::Copy => None,
        }
    }

    /// Whether the same calls get the same, whatever stands in the way.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let got = |answer: &Self| (answer.hard_link, answer.reflink, answer.symlink);
        got(self) == got(other)
    }
}

impl Probe {
    /// The answer for one cached file.
    #[must_use]
    pub fn answer(&self, cached: &str) -> Option<&Answer> {
        self.answers.get(*self.files.get(cached)?)
    }
}

/// Tries to place each of the cached `files` into `target`. Which of them are `user`'s own tells why some cannot be.
///
/// # Errors
/// The target cannot be written to at all.
pub fn probe(cache: &Path, files: &[&str], target: &Path, user: User) -> io::Result<Probe> {
    fs::create_dir_all(target)?;
    let mut probe = Probe { modeless: is_modeless(cache) || is_modeless(target), ..Probe::default() };
    for file in files {
        let answer = ask(&cache.join(file), &target.join(".exdev-probe"), user)?;
        let known = probe.answers.iter().position(|known| *known == answer);
        let index = known.unwrap_or_else(|| {
            probe.answers.push(answer);
            probe.answers.len() - 1
        });
        probe.files.insert((*file).to_owned(), index);
    }
    Ok(probe)
}

/// Tries to make links within the cache. Of one that cannot be written to at all, nothing is known.
#[must_use]
pub fn probe_cache(cache: &Path) -> Probe {
    let (file, made) = (cache.join(".exdev-file"), cache.join(".exdev-probe"));
    let refused = |tried: io::Result<()>| outcome(tried, &made).ok().flatten();
    let mut probe = Probe::default();
    if File::create_new(&file).is_ok() {
        let tried = [
            (Strategy::HardLink, refused(fs::hard_link(&file, &made))),
            (Strategy::Symlink, refused(symlink(&file, &made))),
        ];
        probe.within_cache = tried.into_iter().filter_map(|(strategy, refused)| Some((strategy, refused?))).collect();
        let _ = fs::remove_file(&file);
    }
    probe
}

/// Whether a directory is on a filesystem on which all files have the same permission bits. Where that cannot be tried, they differ.
fn is_modeless(directory: &Path) -> bool {
    let file = directory.join(".exdev-mode");
    let shown = |mode| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).ok()?;
        Some(fs::metadata(&file).ok()?.mode() & 0o777)
    };
    let modeless = File::create_new(&file).is_ok() && shown(0o755).is_some_and(|mode| Some(mode) == shown(0o644));
    let _ = fs::remove_file(&file);
    modeless
}

fn ask(cached: &Path, made: &Path, user: User) -> io::Result<Answer> {
    let hard_link = outcome(fs::hard_link(cached, made), made)?;
    let reflink = outcome(reflink(cached, made), made)?;
    let symlink = outcome(symlink(cached, made), made)?;
    let obstacle = if hard_link.is_some() { obstacle(cached, user) } else { None };
    Ok(Answer { hard_link, reflink, symlink, obstacle })
}

/// What a try got; what it made is removed.
fn outcome(tried: io::Result<()>, made: &Path) -> io::Result<Option<Errno>> {
    let errno = tried.err().map(|error| Errno::from(&error));
    match fs::remove_file(made) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(errno),
    }
}

fn reflink(cached: &Path, made: &Path) -> io::Result<()> {
    let (source, target) = (File::open(cached)?, File::create_new(made)?);
    Ok(rustix::fs::ioctl_ficlone(target, source)?)
}

fn obstacle(cached: &Path, user: User) -> Option<Obstacle> {
    let flags = File::open(cached).and_then(|file| sys::inode_flags(&file)).unwrap_or(0);
    if flags & (FS_IMMUTABLE_FL | FS_APPEND_FL) != 0 {
        return Some(Obstacle::Immutable);
    }
    let owner = fs::metadata(cached).ok()?.uid();
    (user != User::ROOT && owner != user.uid).then_some(Obstacle::Foreign)
}
