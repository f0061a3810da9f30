//! The files of the directory that the kernel knows of, each held open without access, see `O_PATH` in open(2): a file that is
//! renamed or has lost its names is still the one that it was.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use fuser::{FileAttr, FileType, INodeNo};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// The files that the kernel knows of.
#[derive(Debug)]
pub struct Tree {
    root: Arc<File>,
    root_inode: u64,
    nodes: Mutex<HashMap<u64, Node>>,
}

#[derive(Debug)]
struct Node {
    place: Arc<File>,
    /// How often the kernel was told of it, less how often it has forgotten.
    known: u64,
}

impl Tree {
    /// The tree below this directory.
    pub fn new(root: File) -> io::Result<Self> {
        let root_inode = root.metadata()?.ino();
        Ok(Self { root: Arc::new(root), root_inode, nodes: Mutex::default() })
    }

    /// The file with this number.
    pub fn place(&self, number: INodeNo) -> io::Result<Arc<File>> {
        if number == INodeNo::ROOT {
            return Ok(Arc::clone(&self.root));
        }
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.get(&number.0).map(|node| Arc::clone(&node.place)).ok_or_else(|| Errno::STALE.into())
    }

    /// The file of this name, of which the kernel is told now.
    pub fn look_up(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let place = File::from(openat(self.place(parent)?, name, flags, Mode::empty())?);
        let attributes = self.attributes(&place.metadata()?)?;
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let number = attributes.ino.0;
        nodes.entry(number).or_insert_with(|| Node { place: Arc::new(place), known: 0 }).known += 1;
        Ok(attributes)
    }

    /// The file with this number, of which the kernel is told once more.
    pub fn mention(&self, number: INodeNo) -> io::Result<FileAttr> {
        let attributes = self.attributes(&self.place(number)?.metadata()?)?;
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = nodes.get_mut(&number.0) {
            node.known += 1;
        }
        Ok(attributes)
    }

    /// The kernel forgets what it was told so many times.
    pub fn forget(&self, number: INodeNo, times: u64) {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = nodes.get_mut(&number.0) {
            node.known = node.known.saturating_sub(times);
            if node.known == 0 {
                nodes.remove(&number.0);
            }
        }
    }

    /// What stat(2) is to say.
    pub fn attributes(&self, found: &Metadata) -> io::Result<FileAttr> {
        Ok(FileAttr {
            ino: self.number(found.ino()),
            size: found.size(),
            blocks: found.blocks(),
            atime: found.accessed()?,
            mtime: found.modified()?,
            ctime: UNIX_EPOCH + std::time::Duration::new(unsigned(found.ctime())?, nanoseconds(found.ctime_nsec())?),
            crtime: UNIX_EPOCH,
            kind: FileType::from_std(found.file_type()).ok_or(io::ErrorKind::InvalidData)?,
            perm: u16::try_from(found.mode() & 0o7777).map_err(io::Error::other)?,
            nlink: u32::try_from(found.nlink()).map_err(io::Error::other)?,
            uid: found.uid(),
            gid: found.gid(),
            rdev: u32::try_from(found.rdev()).unwrap_or_default(),
            blksize: u32::try_from(found.blksize()).unwrap_or_default(),
            flags: 0,
        })
    }

    /// The number by which the kernel knows an inode: the root is always 1.
    pub fn number(&self, inode: u64) -> INodeNo {
        if inode == self.root_inode { INodeNo::ROOT } else { INodeNo(inode + 1) }
    }

    /// Where the file is below the root.
    pub fn path(&self, place: &File) -> io::Result<PathBuf> {
        let (root, path) = (fs::read_link(own(&self.root))?, fs::read_link(own(place))?);
        path.strip_prefix(root).map(PathBuf::from).map_err(|_| Errno::STALE.into())
    }
}

/// The path that leads to a file that is open, see `proc_pid_fd(5)`.
pub fn own(place: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", place.as_raw_fd()))
}

fn unsigned(seconds: i64) -> io::Result<u64> {
    u64::try_from(seconds).map_err(io::Error::other)
}

fn nanoseconds(nanoseconds: i64) -> io::Result<u32> {
    u32::try_from(nanoseconds).map_err(io::Error::other)
}
