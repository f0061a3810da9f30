//! Which names a directory's filesystem holds, found by trying.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::Builder;

use crate::pairing::{Characters, Names};

/// So long a name every filesystem holds.
const SURE: usize = 8;

/// The names that can be had in a directory.
///
/// # Errors
/// Not even an ordinary name can be had, or the directory cannot be read.
pub fn names(directory: &Path) -> io::Result<Names> {
    let tried = Builder::new().prefix("names-").tempdir_in(directory)?;
    let names = tried_in(tried.path())?;
    tried.close()?;
    Ok(names)
}

fn tried_in(directory: &Path) -> io::Result<Names> {
    let plain = directory.join("n");
    File::create_new(&plain)?;
    fs::remove_file(&plain)?;
    let characters = if holds(directory, "a:b")? { Characters::Posix } else { Characters::Fat };
    let (mut held, mut refused) = (SURE, Names::POSIX.longest + 1);
    let mut next = Names::POSIX.longest;
    while held + 1 < refused {
        if holds(directory, &"n".repeat(next))? {
            held = next;
        } else {
            refused = next;
        }
        next = usize::midpoint(held, refused);
    }
    Ok(Names { longest: held, characters })
}

/// Whether a file of this name, which then is the only one, can be made, and is then found by it; some servers and mounts change names.
fn holds(directory: &Path, name: &str) -> io::Result<bool> {
    if File::create_new(directory.join(name)).is_err() {
        return Ok(false);
    }
    let (mut found, mut made) = (false, Vec::new());
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        found |= entry.file_name() == name;
        made.push(entry.path());
    }
    made.iter().try_for_each(fs::remove_file)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_filesystem_holds_what_linux_allows() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(names(directory.path()).unwrap(), Names::POSIX);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        assert_eq!(names(&directory.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
