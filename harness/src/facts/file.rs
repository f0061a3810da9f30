//! What is known of one cached file, and what about it may keep it from being linked.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, FileType, StatxFlags, accessat, statx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::end::{FactsError, Flag, flags};
use super::process::ProcessFacts;

/// What can be seen of one regular file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileFacts {
    /// The owner's user ID.
    pub uid: u32,
    /// The permission bits, with set-user-ID and its like.
    pub mode: u32,
    /// The number of hard links.
    pub links: u64,
    /// Its length in bytes.
    pub size: u64,
    /// Its attributes.
    pub flags: BTreeSet<Flag>,
    /// Whether this process may read and write it, by what access(2) says.
    pub accessible: bool,
}

/// What about a cached file may keep it from being linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Obstacle {
    /// It is immutable or append-only, see `ioctl_iflags(2)`.
    Immutable,
    /// It belongs to somebody else, and `fs.protected_hardlinks` may be set, see `proc_sys_fs(5)`.
    Foreign,
}

/// Looks at one file; a symlink is not followed.
///
/// # Errors
/// It is not there, or cannot be looked at.
pub fn file(path: &Path) -> Result<FileFacts, FactsError> {
    let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)
        .map_err(|errno| FactsError::failed("look at", path)(errno.into()))?;
    Ok(FileFacts {
        uid: found.stx_uid,
        mode: u32::from(found.stx_mode) & 0o7777,
        links: found.stx_nlink.into(),
        size: found.stx_size,
        flags: flags(&found, None),
        accessible: accessat(CWD, path, Access::READ_OK | Access::WRITE_OK, AtFlags::EACCESS).is_ok(),
    })
}

impl FileFacts {
    /// The same, with those attributes that only an open file shows.
    #[must_use]
    pub fn with_all_flags(mut self, path: &Path) -> Self {
        // To open a FIFO would be to wait for a writer, and to open a device may do anything.
        let found = statx(CWD, path, AtFlags::empty(), StatxFlags::TYPE).ok();
        if let Some(found) = found.filter(|found| FileType::from_raw_mode(found.stx_mode.into()).is_file())
            && let Ok(opened) = File::open(path)
        {
            self.flags = flags(&found, Some(&opened));
        }
        self
    }

    /// What keeps this process from hard linking the file, whatever the filesystem: the rules of `may_linkat()` in the kernel.
    #[must_use]
    pub fn obstacle(&self, process: &ProcessFacts) -> Option<Obstacle> {
        if self.flags.contains(&Flag::Immutable) || self.flags.contains(&Flag::AppendOnly) {
            return Some(Obstacle::Immutable);
        }
        let privileged = self.mode & 0o4000 != 0 || self.mode & 0o2010 == 0o2010;
        let own = self.uid == process.uid || process.uid == 0;
        let protected = process.protected_hardlinks != Some(false);
        (protected && !own && (privileged || !self.accessible)).then_some(Obstacle::Foreign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Confinement;

    fn process(uid: u32, protected_hardlinks: Option<bool>) -> ProcessFacts {
        ProcessFacts { uid, protected_hardlinks, ..ProcessFacts::unconfined() }
    }

    fn foreign() -> FileFacts {
        FileFacts { uid: 7, mode: 0o644, links: 1, size: 0, flags: BTreeSet::new(), accessible: false }
    }

    #[test]
    fn nobody_waits_for_a_writer_to_a_fifo() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("fifo");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let facts = file(&fifo).unwrap();
        assert_eq!(facts.clone().with_all_flags(&fifo), facts);
    }

    #[test]
    fn a_file_of_somebody_else_is_an_obstacle_where_hard_links_are_protected() {
        assert_eq!(ProcessFacts::unconfined().confinement, Confinement::Free);
        for protected in [Some(true), None] {
            assert_eq!(foreign().obstacle(&process(8, protected)), Some(Obstacle::Foreign));
        }
        assert_eq!(foreign().obstacle(&process(8, Some(false))), None);
        assert_eq!(foreign().obstacle(&process(7, Some(true))), None);
        assert_eq!(foreign().obstacle(&process(0, Some(true))), None);
        // Whoever may read and write it may link it, unless that would keep a privilege alive.
        let writable = FileFacts { mode: 0o666, accessible: true, ..foreign() };
        assert_eq!(writable.obstacle(&process(8, Some(true))), None);
        for mode in [0o4666, 0o2676] {
            let privileged = FileFacts { mode, ..writable.clone() };
            assert_eq!(privileged.obstacle(&process(8, Some(true))), Some(Obstacle::Foreign));
        }
    }

    #[test]
    fn an_attribute_is_an_obstacle_for_everybody() {
        for flag in [Flag::Immutable, Flag::AppendOnly] {
            let fixed = FileFacts { uid: 0, flags: BTreeSet::from([flag]), ..foreign() };
            assert_eq!(fixed.obstacle(&process(0, Some(false))), Some(Obstacle::Immutable));
        }
        let nocow = FileFacts { uid: 0, flags: BTreeSet::from([Flag::Nocow]), ..foreign() };
        assert_eq!(nocow.obstacle(&process(0, Some(true))), None);
    }

    #[test]
    fn a_file_is_seen_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "x").unwrap();
        std::fs::hard_link(&path, directory.path().join("other")).unwrap();
        let facts = file(&path).unwrap();
        assert_eq!((facts.links, facts.accessible), (2, true));
        assert_eq!(facts.flags, BTreeSet::new());
    }
}
