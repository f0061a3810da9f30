//! Removes what is in a directory.

use std::fs;
use std::io;
use std::path::Path;

/// Removes all that is in a directory, and not the directory. What can be removed is, even where something cannot.
///
/// # Errors
/// The first of all that cannot be removed.
pub(crate) fn clear(directory: &Path) -> io::Result<()> {
    let remove = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) }
    };
    fs::read_dir(directory)?.map(remove).fold(Ok(()), Result::and)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_symlinks_lead_to_stays() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(other.path().join("file"), "").unwrap();
        fs::create_dir_all(one.path().join("a/b")).unwrap();
        symlink(other.path(), one.path().join("a/link")).unwrap();
        symlink(other.path(), one.path().join("link")).unwrap();
        clear(one.path()).unwrap();
        assert_eq!(fs::read_dir(one.path()).unwrap().count(), 0);
        assert!(other.path().join("file").exists());
        assert_eq!(clear(&other.path().join("file")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }
}
