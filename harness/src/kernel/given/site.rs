//! Where everything is that is ours.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use super::error::GivenError;
use crate::linker::{Place, Roots};
use crate::package::Size;
use crate::pairing::{Directories, Names};

/// A directory of ours in each of those that were given, and one for everything else. Agents that run side by side share them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// That in which caches are.
    pub cache: PathBuf,
    /// That in which targets are.
    pub target: PathBuf,
    /// That of programs, packages, homes and temporary files.
    pub own: PathBuf,
}

impl Site {
    /// The three, each with what it is for.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, &Path); 3] {
        [("cache", &self.cache), ("target", &self.target), ("own", &self.own)]
    }

    /// This process's place for a package of this size, of files that have such names.
    #[must_use]
    pub fn place(&self, size: Size, names: Names) -> Place {
        let ours = |part: &Path| part.join(process::id().to_string());
        let roots = Roots { cache: ours(&self.cache), target: ours(&self.target), own: ours(&self.own) };
        Place::below(roots, size, names)
    }
}

/// The directories at these paths, with every symlink followed.
///
/// # Errors
/// One of them is not there, or no directory, or has a path that reports cannot hold.
pub fn directories(cache: &Path, target: &Path) -> Result<Directories, GivenError> {
    Ok(Directories { cache: directory("cache", cache)?, target: directory("target", target)? })
}

fn directory(end: &'static str, path: &Path) -> Result<PathBuf, GivenError> {
    let found = fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => GivenError::NotThere { end, path: path.to_owned() },
        io::ErrorKind::NotADirectory => GivenError::NoDirectory { end, path: path.to_owned() },
        _ => GivenError::failed("find", path)(error),
    })?;
    if !found.is_dir() {
        return Err(GivenError::NoDirectory { end, path: path.to_owned() });
    }
    if found.to_str().is_none() {
        return Err(GivenError::NotUnicode { end, path: path.to_owned() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn directories_are_found_behind_symlinks_and_nothing_else_is_taken_for_one() {
        let here = tempfile::tempdir().unwrap();
        let at = |name: &str| here.path().join(name);
        let odd = here.path().join(std::ffi::OsStr::from_bytes(b"\xff"));
        fs::create_dir(at("real")).unwrap();
        fs::create_dir(&odd).unwrap();
        fs::write(at("file"), "").unwrap();
        std::os::unix::fs::symlink(at("real"), at("link")).unwrap();
        let real = fs::canonicalize(at("real")).unwrap();
        assert_eq!(directories(&at("link"), &at("real")).unwrap(), Directories { cache: real.clone(), target: real });
        let refused = |path: &Path| directories(&at("real"), path).unwrap_err().to_string();
        let shown = here.path().display();
        assert_eq!(refused(&at("none")), format!("there is no directory {shown}/none for the target"));
        assert_eq!(refused(&at("file")), format!("{shown}/file, given for the target, is no directory"));
        assert_eq!(refused(&at("file/x")), format!("{shown}/file/x, given for the target, is no directory"));
        assert_eq!(refused(&odd), format!("the path {shown}/\u{fffd} of the directory for the target is not UTF-8"));
    }
}
