//! Whether there is room in a directory. A full disk fails a linker in ways that look like its own fault.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::statvfs;

use crate::errno::Errno;
use crate::package::Package;

/// So large a piece is written to see whether what statvfs(3) says is so: quotas, and what a server keeps to itself, are not in it.
const PIECE: usize = 1024 * 1024;

/// So large is what a file takes at least on many filesystems.
const BLOCK: u64 = 4096;

/// Whether a directory of ours has no room for a package.
///
/// # Errors
/// It cannot be looked at, or not be written to for another reason.
pub fn is_too_full(directory: &Path, package: &Package) -> io::Result<bool> {
    let need: u64 = package.files.iter().map(|file| (file.bytes.len() as u64).next_multiple_of(BLOCK)).sum();
    let room = statvfs(directory)?;
    // Some filesystems make inodes as they go, and say that they have none.
    let inodes = room.f_files > 0 && room.f_favail < package.files.len() as u64;
    if inodes || room.f_bavail.saturating_mul(room.f_frsize) < need + PIECE as u64 {
        return Ok(true);
    }
    let file = directory.join("room");
    let written = write(&file);
    fs::remove_file(&file)?;
    match written {
        Err(error) if Errno::from(&error).is_no_room() => Ok(true),
        written => written.map(|()| false),
    }
}

/// Whether there is nothing left in a directory.
///
/// # Errors
/// It cannot be looked at.
pub fn is_full(directory: &Path) -> io::Result<bool> {
    let room = statvfs(directory)?;
    Ok(room.f_bavail.saturating_mul(room.f_frsize) < BLOCK)
}

fn write(path: &Path) -> io::Result<()> {
    // Bytes that no filesystem can compress away.
    let mut state = 1_u32;
    let bytes: Vec<u8> = (0..PIECE)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let mut file = File::create_new(path)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Size, package};
    use crate::pairing::Names;

    #[test]
    fn a_directory_with_room_is_not_full_and_stays_empty() {
        let directory = tempfile::tempdir().unwrap();
        assert!(!is_too_full(directory.path(), package(Size::Small, Names::POSIX)).unwrap());
        assert!(!is_full(directory.path()).unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
