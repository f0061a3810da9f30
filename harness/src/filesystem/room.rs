//! Leaves a filesystem with hardly any room.
//!
//! Invariant: what is left is [`LEFT`] bytes, less than a block more or less, for a user who is not root: what a filesystem keeps to
//! itself, and what ext4 keeps for root, does not count. Nothing is written for that: the images are in memory.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, fstatfs, fstatvfs, syncfs};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount_remount};

use super::error::SetupError;
use super::tmpfs;

/// So many bytes are left: enough for directories and a few small files, and too little for the package.
const LEFT: u64 = 256 * 1024;

/// Leaves the filesystem of which `root` is the uppermost directory hardly any room.
pub fn use_up(root: &Path) -> Result<(), SetupError> {
    let failed = |errno: Errno| SetupError::failed("use up the room in", root)(errno.into());
    let directory = File::open(root).map_err(SetupError::failed("open", root))?;
    // What is yet to be written out takes more room than is known before.
    syncfs(&directory).map_err(failed)?;
    let in_memory = u64::try_from(fstatfs(&directory).map_err(failed)?.f_type).ok() == Some(tmpfs::TYPE.magic);
    if in_memory { shrink(root, &directory) } else { fill(root) }.map_err(failed)
}

/// Gives a tmpfs another size, see tmpfs(5).
fn shrink(root: &Path, directory: &File) -> Result<(), Errno> {
    let left = fstatvfs(directory)?;
    let size = (left.f_blocks - left.f_bfree) * left.f_frsize + LEFT;
    let options = std::ffi::CString::new(format!("size={size}")).map_err(|_| Errno::INVAL)?;
    mount_remount(root, MountFlags::empty(), options.as_c_str())
}

/// Gives a file all the room but what is to be left, beside cache and target.
fn fill(root: &Path) -> Result<(), Errno> {
    let open = OpenOptions::new().write(true).create_new(true).open(root.join("room"));
    let file = open.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let (mut length, mut most) = (0, u64::MAX);
    loop {
        let left = fstatvfs(&file)?;
        let piece = (left.f_bavail * left.f_frsize).saturating_sub(LEFT).min(most) / left.f_frsize * left.f_frsize;
        if piece == 0 {
            return syncfs(&file);
        }
        match fallocate(&file, FallocateFlags::empty(), length, piece) {
            Ok(()) => length += piece,
            // What describes so large a file needs room as well.
            Err(Errno::NOSPC) => most = piece / 2,
            Err(errno) => return Err(errno),
        }
    }
}
