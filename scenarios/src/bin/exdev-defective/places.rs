//! The paths that the defects are about.

use std::env;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use exdev::linker::reference::Job;

/// A module in the middle of the package.
pub const MODULE: &str = "exdev_pkg/module_07.py";
/// Another module.
pub const OTHER_MODULE: &str = "exdev_pkg/module_08.py";
/// The executable.
pub const TOOL: &str = "exdev_pkg/bin/tool";
/// An empty file.
pub const EMPTY: &str = "exdev_pkg/__init__.py";
/// The other empty file.
pub const OTHER_EMPTY: &str = "exdev_pkg/py.typed";
/// The largest file, whose last block is not full.
pub const LARGEST: &str = "exdev_pkg/data/192k.bin";
/// What is full of that file's blocks.
pub const FULL_BLOCKS: u64 = 192 * 1024;

/// A path in the target.
pub fn target(job: &Job, path: &str) -> PathBuf {
    job.target.join(path)
}

/// A path in the cache.
pub fn cache(job: &Job, path: &str) -> PathBuf {
    job.cache.join(path)
}

/// A path in the home directory.
pub fn home(name: &str) -> PathBuf {
    env::home_dir().unwrap_or_default().join(name)
}

/// A path in the directory for temporary files.
pub fn temporary(name: &str) -> PathBuf {
    env::temp_dir().join(name)
}

/// Gives a file these permission bits.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Every regular file and symlink below a directory.
pub fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}
