//! Follows a path step by step, to see whether it comes by a symlink of proc(5), which leads each process somewhere else.

use std::ffi::{OsStr, OsString};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, fstat, fstatfs, openat, readlinkat};
use rustix::io::Result;

/// The kernel follows no more symlinks than this.
const MOST: usize = 40;

/// Whether a path from this directory comes by such a symlink, as far as it leads anywhere.
pub fn comes_by_proc(directory: BorrowedFd<'_>, path: &Path) -> bool {
    walk(directory, path).unwrap_or(false)
}

fn walk(directory: BorrowedFd<'_>, path: &Path) -> Result<bool> {
    let mut left = steps(path.as_os_str());
    let mut here = begin(directory, path.as_os_str())?;
    let mut followed = 0;
    while let Some(step) = left.pop() {
        let next = openat(&here, &step, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        if !FileType::from_raw_mode(fstat(&next)?.st_mode).is_symlink() {
            here = next;
            continue;
        }
        if fstatfs(&here)?.f_type == PROC_SUPER_MAGIC {
            return Ok(true);
        }
        followed += 1;
        if followed > MOST {
            return Ok(false);
        }
        let text = OsString::from_vec(readlinkat(&next, "", Vec::new())?.into_bytes());
        if text.as_bytes().first() == Some(&b'/') {
            here = begin(CWD, &text)?;
        }
        left.extend(steps(&text));
    }
    Ok(false)
}

/// Where a path begins.
fn begin(directory: BorrowedFd<'_>, path: &OsStr) -> Result<OwnedFd> {
    let at = if path.as_bytes().first() == Some(&b'/') { "/" } else { "." };
    openat(directory, at, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
}

/// The steps of a path, the first one last.
fn steps(path: &OsStr) -> Vec<OsString> {
    let steps = path.as_bytes().split(|byte| *byte == b'/').filter(|step| !step.is_empty());
    steps.rev().map(|step| OsStr::from_bytes(step).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_way_is_told_wherever_it_ends() {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("file", "/proc/self/fd/999999"),
            ("directory", "/proc/thread-self"),
            ("relative", "file"),
            ("loop", "loop"),
            ("proc", "/proc"),
            ("dangling", "nowhere/else"),
        ] {
            symlink(text, root.path().join(name)).unwrap();
        }
        let comes = |path: &str| comes_by_proc(CWD, &root.path().join(path));
        for path in ["file", "relative", "directory/no/such", "proc/self", "proc/./self/../x", "proc/mounts"] {
            assert!(comes(path), "{path}");
        }
        for path in ["", "loop", "proc", "proc/version", "dangling", "missing/file", "../x"] {
            assert!(!comes(path), "{path}");
        }
    }
}
