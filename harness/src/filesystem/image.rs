//! Image files for loop devices: a template per kind, made once, and copies of it.
//!
//! Invariant: images are sparse files in memory (tmpfs), with a hole wherever a block is all zeroes; so a copy touches only the
//! few blocks that `mkfs` wrote.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{SeekFrom, seek, statvfs};
use rustix::io::Errno;

use super::error::SetupError;
use super::program;

/// The length of an image in bytes, unless its filesystem cannot be as large; XFS wants 300 MiB at least.
pub const USUAL_LENGTH: u64 = 1 << 30;

const BLOCK: usize = 64 * 1024;

/// How an image gets its filesystem.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// The program.
    pub program: &'static str,
    /// Its arguments, before the image's path.
    pub arguments: &'static [&'static str],
    /// The image's length in bytes.
    pub length: u64,
}

/// Makes a template: an image with an empty filesystem, and holes for its zeroes.
pub fn make(recipe: Recipe, path: &Path) -> Result<(), SetupError> {
    let raw = path.with_extension("raw");
    create(&raw, recipe.length)?;
    let made = program::run(recipe.program, recipe.arguments, &raw)
        .or_else(|error| check_room(&raw).and(Err(error)))
        .and_then(|()| copy(&raw, path).map(drop));
    let removed = fs::remove_file(&raw).map_err(SetupError::failed("remove", &raw));
    made.and(removed)
}

/// Copies a template; the copy is open for reading and writing.
pub fn copy(from: &Path, to: &Path) -> Result<File, SetupError> {
    let source = File::open(from).map_err(SetupError::failed("open", from))?;
    let length = source.metadata().map_err(SetupError::failed("look at", from))?.len();
    let target = create(to, length)?;
    copy_data(&source, &target).map_err(SetupError::failed("copy the filesystem image to", to))?;
    Ok(target)
}

/// Makes sure that images can still grow. Where they cannot, a filesystem on one fails in ways that look like somebody else's fault.
pub fn check_room(path: &Path) -> Result<(), SetupError> {
    let room = statvfs(path).map_err(|errno| SetupError::failed("look at", path)(errno.into()))?;
    if room.f_bavail * room.f_frsize < BLOCK as u64 { Err(SetupError::full(path)) } else { Ok(()) }
}

fn create(path: &Path, length: u64) -> Result<File, SetupError> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(path);
    let file = file.map_err(SetupError::failed("create the filesystem image", path))?;
    file.set_len(length).map_err(SetupError::failed("size the filesystem image", path))?;
    Ok(file)
}

fn copy_data(source: &File, target: &File) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    let mut at = 0;
    loop {
        at = match seek(source, SeekFrom::Data(at)) {
            Ok(at) => at,
            Err(Errno::NXIO) => return Ok(()),
            Err(errno) => return Err(errno.into()),
        };
        let end = seek(source, SeekFrom::Hole(at))?;
        while at < end {
            let wanted = usize::try_from(end - at).map_or(BLOCK, |left| left.min(BLOCK));
            source.read_exact_at(&mut block[..wanted], at)?;
            if block[..wanted].iter().any(|&byte| byte != 0) {
                target.write_all_at(&block[..wanted], at)?;
            }
            at += wanted as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_copy_has_the_same_length_and_bytes_and_holes_for_zeroes() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        let length = 64 << 20;
        let source = create(&from, length).unwrap();
        source.write_all_at(&[7; 5000], 1 << 20).unwrap();
        source.write_all_at(&vec![0; 1 << 20], 1 << 25).unwrap();
        source.write_all_at(b"end", length - 3).unwrap();
        let target = copy(&from, &to).unwrap();

        let mut middle = [0; 5002];
        target.read_exact_at(&mut middle, (1 << 20) - 1).unwrap();
        assert_eq!((middle[0], middle[1], middle[5000], middle[5001]), (0, 7, 7, 0));
        let mut end = [0; 3];
        target.read_exact_at(&mut end, length - 3).unwrap();
        assert_eq!(&end, b"end");
        assert_eq!(target.metadata().unwrap().len(), length);
        assert!(target.metadata().unwrap().blocks() * 512 <= 2 * BLOCK as u64);
    }
}
