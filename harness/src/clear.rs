//! Removes what is in a directory.

use std::fs;
use std::io;
use std::path::Path;

/// Removes all that is in a directory, and not the directory.
pub(crate) fn clear(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) }?;
    }
    Ok(())
}
