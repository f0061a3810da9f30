//! Filled caches that are kept: in one kernel, a linker fills a cache on one kind of filesystem the same way each time, and that
//! often takes longer than all the rest of a scenario.
//!
//! Invariant: a cache that is laid out from here is what the linker made of it itself: bytes, hard links, symlinks, modes, times,
//! and the order in which readdir(3) lists them. Where that cannot be, nothing is left of it, and the linker fills the cache.
//!
//! Bytes are kept in files in memory, and not in this process's own: an agent forks several times in each scenario, which takes
//! the longer the more it has.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{AtFlags, CWD, MemfdFlags, Timespec, Timestamps, llistxattr, memfd_create, utimensat};

use crate::clear::clear;
use crate::filesystem::SetupError;
use crate::linker::{Invocation, Place, User};
use crate::pairing::{Filesystem, Relation};

/// The most bytes that are kept of one directory; filling a larger one is not what a scenario spends its time on.
const MOST_OF_ONE: u64 = 4 << 20;

/// Extended attributes that a filesystem gives every file by itself.
const OF_EVERY_FILE: [&[u8]; 4] = [b"security.selinux", b"system.nfs4_acl", b"system.nfs4_dacl", b"system.nfs4_sacl"];

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
    pub(super) cache: Copied,
    /// The home directory.
    pub(super) home: Copied,
    /// The directory for temporary files.
    pub(super) temporary: Copied,
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
    pub(super) fn give_up(&mut self, filling: &Filling) {
        self.left.retain(|(known, _)| known != filling);
        self.hopeless.push(filling.clone());
    }

    /// Whether nothing is kept of such fillings.
    pub(super) fn is_hopeless(&self, filling: &Filling) -> bool {
        self.hopeless.contains(filling)
    }
}

/// A directory with all that is in it.
#[derive(Debug)]
pub(super) struct Copied {
    itself: Trait,
    entries: Vec<Entry>,
    /// The files' bytes, one after the other.
    store: File,
    bytes: u64,
}

#[derive(Debug)]
struct Entry {
    name: OsString,
    itself: Trait,
    kind: Kind,
}

/// What every inode has.
#[derive(Debug)]
struct Trait {
    mode: u32,
    times: Timestamps,
}

#[derive(Debug)]
enum Kind {
    /// These of the bytes that are kept.
    File(Range<u64>),
    /// Another name of the file that has this path in the directory.
    Same(PathBuf),
    Directory(Vec<Entry>),
    Symlink(PathBuf),
}

