//! Answers every request of the kernel, see fuse(4).

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, Filesystem, FopenFlags, Generation, INodeNo, KernelConfig, LockOwner,
    OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen,
    ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use nix::libc;
use rustix::fs::{AtFlags, Mode, fstatvfs, mkdirat, mknodat, readlinkat, symlinkat};

use super::link::link;
use super::shown::{Change, Shown, plain};
use super::tree::own;
use crate::pairing::FuseLimit;

/// The kernel is to ask each time, so that it sees what a link has done to another name.
const NOW: Duration = Duration::ZERO;

/// The most bytes of one write.
const MOST_WRITTEN: u32 = 128 * 1024;

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

impl Filesystem for Shown {
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
        if self.limit == FuseLimit::NoReadlink {
            return reply.error(Errno::from_i32(libc::EPERM));
        }
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
        empty(reply, self.remove(parent, name, AtFlags::empty()));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        empty(reply, self.remove(parent, name, AtFlags::REMOVEDIR));
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
        let flags = rustix::fs::RenameFlags::from_bits_retain(flags.bits());
        empty(reply, self.move_to((parent, name), (new_parent, new_name), flags));
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
        match self.made_file(by, parent, name, mode, flags) {
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
        self.close(handle);
        reply.ok();
    }

    fn fsync(&self, _: &Request, _: INodeNo, handle: FileHandle, _: bool, reply: ReplyEmpty) {
        empty(reply, self.file(handle).and_then(|file| file.sync_all()));
    }

    fn opendir(&self, _: &Request, inode: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.entries(inode) {
            Ok(entries) => reply.opened(self.keep_entries(entries), FopenFlags::empty()),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn readdir(&self, _: &Request, _: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let entries = self.kept_entries(handle);
        for (entry, next) in entries.iter().zip(1..).skip(usize::try_from(offset).unwrap_or(usize::MAX)) {
            if reply.add(entry.inode, next, entry.kind, &entry.name) {
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.close(handle);
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
