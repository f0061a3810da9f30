//! Passes every request on to the directory, but for what the limit is about.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirEntryExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, KernelConfig,
    LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry,
    ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use nix::libc;
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid, chownat, fstatvfs, mkdirat, mknodat, openat, readlinkat,
    renameat_with, symlinkat, unlinkat, utimensat,
};
use rustix::process::geteuid;

use super::link::link;
use super::tree::{Tree, own};
use crate::pairing::FuseLimit;

/// The kernel is to ask each time, so that it sees what a link has done to another name.
const NOW: Duration = Duration::ZERO;

/// The most bytes of one write.
const MOST_WRITTEN: u32 = 128 * 1024;

/// A directory that is shown.
#[derive(Debug)]
pub struct Pass {
    tree: Tree,
    limit: FuseLimit,
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
struct Entry {
    inode: INodeNo,
    kind: FileType,
    name: OsString,
}

/// What setattr is to change.
struct Change {
    mode: Option<u32>,
    owner: (Option<u32>, Option<u32>),
    size: Option<u64>,
    times: (Option<TimeOrNow>, Option<TimeOrNow>),
    handle: Option<FileHandle>,
}

impl Pass {
    /// This tree, with this limit.
    pub fn new(tree: Tree, limit: FuseLimit) -> Self {
        Self { tree, limit, open: Mutex::default() }
    }

    fn keep(&self, file: File) -> FileHandle {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.last += 1;
        let number = open.last;
        open.files.insert(number, Arc::new(file));
        FileHandle(number)
    }

    fn file(&self, handle: FileHandle) -> io::Result<Arc<File>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.files.get(&handle.0).map(Arc::clone).ok_or_else(|| rustix::io::Errno::BADF.into())
    }

    /// Makes a file, gives it to who asks, and tells the kernel of it.
    fn made(
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

    fn change(&self, inode: INodeNo, change: &Change) -> io::Result<FileAttr> {
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

    fn entries(&self, inode: INodeNo) -> io::Result<Vec<Entry>> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            let kind = FileType::from_std(entry.file_type()?).ok_or(io::ErrorKind::InvalidData)?;
            Ok(Entry { inode: self.tree.number(entry.ino()), kind, name: entry.file_name() })
        };
        let of_itself = [".", ".."].map(|name| Ok(Entry { inode, kind: FileType::Directory, name: name.into() }));
        of_itself.into_iter().chain(fs::read_dir(own(&*self.tree.place(inode)?))?.map(entry)).collect()
    }

    fn create_file(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        flags: i32,
    ) -> io::Result<(FileAttr, FileHandle)> {
        let mut made = None;
        let attributes = self.made(request, parent, name, |place| {
            let flags = OFlags::from_bits_truncate(plain(flags).cast_unsigned()) | OFlags::CREATE | OFlags::CLOEXEC;
            made = Some(File::from(openat(place, name, flags, Mode::from_raw_mode(mode & 0o7777))?));
            Ok(())
        })?;
        let file = made.ok_or(io::ErrorKind::NotFound)?;
        Ok((attributes, self.keep(file)))
    }
}

