//! Files and directories of the probe's own: their names cannot be mistaken, and a guard removes each.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::statvfs;
use tempfile::{Builder, NamedTempFile, TempDir, TempPath};

use crate::errno::Errno;

/// What the name of everything begins with that a probe makes.
const PREFIX: &str = ".exdev-probe-";

/// Whether a name is that of something that a probe makes.
pub(super) fn is_ours(name: &OsStr) -> bool {
    name.as_bytes().starts_with(PREFIX.as_bytes())
}

/// So many bytes has a file of the probe's own: small ones are inlined by Btrfs and never show as shared.
const SIZE: usize = 64 * 1024;

/// So many random characters end a name: a plain rename replaces without a word what has the same one.
const RANDOM: usize = 12;

/// Where fewer bytes are left, files of the probe's own are empty: what is tried next shall not meet less room than the linker will,
/// and links take none.
const SPARE: u64 = 1024 * 1024;

/// A new file that nobody has synced; its mode is one that no umask gives.
pub(super) fn fresh(directory: &Path) -> Result<TempPath, Errno> {
    // Where it is not told how large the filesystem is, it is not told what is left, either.
    let told = statvfs(directory).ok().filter(|room| room.f_blocks > 0);
    let left = told.map_or(u64::MAX, |room| room.f_bavail.saturating_mul(room.f_frsize));
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(if left < SPARE { 0 } else { SIZE }).collect();
    let written = |mut file: NamedTempFile<File>| {
        match file.write_all(&bytes) {
            // A quota is not in what statvfs(3) says.
            Err(error) if Errno::from(&error).is_no_room() => file.as_file().set_len(0)?,
            written => written?,
        }
        file.as_file().set_permissions(Permissions::from_mode(0o640))?;
        Ok(file.into_temp_path())
    };
    let mut met = None;
    let made = Builder::new()
        .prefix(PREFIX)
        .rand_bytes(RANDOM)
        .make_in(directory, |path| noted(&mut met, File::create_new(path)));
    match made {
        Ok(file) => written(file).map_err(|error: io::Error| Errno::from(&error)),
        Err(error) => Err(met.unwrap_or_else(|| Errno::from(&error))),
    }
}

/// A new directory.
pub(super) fn fresh_directory(directory: &Path) -> io::Result<TempDir> {
    Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(directory)
}

/// Has something placed under a new name in a directory; the guard that removes it, or the errno that was met.
pub(super) fn placed(directory: &Path, place: impl Fn(&Path) -> io::Result<()>) -> Result<TempPath, Errno> {
    let mut met = None;
    let made = Builder::new().prefix(PREFIX).rand_bytes(RANDOM).make_in(directory, |path| noted(&mut met, place(path)));
    made.map(NamedTempFile::into_temp_path).map_err(|error| met.unwrap_or_else(|| Errno::from(&error)))
}

/// Errors are told with a path by the time that they are handed on, and then their errno is gone.
fn noted<T>(met: &mut Option<Errno>, tried: io::Result<T>) -> io::Result<T> {
    *met = tried.as_ref().err().map(Errno::from);
    tried
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn what_is_made_has_a_name_of_its_own_and_goes_with_its_guard() {
        let directory = tempfile::tempdir().unwrap();
        let one = fresh(directory.path()).unwrap();
        let other = placed(directory.path(), |path| fs::hard_link(&one, path)).unwrap();
        let mut found = names(directory.path());
        found.sort();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|name| name.starts_with(".exdev-probe-") && name.len() == 25), "{found:?}");
        drop((one, other));
        assert_eq!(names(directory.path()), [""; 0]);
    }

    #[test]
    fn a_refusal_is_its_errno_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let refused = placed(directory.path(), |path| fs::hard_link("/nowhere/file", path));
        assert_eq!(refused.unwrap_err(), Errno(nix::libc::ENOENT));
        assert_eq!(fresh(Path::new("/nowhere")).unwrap_err(), Errno(nix::libc::ENOENT));
        assert_eq!(names(directory.path()), [""; 0]);
    }
}
