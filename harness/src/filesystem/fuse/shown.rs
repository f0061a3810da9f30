//! What is done for the kernel with the directory that is shown, and what it has open there.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirEntryExt, MetadataExt, PermissionsExt};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{FileAttr, FileHandle, FileType, INodeNo, Request, TimeOrNow};
use nix::libc;
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Timespec, Timestamps, Uid, chownat, openat, renameat_with, unlinkat,
    utimensat,
};
use rustix::process::geteuid;

use super::tree::{Tree, own};
use crate::pairing::FuseLimit;

/// A directory that is shown.
#[derive(Debug)]
pub struct Shown {
    pub(super) tree: Tree,
    pub(super) limit: FuseLimit,
    open: Mutex<Open>,
}

/// What is open, by the number that the kernel was given.
#[derive(Debug, Default)]
struct Open {
    last: u64,
    files: HashMap<u64, Arc<File>>,
    directories: HashMap<u64, Arc<Vec<Entry>>>,
}

/// An entry of a directory.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) inode: INodeNo,
    pub(super) kind: FileType,
    pub(super) name: OsString,
}

/// What setattr is to change.
pub(super) struct Change {
    pub(super) mode: Option<u32>,
    pub(super) owner: (Option<u32>, Option<u32>),
    pub(super) size: Option<u64>,
    pub(super) times: (Option<TimeOrNow>, Option<TimeOrNow>),
    pub(super) handle: Option<FileHandle>,
}

impl Shown {
    /// This tree, with this limit.
    pub fn new(tree: Tree, limit: FuseLimit) -> Self {
        Self { tree, limit, open: Mutex::default() }
    }

    /// Has this file open from now on.
    pub(super) fn keep(&self, file: File) -> FileHandle {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.last += 1;
        let number = open.last;
        open.files.insert(number, Arc::new(file));
        FileHandle(number)
    }

    /// What is open by this number.
    pub(super) fn file(&self, handle: FileHandle) -> io::Result<Arc<File>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.files.get(&handle.0).map(Arc::clone).ok_or_else(|| rustix::io::Errno::BADF.into())
    }

    /// Has these entries read from now on.
    pub(super) fn keep_entries(&self, entries: Vec<Entry>) -> FileHandle {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.last += 1;
        let number = open.last;
        open.directories.insert(number, Arc::new(entries));
        FileHandle(number)
    }

    /// The entries that are being read.
    pub(super) fn kept_entries(&self, handle: FileHandle) -> Arc<Vec<Entry>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.directories.get(&handle.0).map(Arc::clone).unwrap_or_default()
    }

    /// Closes what was open.
    pub(super) fn close(&self, handle: FileHandle) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.files.remove(&handle.0);
        open.directories.remove(&handle.0);
    }

    /// Makes a file, gives it to who asks, and tells the kernel of it.
    pub(super) fn made(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        make: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<FileAttr> {
        let place = self.tree.place(parent)?;
        make(&place)?;
        if geteuid().is_root() {
            // In a directory with this bit, files have its group.
            let group = (place.metadata()?.mode() & 0o2000 == 0).then(|| Gid::from_raw(request.gid()));
            chownat(&place, name, Some(Uid::from_raw(request.uid())), group, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        self.tree.look_up(parent, name)
    }

    /// Removes a name.
    pub(super) fn remove(&self, parent: INodeNo, name: &OsStr, flags: AtFlags) -> io::Result<()> {
        self.tree.hold(parent, name)?;
        Ok(unlinkat(&*self.tree.place(parent)?, name, flags)?)
    }

    /// Gives a file another name, which another file may have had.
    pub(super) fn move_to(
        &self,
        (parent, name): (INodeNo, &OsStr),
        (new_parent, new_name): (INodeNo, &OsStr),
        flags: RenameFlags,
    ) -> io::Result<()> {
        let (from, to) = (self.tree.place(parent)?, self.tree.place(new_parent)?);
        let moved = self.tree.hold(parent, name)?;
        let other = self.tree.hold(new_parent, new_name).ok().flatten();
        renameat_with(&*from, name, &*to, new_name, flags)?;
        if let Some(moved) = moved {
            self.tree.release(moved, new_parent, new_name);
        }
        if let Some(other) = other.filter(|_| flags.contains(RenameFlags::EXCHANGE)) {
            self.tree.release(other, parent, name);
        }
        Ok(())
    }

    /// Changes what is to be changed.
    pub(super) fn change(&self, inode: INodeNo, change: &Change) -> io::Result<FileAttr> {
        let place = self.tree.place(inode)?;
        if let Some(mode) = change.mode {
            if self.limit == FuseLimit::NoChmod {
                return Err(rustix::io::Errno::PERM.into());
            }
            fs::set_permissions(own(&place), Permissions::from_mode(mode))?;
        }
        if let (uid, gid) = change.owner
            && (uid.is_some() || gid.is_some())
        {
            chownat(&place, "", uid.map(Uid::from_raw), gid.map(Gid::from_raw), AtFlags::EMPTY_PATH)?;
        }
        if let Some(size) = change.size {
            match change.handle.map(|handle| self.file(handle)) {
                Some(file) => file?.set_len(size)?,
                None => OpenOptions::new().write(true).open(own(&place))?.set_len(size)?,
            }
        }
        if change.times.0.is_some() || change.times.1.is_some() {
            let (last_access, last_modification) = (time(change.times.0)?, time(change.times.1)?);
            utimensat(&place, "", &Timestamps { last_access, last_modification }, AtFlags::EMPTY_PATH)?;
        }
        self.tree.attributes(&place.metadata()?)
    }

    /// The entries of a directory, itself among them.
    pub(super) fn entries(&self, inode: INodeNo) -> io::Result<Vec<Entry>> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            let kind = FileType::from_std(entry.file_type()?).ok_or(io::ErrorKind::InvalidData)?;
            Ok(Entry { inode: self.tree.number(entry.ino()), kind, name: entry.file_name() })
        };
        let of_itself = [".", ".."].map(|name| Ok(Entry { inode, kind: FileType::Directory, name: name.into() }));
        of_itself.into_iter().chain(fs::read_dir(own(&*self.tree.place(inode)?))?.map(entry)).collect()
    }

    /// Makes a regular file and opens it.
    pub(super) fn made_file(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        flags: i32,
    ) -> io::Result<(FileAttr, FileHandle)> {
        let mut opened = None;
        let attributes = self.made(request, parent, name, |place| {
            let flags = OFlags::from_bits_truncate(plain(flags).cast_unsigned()) | OFlags::CREATE | OFlags::CLOEXEC;
            opened = Some(File::from(openat(place, name, flags, Mode::from_raw_mode(mode & 0o7777))?));
            Ok(())
        })?;
        let file = opened.ok_or(io::ErrorKind::NotFound)?;
        Ok((attributes, self.keep(file)))
    }
}

/// The flags that are about the file and not about where writes go: the kernel names the place of each.
pub(super) fn plain(flags: i32) -> i32 {
    flags & !(libc::O_APPEND | libc::O_NOFOLLOW)
}

fn time(time: Option<TimeOrNow>) -> io::Result<Timespec> {
    match time {
        None => Ok(Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT }),
        Some(TimeOrNow::Now) => Ok(Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW }),
        Some(TimeOrNow::SpecificTime(time)) => {
            let since: Duration = SystemTime::duration_since(&time, UNIX_EPOCH).map_err(io::Error::other)?;
            let tv_sec = i64::try_from(since.as_secs()).map_err(io::Error::other)?;
            Ok(Timespec { tv_sec, tv_nsec: since.subsec_nanos().into() })
        }
    }
}
