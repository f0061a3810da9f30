//! What is to be in a target, and which files of a cache hold it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::tree::{File, Package};
use crate::observe::{Kind, Tree};

/// A file that a linker is to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its path, relative to the directory in the target that the package's files belong in.
    pub path: String,
    /// Its permission bits, if they are to be these.
    pub mode: Option<u32>,
    /// How many bytes it has.
    pub size: u64,
    /// SHA-256 of these, in hexadecimal.
    pub sha256: String,
}

impl Expected {
    /// The files of a tree, each to be where it is there, and like it.
    pub fn all(tree: &Tree) -> impl Iterator<Item = Self> {
        tree.iter().filter_map(|(path, node)| {
            let Kind::File { size, sha256, .. } = &node.kind else { return None };
            Some(Self { path: path.clone(), mode: Some(node.mode), size: *size, sha256: sha256.clone() })
        })
    }
}

impl Package {
    /// Its files, as they are to be in a target.
    #[must_use]
    pub fn expected(&self) -> Vec<Expected> {
        self.files.iter().map(Expected::from).collect()
    }
}

impl From<&File> for Expected {
    fn from(file: &File) -> Self {
        let (path, sha256) = (file.path.clone(), file.sha256.clone());
        Self { path, mode: Some(file.mode), size: file.bytes.len() as u64, sha256 }
    }
}

/// The path in the cache of each file that is to be placed, by the file's own path.
///
/// A file is known by its bytes and, where the cache keeps names, by the end of its path. A cache has empty files of its own: one of
/// the package is known by its name, or, where others are at names made of their bytes, by one that is like theirs.
#[must_use]
pub fn cached<'a>(files: &'a [Expected], cache: &'a Tree) -> BTreeMap<&'a str, &'a str> {
    let mut by_hash: HashMap<&str, Vec<&str>> = HashMap::new();
    for (path, node) in cache {
        if let Some(hash) = node.sha256() {
            by_hash.entry(hash).or_default().push(path);
        }
    }
    let same = |file: &Expected| by_hash.get(file.sha256.as_str()).map_or(&[][..], Vec::as_slice);
    let named = |file: &Expected| same(file).iter().find(|path| ends_with_path(path, &file.path));
    let unnamed = files.iter().filter(|file| file.size > 0 && named(file).is_none());
    let shapes: HashSet<_> = unnamed.filter_map(|file| same(file).first()).map(|path| shape(path)).collect();
    let find = |file: &'a Expected| {
        let alike = || same(file).iter().find(|path| file.size > 0 || shapes.contains(&shape(path)));
        Some((file.path.as_str(), *named(file).or_else(alike)?))
    };
    files.iter().filter_map(find).collect()
}

/// The lengths of a path's names.
fn shape(path: &str) -> Vec<usize> {
    path.split('/').map(str::len).collect()
}

fn ends_with_path(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::cached;
    use crate::observe::{Depth, observe};
    use crate::package::Size;
    use crate::package::package;
    use crate::pairing::Names;

    #[test]
    fn files_are_found_by_name_and_bytes_and_foreign_empty_ones_are_not() {
        let package = package(Size::Small, Names::POSIX);
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("archive/id");
        std::fs::create_dir_all(&root).unwrap();
        package.write(&root).unwrap();
        std::fs::write(directory.path().join(".git"), "").unwrap();
        let moved = package.files.iter().find(|file| !file.bytes.is_empty()).unwrap();
        std::fs::rename(root.join(&moved.path), directory.path().join("by-hash")).unwrap();

        let tree = observe(directory.path(), Depth::Bytes).unwrap();
        let expected = package.expected();
        let cached = cached(&expected, &tree);
        assert_eq!(cached.len(), package.files.len());
        for file in &package.files {
            let expected = if file == moved { "by-hash".to_owned() } else { format!("archive/id/{}", file.path) };
            assert_eq!(cached.get(file.path.as_str()), Some(&expected.as_str()));
        }
    }

    #[test]
    fn an_empty_file_is_found_among_others_that_are_named_by_their_bytes() {
        let files = package(Size::Small, Names::POSIX).expected();
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("files")).unwrap();
        for file in &package(Size::Small, Names::POSIX).files {
            std::fs::write(directory.path().join("files").join(&file.sha256), &file.bytes).unwrap();
        }
        std::fs::write(directory.path().join("files/lock"), "").unwrap();
        let tree = observe(directory.path(), Depth::Bytes).unwrap();
        let cached = cached(&files, &tree);
        for file in &files {
            assert_eq!(cached.get(file.path.as_str()), Some(&format!("files/{}", file.sha256).as_str()));
        }
    }
}
