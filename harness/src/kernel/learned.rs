//! What linkers found out about the host while they filled a cache, carried to the next one. It is no part of what is tested, and
//! to find it out again can take longer than to link: uv asks an interpreter.
//!
//! Invariant: a linker is only told what the same version of it has written itself.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io;
use std::path::Path;

use super::cell::Trial;
use super::lay_out;
use crate::linker::Place;

/// Files, by their paths in a cache.
type Files = Vec<(String, Vec<u8>)>;

/// What each linker has learned.
#[derive(Debug, Default)]
pub(super) struct Learned(BTreeMap<String, Files>);

impl Learned {
    /// Writes what the trial's linker has learned into a cache. A server may take root for nobody: whoever calls this acts as the
    /// user whose cache it is.
    pub(super) fn tell(&self, trial: &Trial<'_>, place: &Place) {
        if let Some(files) = self.0.get(&trial.linker.to_string()) {
            // Where it cannot be written, the linker finds it out again, or fails as well as we do.
            let _ = lay_out::target(place.cache(), files);
        }
    }

    /// Remembers what the trial's linker has learned, from a cache that it has just filled.
    pub(super) fn hear(&mut self, trial: &Trial<'_>, place: &Place) {
        if let (Some(name), Entry::Vacant(unknown)) = (trial.adapter.learns(), self.0.entry(trial.linker.to_string()))
            && let Ok(files) = read(place.cache(), name)
        {
            unknown.insert(files);
        }
    }
}

/// Every file in those directories in `cache` whose names begin so.
fn read(cache: &Path, name: &str) -> io::Result<Files> {
    let mut files = Vec::new();
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        let directory = entry.file_name().to_string_lossy().into_owned();
        if directory.starts_with(name) && entry.file_type()?.is_dir() {
            read_below(&entry.path(), &directory, &mut files)?;
        }
    }
    Ok(files)
}

fn read_below(directory: &Path, relative: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let relative = format!("{relative}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_below(&entry.path(), &relative, files)?;
        } else if kind.is_file() {
            files.push((relative, fs::read(entry.path())?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_directories_of_that_name_is_carried() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = [("known-v5/a/b", b"\xff\0".to_vec()), ("known-v5/c", Vec::new()), ("archive/d", vec![1])];
        lay_out::target(one.path(), &files.map(|(path, bytes)| (path.to_owned(), bytes))).unwrap();
        let mut read = read(one.path(), "known-v").unwrap();
        read.sort();
        assert_eq!(read, [("known-v5/a/b".to_owned(), b"\xff\0".to_vec()), ("known-v5/c".to_owned(), Vec::new())]);
        lay_out::target(other.path(), &read).unwrap();
        assert_eq!(fs::read(other.path().join("known-v5/a/b")).unwrap(), b"\xff\0");
        assert!(!other.path().join("archive").exists());
    }
}
