//! Filled caches that are kept: in one kernel, a linker fills a cache on one kind of filesystem the same way each time, and that
//! often takes longer than all the rest of a scenario.
//!
//! Invariant: a cache that is laid out from here is what the linker made of it itself: bytes, hard links, symlinks, modes, times,
//! and the order in which readdir(3) lists them. Where that cannot be, nothing is left of it, and the linker fills the cache.

mod copied;

use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;

use crate::clear::clear;
use crate::filesystem::SetupError;
use crate::linker::{Invocation, Place, User};
use crate::pairing::{Filesystem, Relation};
use copied::Copied;

/// The most bytes that an agent keeps.
const MOST: u64 = 48 << 20;

/// All that decides what a filled cache is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filling {
    /// Who fills it.
    pub(super) linker: String,
    /// From where to where.
    pub(super) place: Place,
    /// What the cache is on.
    pub(super) filesystem: Filesystem,
    /// How it is reached, if that is not simply so.
    pub(super) relation: Option<Relation>,
    /// Whose it is.
    pub(super) user: User,
    /// What the target that is thrown away begins with.
    pub(super) begins: Vec<(String, String)>,
    /// The command that fills it.
    pub(super) command: Invocation,
}

/// What a linker left when it had filled a cache.
#[derive(Debug)]
pub(super) struct Left {
    /// The cache.
    cache: Copied,
    /// The home directory.
    home: Copied,
    /// The directory for temporary files.
    temporary: Copied,
    /// What the target is to have from the one that was thrown away.
    pub(super) carried: Vec<(String, String)>,
}

impl Left {
    /// Reads what is in the cache and the other two directories; nothing where that cannot be read, or made again.
    pub(super) fn read(place: &Place, carried: &[(String, String)]) -> Option<Self> {
        let read = |directory: &Path| Copied::read(directory).ok().flatten();
        let (cache, home, temporary) = (read(place.cache())?, read(&place.home())?, read(&place.temporary())?);
        Some(Self { cache, home, temporary, carried: carried.to_vec() })
    }

    /// Lays it out again, all or nothing; says which.
    ///
    /// # Errors
    /// What was begun cannot be removed.
    pub(super) fn lay_out(&self, place: &Place) -> Result<bool, SetupError> {
        let parts = [
            (&self.cache, place.cache().to_path_buf()),
            (&self.home, place.home()),
            (&self.temporary, place.temporary()),
        ];
        if parts.iter().all(|(part, at)| part.lay_out(at).is_ok()) {
            return Ok(true);
        }
        parts.iter().try_for_each(|(_, at)| clear(at).map_err(SetupError::failed("empty", at)))?;
        Ok(false)
    }

    const fn bytes(&self) -> u64 {
        self.cache.bytes + self.home.bytes + self.temporary.bytes
    }
}

/// What was kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The oldest first.
    left: VecDeque<(Filling, Rc<Left>)>,
    /// What cannot be laid out again.
    hopeless: Vec<Filling>,
}

impl Kept {
    /// What was kept of such a filling.
    pub(super) fn of(&self, filling: &Filling) -> Option<Rc<Left>> {
        self.left.iter().find(|(known, _)| known == filling).map(|(_, left)| Rc::clone(left))
    }

    /// Keeps what was left, in place of the oldest if it is too much.
    pub(super) fn keep(&mut self, filling: Filling, left: Left) {
        self.left.push_back((filling, Rc::new(left)));
        while self.left.iter().map(|(_, left)| left.bytes()).sum::<u64>() > MOST {
            self.left.pop_front();
        }
    }

    /// Keeps nothing of such fillings any more.
    pub(super) fn give_up(&mut self, filling: Filling) {
        self.left.retain(|(known, _)| *known != filling);
        self.hopeless.push(filling);
    }

    /// Whether nothing is kept of such fillings.
    pub(super) fn is_hopeless(&self, filling: &Filling) -> bool {
        self.hopeless.contains(filling)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::copied::tests::{filled, names, tree};
    use super::*;
    use crate::linker::Roots;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn what_cannot_be_laid_out_is_not_begun() {
        let (one, cache) = (filled(), TempDir::new().unwrap());
        let roots = Roots {
            cache: cache.path().join("cache"),
            target: cache.path().join("target"),
            own: cache.path().join("own"),
        };
        let place = Place::below(roots, Size::Small, Names::POSIX);
        fs::create_dir_all(place.home()).unwrap();
        fs::create_dir(place.cache()).unwrap();
        let read = |directory: &Path| Copied::read(directory).unwrap().unwrap();
        fs::create_dir(place.temporary()).unwrap();
        let (home, temporary) = (read(one.path()), read(one.path()));
        let left = Left { cache: read(one.path()), home, temporary, carried: Vec::new() };
        fs::write(place.cache().join("a"), "it is not empty").unwrap();
        assert!(!left.lay_out(&place).unwrap());
        let left_behind = |directory: &Path| names(directory).len();
        assert_eq!(
            (left_behind(place.cache()), left_behind(&place.home()), left_behind(&place.temporary())),
            (0, 0, 0)
        );
        assert!(left.lay_out(&place).unwrap());
        assert_eq!(tree(place.cache()), tree(one.path()));
    }

    #[test]
    fn the_oldest_goes_where_it_is_too_much() {
        let filling = |linker: &str| Filling {
            linker: linker.to_owned(),
            place: Place::new(Size::Small, Names::POSIX),
            filesystem: Filesystem::Ext4,
            relation: None,
            user: User::ROOT,
            begins: Vec::new(),
            command: Invocation::linker("install"),
        };
        let one = filled();
        let read = |bytes| {
            let mut copied = Copied::read(one.path()).unwrap().unwrap();
            copied.bytes = bytes;
            copied
        };
        let left = |bytes| Left { cache: read(bytes), home: read(0), temporary: read(0), carried: Vec::new() };
        let mut kept = Kept::default();
        for linker in ["one", "two", "three"] {
            kept.keep(filling(linker), left(MOST / 2));
        }
        let known = ["one", "two", "three"].map(|linker| kept.of(&filling(linker)).is_some());
        assert_eq!(known, [false, true, true]);
        let other = Filling { filesystem: Filesystem::Xfs, ..filling("two") };
        assert!(kept.of(&other).is_none());
        kept.give_up(filling("two"));
        assert!(kept.of(&filling("two")).is_none() && kept.is_hopeless(&filling("two")));
        assert!(!kept.is_hopeless(&filling("three")));
    }
}