/// The flags that are about the file and not about where writes go: the kernel names the place of each.
fn plain(flags: i32) -> i32 {
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

fn entry(reply: ReplyEntry, found: io::Result<FileAttr>) {
    match found {
        Ok(attributes) => reply.entry(&NOW, &attributes, Generation(0)),
        Err(error) => reply.error(errno(error)),
    }
}

fn empty(reply: ReplyEmpty, done: io::Result<()>) {
    match done {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(errno(error)),
    }
}

fn attributes(reply: ReplyAttr, found: io::Result<FileAttr>) {
    match found {
        Ok(attributes) => reply.attr(&NOW, &attributes),
        Err(error) => reply.error(errno(error)),
    }
}

fn data(reply: ReplyData, found: io::Result<Vec<u8>>) {
    match found {
        Ok(data) => reply.data(&data),
        Err(error) => reply.error(errno(error)),
    }
}

/// What has no errno is ours alone, and none that a limit is about.
fn errno(error: io::Error) -> Errno {
    if error.raw_os_error().is_some() { Errno::from(error) } else { Errno::from_i32(libc::EPROTO) }
}

impl Filesystem for Pass {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        config.set_max_write(MOST_WRITTEN).map(drop).map_err(|most| io::Error::other(format!("at most {most}")))
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        entry(reply, self.tree.look_up(parent, name));
    }

    fn forget(&self, _: &Request, inode: INodeNo, times: u64) {
        self.tree.forget(inode, times);
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let found = self.tree.place(inode).and_then(|place| self.tree.attributes(&place.metadata()?));
        attributes(reply, found);
    }

    fn setattr(
        &self,
        _: &Request,
        inode: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        atime: Option<TimeOrNow>,
        mtime: Option<TimeOrNow>,
        _: Option<SystemTime>,
        handle: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let change = Change { mode, owner: (uid, gid), size, times: (atime, mtime), handle };
        attributes(reply, self.change(inode, &change));
    }

    fn readlink(&self, _: &Request, inode: INodeNo, reply: ReplyData) {
        let read = |place: Arc<File>| Ok(readlinkat(&*place, "", Vec::new())?.into_bytes());
        data(reply, self.tree.place(inode).and_then(read));
    }

    fn mknod(&self, by: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, device: u32, reply: ReplyEntry) {
        let (kind, permissions) = (rustix::fs::FileType::from_raw_mode(mode), Mode::from_raw_mode(mode & 0o7777));
        let make = |place: &File| Ok(mknodat(place, name, kind, permissions, device.into())?);
        entry(reply, self.made(by, parent, name, make));
    }

    fn mkdir(&self, by: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, reply: ReplyEntry) {
        let make = |place: &File| Ok(mkdirat(place, name, Mode::from_raw_mode(mode & 0o7777))?);
        entry(reply, self.made(by, parent, name, make));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        empty(reply, self.tree.place(parent).and_then(|place| Ok(unlinkat(&*place, name, AtFlags::empty())?)));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        empty(reply, self.tree.place(parent).and_then(|place| Ok(unlinkat(&*place, name, AtFlags::REMOVEDIR)?)));
    }

    fn symlink(&self, by: &Request, parent: INodeNo, name: &OsStr, to: &Path, reply: ReplyEntry) {
        if self.limit == FuseLimit::NoSymlink {
            return reply.error(Errno::from_i32(libc::EOPNOTSUPP));
        }
        entry(reply, self.made(by, parent, name, |place| Ok(symlinkat(to, place, name)?)));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let rename = || {
            let (from, to) = (self.tree.place(parent)?, self.tree.place(new_parent)?);
            let flags = rustix::fs::RenameFlags::from_bits_retain(flags.bits());
            Ok(renameat_with(&*from, name, &*to, new_name, flags)?)
        };
        empty(reply, rename());
    }

    fn link(&self, _: &Request, inode: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let linked = || {
            let (file, parent) = (self.tree.place(inode)?, self.tree.place(parent)?);
            link(&self.tree, self.limit, &file, &parent, name)?;
            // The kernel takes no other file for an answer, whatever is there.
            self.tree.mention(inode)
        };
        entry(reply, linked());
    }

    fn open(&self, _: &Request, inode: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let mode = flags.0 & libc::O_ACCMODE;
        let (read, write) = (mode != libc::O_WRONLY, mode != libc::O_RDONLY);
        let open = |place: Arc<File>| {
            OpenOptions::new().read(read).write(write).custom_flags(plain(flags.0)).open(own(&place))
        };
        match self.tree.place(inode).and_then(open) {
            Ok(file) => reply.opened(self.keep(file), FopenFlags::empty()),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn create(&self, by: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, flags: i32, reply: ReplyCreate) {
        match self.create_file(by, parent, name, mode, flags) {
            Ok((attributes, file)) => reply.created(&NOW, &attributes, Generation(0), file, FopenFlags::empty()),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = |file: Arc<File>| {
            let mut bytes = vec![0; size as usize];
            let count = file.read_at(&mut bytes, offset)?;
            bytes.truncate(count);
            Ok(bytes)
        };
        data(reply, self.file(handle).and_then(read));
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.file(handle).and_then(|file| file.write_at(bytes, offset)) {
            Ok(count) => reply.written(u32::try_from(count).unwrap_or(u32::MAX)),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn release(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).files.remove(&handle.0);
        reply.ok();
    }

    fn fsync(&self, _: &Request, _: INodeNo, handle: FileHandle, _: bool, reply: ReplyEmpty) {
        empty(reply, self.file(handle).and_then(|file| file.sync_all()));
    }

    fn opendir(&self, _: &Request, inode: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.entries(inode) {
            Ok(entries) => {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                open.last += 1;
                let number = open.last;
                open.directories.insert(number, Arc::new(entries));
                reply.opened(FileHandle(number), FopenFlags::empty());
            }
            Err(error) => reply.error(errno(error)),
        }
    }

    fn readdir(&self, _: &Request, _: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = open.directories.get(&handle.0).map(Arc::clone).unwrap_or_default();
        drop(open);
        for (entry, next) in entries.iter().zip(1..).skip(usize::try_from(offset).unwrap_or(usize::MAX)) {
            if reply.add(entry.inode, next, entry.kind, OsStr::from_bytes(entry.name.as_bytes())) {
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).directories.remove(&handle.0);
        reply.ok();
    }

    fn fsyncdir(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        reply.ok();
    }

    fn statfs(&self, _: &Request, inode: INodeNo, reply: ReplyStatfs) {
        match self.tree.place(inode).and_then(|place| Ok(fstatvfs(&*place)?)) {
            Ok(found) => {
                let small = |number| u32::try_from(number).unwrap_or(u32::MAX);
                let (size, longest, fragment) = (small(found.f_bsize), small(found.f_namemax), small(found.f_frsize));
                let (blocks, files) = ((found.f_blocks, found.f_bfree, found.f_bavail), (found.f_files, found.f_ffree));
                reply.statfs(blocks.0, blocks.1, blocks.2, files.0, files.1, size, longest, fragment);
            }
            Err(error) => reply.error(errno(error)),
        }
    }
}