impl Copied {
    /// Reads a directory, whose owner the caller acts as; `None` if it is too large, or has what cannot be made again.
    pub(super) fn read(directory: &Path) -> io::Result<Option<Self>> {
        let metadata = fs::symlink_metadata(directory)?;
        let itself = Trait::of(&metadata);
        let store = File::from(memfd_create("exdev-kept", MemfdFlags::CLOEXEC)?);
        let owner = (metadata.uid(), metadata.gid());
        let mut reading = Reading { root: directory, owner, store, bytes: 0, names: HashMap::new() };
        match reading.all() {
            Ok(entries) => Ok(Some(Self { itself, entries, store: reading.store, bytes: reading.bytes })),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lays all of it out in an empty directory, whose owner the caller acts as.
    ///
    /// # Errors
    /// It cannot be as it was.
    pub(super) fn lay_out(&self, directory: &Path) -> io::Result<()> {
        let mut laying = Laying { root: directory, store: &self.store, reversed: false };
        laying.entries(directory, &self.entries)?;
        self.itself.give(directory, true)
    }
}

impl Trait {
    fn of(metadata: &Metadata) -> Self {
        let time = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
        let last_access = time(metadata.atime(), metadata.atime_nsec());
        let last_modification = time(metadata.mtime(), metadata.mtime_nsec());
        Self { mode: metadata.mode() & 0o7777, times: Timestamps { last_access, last_modification } }
    }

    /// Gives it to what is at a path. Some filesystems have modes that nobody can change.
    fn give(&self, path: &Path, has_mode: bool) -> io::Result<()> {
        if has_mode && fs::symlink_metadata(path)?.mode() & 0o7777 != self.mode {
            fs::set_permissions(path, Permissions::from_mode(self.mode))?;
        }
        Ok(utimensat(CWD, path, &self.times, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

struct Reading<'a> {
    root: &'a Path,
    /// The user and the group whose all is.
    owner: (u32, u32),
    store: File,
    bytes: u64,
    /// The files with several names, by device and inode.
    names: HashMap<(u64, u64), Names>,
}

/// The names of a file.
struct Names {
    first: PathBuf,
    /// How many were found.
    found: u64,
    /// How many there are.
    all: u64,
}

impl Reading<'_> {
    /// Everything.
    fn all(&mut self) -> io::Result<Vec<Entry>> {
        let entries = self.entries(Path::new(""))?;
        // A name elsewhere cannot be made again.
        if self.names.values().all(|names| names.found == names.all) { Ok(entries) } else { Err(unsupported()) }
    }

    /// What is in this directory below the root, in its own order. What is in the directories comes after what is beside them, as
    /// when it is laid out: a file is made before the other names that it has in other directories.
    fn entries(&mut self, directory: &Path) -> io::Result<Vec<Entry>> {
        let names = list(&self.root.join(directory))?.into_iter();
        let mut entries = names.map(|name| self.entry(directory.join(&name), name)).collect::<io::Result<Vec<_>>>()?;
        for Entry { name, kind, .. } in &mut entries {
            if let Kind::Directory(inside) = kind {
                *inside = self.entries(&directory.join(name))?;
            }
        }
        Ok(entries)
    }

    fn entry(&mut self, path: PathBuf, name: OsString) -> io::Result<Entry> {
        let at = self.root.join(&path);
        let metadata = fs::symlink_metadata(&at)?;
        if (metadata.uid(), metadata.gid()) != self.owner || has_attributes(&at) {
            return Err(unsupported());
        }
        let itself = Trait::of(&metadata);
        let kind = if metadata.is_dir() {
            Kind::Directory(Vec::new())
        } else if metadata.is_symlink() {
            Kind::Symlink(fs::read_link(&at)?)
        } else if !metadata.is_file() {
            return Err(unsupported());
        } else if metadata.nlink() == 1 {
            Kind::File(self.read(&at)?)
        } else {
            match self.names.entry((metadata.dev(), metadata.ino())) {
                MapEntry::Occupied(mut names) => {
                    names.get_mut().found += 1;
                    Kind::Same(names.get().first.clone())
                }
                MapEntry::Vacant(names) => {
                    names.insert(Names { first: path, found: 1, all: metadata.nlink() });
                    Kind::File(self.read(&at)?)
                }
            }
        };
        Ok(Entry { name, itself, kind })
    }

    fn read(&mut self, path: &Path) -> io::Result<Range<u64>> {
        let begin = self.bytes;
        // One more than there may be tells that there are more.
        self.bytes += io::copy(&mut File::open(path)?.take(MOST_OF_ONE + 1 - begin), &mut self.store)?;
        if self.bytes > MOST_OF_ONE { Err(unsupported()) } else { Ok(begin..self.bytes) }
    }
}

struct Laying<'a> {
    root: &'a Path,
    store: &'a File,
    /// Whether this filesystem lists last what was made first, or else the other way round.
    reversed: bool,
}

impl Laying<'_> {
    fn entries(&mut self, directory: &Path, entries: &[Entry]) -> io::Result<()> {
        self.make(directory, entries)?;
        if !is_listed_so(directory, entries)? {
            for Entry { name, kind, .. } in entries {
                let path = directory.join(name);
                if matches!(kind, Kind::Directory(_)) { fs::remove_dir(path) } else { fs::remove_file(path) }?;
            }
            self.reversed = !self.reversed;
            self.make(directory, entries)?;
            if !is_listed_so(directory, entries)? {
                return Err(io::Error::other("it is listed in another order"));
            }
        }
        for Entry { name, itself, kind } in entries {
            if let Kind::Directory(inside) = kind {
                let path = directory.join(name);
                self.entries(&path, inside)?;
                itself.give(&path, true)?;
            }
        }
        Ok(())
    }

    /// Makes the entries of one directory, those that are directories empty.
    fn make(&self, directory: &Path, entries: &[Entry]) -> io::Result<()> {
        let make = |entry: &Entry| self.make_one(&directory.join(&entry.name), entry);
        if self.reversed { entries.iter().rev().try_for_each(make) } else { entries.iter().try_for_each(make) }
    }

    fn make_one(&self, path: &Path, Entry { itself, kind, .. }: &Entry) -> io::Result<()> {
        match kind {
            Kind::File(range) => {
                let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or(usize::MAX)];
                self.store.read_exact_at(&mut bytes, range.start)?;
                OpenOptions::new().write(true).create_new(true).mode(itself.mode).open(path)?.write_all(&bytes)?;
                itself.give(path, true)
            }
            Kind::Same(first) => fs::hard_link(self.root.join(first), path),
            Kind::Directory(_) => DirBuilder::new().mode(itself.mode | 0o700).create(path),
            Kind::Symlink(to) => {
                symlink(to, path)?;
                itself.give(path, false)
            }
        }
    }
}

/// What cannot be made again.
fn unsupported() -> io::Error {
    ErrorKind::Unsupported.into()
}

/// The names in a directory, in its own order.
fn list(directory: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name())).collect()
}

fn is_listed_so(directory: &Path, entries: &[Entry]) -> io::Result<bool> {
    Ok(list(directory)?.iter().eq(entries.iter().map(|entry| &entry.name)))
}

