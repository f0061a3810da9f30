//! The files of the directory that the kernel knows of, each by a name that it has, or, once that name is gone, held open without
//! access, see `O_PATH` in open(2).
//!
//! Invariant: only what has lost the name that it is known by takes a descriptor; every name changes through us alone.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use fuser::{FileAttr, FileType, INodeNo};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// The files that the kernel knows of.
#[derive(Debug)]
pub struct Tree {
    root: Arc<File>,
    root_inode: u64,
    nodes: Mutex<Nodes>,
}

type Nodes = HashMap<u64, Node>;

#[derive(Debug)]
struct Node {
    parent: INodeNo,
    name: OsString,
    /// The file itself, once the name is gone.
    held: Option<Arc<File>>,
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
        self.open(&self.nodes(), number)
    }

    /// The file of this name, of which the kernel is told now.
    pub fn look_up(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let attributes = self.attributes(&self.named(parent, name)?.metadata()?)?;
        let mut nodes = self.nodes();
        let known = nodes.get(&attributes.ino.0).map_or(0, |node| node.known) + 1;
        nodes.insert(attributes.ino.0, Node { parent, name: name.to_owned(), held: None, known });
        Ok(attributes)
    }

    /// The file with this number, of which the kernel is told once more.
    pub fn mention(&self, number: INodeNo) -> io::Result<FileAttr> {
        let attributes = self.attributes(&self.place(number)?.metadata()?)?;
        if let Some(node) = self.nodes().get_mut(&number.0) {
            node.known += 1;
        }
        Ok(attributes)
    }

    /// The file that has this name now, and is about to lose it; the number, if the kernel knows it by that name.
    pub fn hold(&self, parent: INodeNo, name: &OsStr) -> io::Result<Option<INodeNo>> {
        let file = self.named(parent, name)?;
        let number = self.number(file.metadata()?.ino());
        let mut nodes = self.nodes();
        let node = nodes.get_mut(&number.0).filter(|node| node.parent == parent && node.name == name);
        Ok(node.map(|node| {
            node.held = Some(Arc::new(file));
            number
        }))
    }

    /// The file that was held is known by this name from now on.
    pub fn release(&self, number: INodeNo, parent: INodeNo, name: &OsStr) {
        if let Some(node) = self.nodes().get_mut(&number.0) {
            *node = Node { parent, name: name.to_owned(), held: None, known: node.known };
        }
    }

    /// The kernel forgets what it was told so many times.
    pub fn forget(&self, number: INodeNo, times: u64) {
        let mut nodes = self.nodes();
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

    fn nodes(&self) -> MutexGuard<'_, Nodes> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn named(&self, parent: INodeNo, name: &OsStr) -> io::Result<File> {
        opened(&*self.place(parent)?, name)
    }

    fn open(&self, nodes: &Nodes, number: INodeNo) -> io::Result<Arc<File>> {
        if number == INodeNo::ROOT {
            return Ok(Arc::clone(&self.root));
        }
        let node = nodes.get(&number.0).ok_or(Errno::STALE)?;
        if let Some(held) = &node.held {
            return Ok(Arc::clone(held));
        }
        let file = opened(&*self.open(nodes, node.parent)?, &node.name)?;
        if self.number(file.metadata()?.ino()) == number { Ok(Arc::new(file)) } else { Err(Errno::STALE.into()) }
    }

    /// Where the file is below the root.
    pub fn path(&self, place: &File) -> io::Result<PathBuf> {
        let (root, path) = (fs::read_link(own(&self.root))?, fs::read_link(own(place))?);
        path.strip_prefix(root).map(PathBuf::from).map_err(|_| Errno::STALE.into())
    }
}

fn opened(parent: &File, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(openat(parent, name, flags, Mode::empty())?))
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
