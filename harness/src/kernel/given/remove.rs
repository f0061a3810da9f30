//! Removes directories of ours with all that is in them, whatever a linker has done to its permission bits.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Removes a directory with all that is in it, if it is there. Symlinks are removed, and not followed.
///
/// # Errors
/// It cannot be removed.
pub fn remove(directory: &Path) -> io::Result<()> {
    let removed = match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(directory)?;
            fs::remove_dir_all(directory)
        }
        removed => removed,
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Lets us into every directory.
fn open_up(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_directories_are_removed_and_symlinks_are_not_followed() {
        let here = tempfile::tempdir().unwrap();
        let (ours, mine) = (here.path().join("ours"), here.path().join("mine"));
        fs::create_dir_all(ours.join("closed/deep")).unwrap();
        fs::create_dir(&mine).unwrap();
        fs::write(mine.join("file"), "").unwrap();
        std::os::unix::fs::symlink(&mine, ours.join("closed/link")).unwrap();
        fs::set_permissions(ours.join("closed/deep"), Permissions::from_mode(0o000)).unwrap();
        fs::set_permissions(ours.join("closed"), Permissions::from_mode(0o500)).unwrap();
        remove(&ours).unwrap();
        remove(&ours).unwrap();
        assert!(!ours.exists() && mine.join("file").exists());
    }
}