/// Whether it has extended attributes, see xattr(7), but for those that every file of a filesystem has; one that lists none has none.
fn has_attributes(path: &Path) -> bool {
    let mut names = [0; 1024];
    match llistxattr(path, &mut names) {
        Ok(length) => {
            names[..length].split(|byte| *byte == 0).any(|name| !name.is_empty() && !OF_EVERY_FILE.contains(&name))
        }
        Err(errno) => errno == rustix::io::Errno::RANGE,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use tempfile::TempDir;

    use super::*;
    use crate::package::Size;
    use crate::pairing::Names;

    /// Every name, with all that is kept of it.
    fn tree(directory: &Path) -> Vec<(OsString, String)> {
        let mut found = Vec::new();
        for name in list(directory).unwrap() {
            let path = directory.join(&name);
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_dir() {
                "a directory".to_owned()
            } else if metadata.is_symlink() {
                format!("to {:?}", fs::read_link(&path).unwrap())
            } else {
                format!("{} links to {:?}", metadata.nlink(), fs::read(&path).unwrap())
            };
            let (mode, seconds, rest) = (metadata.mode(), metadata.mtime(), metadata.mtime_nsec());
            found.push((name, format!("{content}, mode {mode:o}, of {seconds} s {rest} ns")));
            if metadata.is_dir() {
                found.extend(tree(&path));
            }
        }
        found
    }

    fn filled() -> TempDir {
        let directory = TempDir::new().unwrap();
        let at = |path: &str| directory.path().join(path);
        fs::create_dir_all(at("b/deep")).unwrap();
        for (path, bytes, mode) in
            [("z", "1", 0o644), ("b/run", "#!", 0o755), ("b/deep/empty", "", 0o444), ("a", "2", 0o600)]
        {
            fs::write(at(path), bytes).unwrap();
            fs::set_permissions(at(path), Permissions::from_mode(mode)).unwrap();
        }
        fs::hard_link(at("b/run"), at("same")).unwrap();
        symlink("../a", at("b/link")).unwrap();
        fs::set_permissions(at("b/deep"), Permissions::from_mode(0o555)).unwrap();
        let old = Timespec { tv_sec: 86_400, tv_nsec: 7 };
        let times = Timestamps { last_access: old, last_modification: old };
        for path in ["z", "b/link", "b"] {
            utimensat(CWD, at(path), &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
        }
        directory
    }

    #[test]
    fn a_copy_is_what_was_kept() {
        let (one, other) = (filled(), TempDir::new().unwrap());
        let copied = Copied::read(one.path()).unwrap().unwrap();
        copied.lay_out(other.path()).unwrap();
        let found = tree(other.path());
        assert_eq!(found, tree(one.path()));
        let names: Vec<_> = found.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 8, "{names:?}");
        let inode = |path: &str| fs::metadata(other.path().join(path)).unwrap().ino();
        assert_eq!(inode("same"), inode("b/run"));
    }

    #[test]
    fn what_cannot_be_laid_out_is_not_begun() {
        let (one, cache) = (filled(), TempDir::new().unwrap());
        let roots = crate::linker::Roots {
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
        let left_behind = |directory: &Path| list(directory).unwrap().len();
        assert_eq!(
            (left_behind(place.cache()), left_behind(&place.home()), left_behind(&place.temporary())),
            (0, 0, 0)
        );
        assert!(left.lay_out(&place).unwrap());
        assert_eq!(tree(place.cache()), tree(one.path()));
    }

    #[test]
    fn what_cannot_be_made_again_is_not_kept() {
        let one = filled();
        rustix::fs::mknodat(CWD, one.path().join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(Copied::read(one.path()).unwrap().is_none());
        let large = filled();
        fs::File::create(large.path().join("large")).unwrap().set_len(MOST_OF_ONE).unwrap();
        assert!(Copied::read(large.path()).unwrap().is_none());
        let (tied, elsewhere) = (filled(), TempDir::new().unwrap());
        fs::hard_link(tied.path().join("z"), elsewhere.path().join("z")).unwrap();
        assert!(Copied::read(tied.path()).unwrap().is_none());
        fs::remove_file(elsewhere.path().join("z")).unwrap();
        assert!(Copied::read(tied.path()).unwrap().is_some());
    }

    #[test]
    fn where_what_was_made_last_is_listed_first_it_is_made_the_other_way_round() {
        // As a tmpfs does, which this is.
        let (one, other) = (filled(), TempDir::new_in("/dev/shm").unwrap());
        let copied = Copied::read(one.path()).unwrap().unwrap();
        copied.lay_out(other.path()).unwrap();
        let names: Vec<_> = copied.entries.iter().map(|entry| entry.name.clone()).collect();
        assert_eq!(list(other.path()).unwrap(), names);
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
        let read = |bytes| Copied { bytes, ..Copied::read(one.path()).unwrap().unwrap() };
        let left = |bytes| Left { cache: read(bytes), home: read(0), temporary: read(0), carried: Vec::new() };
        let mut kept = Kept::default();
        for linker in ["one", "two", "three"] {
            kept.keep(filling(linker), left(MOST / 2));
        }
        let known = ["one", "two", "three"].map(|linker| kept.of(&filling(linker)).is_some());
        assert_eq!(known, [false, true, true]);
        let other = Filling { filesystem: Filesystem::Xfs, ..filling("two") };
        assert!(kept.of(&other).is_none());
        kept.give_up(&filling("two"));
        assert!(kept.of(&filling("two")).is_none() && kept.is_hopeless(&filling("two")));
        assert!(!kept.is_hopeless(&filling("three")));
    }
}
