//! A directory that is kept, to be laid out again.
//!
//! Bytes are kept in a file in memory, and not in this process's own: an agent forks several times in each scenario, which takes the
//! longer the more it has.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, MemfdFlags, Timespec, Timestamps, llistxattr, memfd_create, utimensat};

/// The most bytes that are kept of one directory; filling a larger one is not what a scenario spends its time on.
const MOST_OF_ONE: u64 = 4 << 20;

/// Extended attributes that a filesystem gives every file by itself.
const OF_EVERY_FILE: [&[u8]; 4] = [b"security.selinux", b"system.nfs4_acl", b"system.nfs4_dacl", b"system.nfs4_sacl"];

/// A directory with all that is in it.
#[derive(Debug)]
pub struct Copied {
    itself: Trait,
    entries: Vec<Entry>,
    /// The files' bytes, one after the other.
    store: File,
    /// How many these are.
    pub bytes: u64,
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
    pub fn read(directory: &Path) -> io::Result<Option<Self>> {
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
    pub fn lay_out(&self, directory: &Path) -> io::Result<()> {
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
    /// Whether the last entry is made first: some filesystems list first what was made last.
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
pub(super) mod tests {
    use std::os::unix::fs::MetadataExt;

    use tempfile::TempDir;

    use super::*;

    /// Every name, with all that is kept of it.
    pub fn tree(directory: &Path) -> Vec<(OsString, String)> {
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

    /// The names in a directory.
    pub fn names(directory: &Path) -> Vec<OsString> {
        list(directory).unwrap()
    }

    /// A directory with some of everything.
    pub fn filled() -> TempDir {
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
}
