//! A directory tree as it is: one node per path.
//!
//! Invariant: observing changes nothing but access times; a path is relative to the tree's root, and the root itself has no node.
//! What was removed has none either, though on NFS it may keep a name until nobody has it open.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{NFS_SUPER_MAGIC, statfs};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::extents::{Extents, extents};
use crate::errno::Errno;

/// Every path below a directory, relative to it.
pub type Tree = BTreeMap<String, Node>;

/// One path's inode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The device number (`st_dev`).
    pub device: u64,
    /// The inode number.
    pub inode: u64,
    /// The number of hard links.
    pub links: u64,
    /// The permission bits, with set-user-ID and its like.
    pub mode: u32,
}

/// What a path is, with what that kind of file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A regular file.
    File {
        /// Its length in bytes.
        size: u64,
        /// SHA-256 of its bytes, in hexadecimal.
        sha256: String,
        /// Where its bytes lie.
        extents: Extents,
    },
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink {
        /// What it points to, as written.
        to: String,
    },
    /// A device, a socket, a named pipe, or a symlink that its filesystem lets nobody read.
    Other,
}

/// How closely files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth<'a> {
    /// Names, modes and bytes.
    Bytes,
    /// These, and the extents; the filesystem is synced for that. A filesystem that only passes on what another one holds (NFS)
    /// shows none: they are looked for at the same paths below this directory.
    Extents(&'a Path),
}

impl Node {
    /// The hash, if this is a regular file.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        match &self.kind {
            Kind::File { sha256, .. } => Some(sha256),
            _ => None,
        }
    }

    /// The extents, if this is a regular file.
    #[must_use]
    pub fn extents(&self) -> Option<&Extents> {
        match &self.kind {
            Kind::File { extents, .. } => Some(extents),
            _ => None,
        }
    }
}

/// Looks at everything below `root`.
///
/// # Errors
/// The first path that could not be read, with the operation.
pub fn observe(root: &Path, depth: Depth<'_>) -> Result<Tree, ObserveError> {
    let mut tree = Tree::new();
    let holder = match depth {
        Depth::Bytes => None,
        Depth::Extents(holder) => Some(holder),
    };
    if let Some(holder) = holder {
        sync(root)?;
        if holder != root {
            sync(holder)?;
        }
    }
    let on_nfs = statfs(root).map_err(|errno| failed("look at the filesystem of", root)(errno.into()))?.f_type
        == NFS_SUPER_MAGIC;
    walk(root, "", holder, &|name| on_nfs && is_removed(name), &mut tree)?;
    Ok(tree)
}

/// Whether NFS's client gave this name to a file that was removed while somebody had it open, be it the client itself, for what it
/// still writes. It is gone for everybody else; when the name goes, too, is chance. See <https://nfs.sourceforge.net/#faq_d2>, and
/// `nfs_sillyrename` in Linux: the file's number and a counter, in hexadecimal.
fn is_removed(name: &OsStr) -> bool {
    let digits = name.as_bytes().strip_prefix(b".nfs");
    digits.is_some_and(|digits| digits.len() == 24 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Has a filesystem written out, all at once: to have each file written out by itself takes ten times as long.
fn sync(root: &Path) -> Result<(), ObserveError> {
    let synced = fs::File::open(root).and_then(|root| Ok(rustix::fs::syncfs(root)?));
    synced.map_err(failed("sync the filesystem of", root))
}

/// A path that could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("failed to {operation} {path}: {source}")]
pub struct ObserveError {
    operation: &'static str,
    path: String,
    source: io::Error,
}

impl ObserveError {
    /// Whether whoever looked may not.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.source.kind() == io::ErrorKind::PermissionDenied
    }
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ObserveError + use<> {
    let path = path.display().to_string();
    move |source| ObserveError { operation, path, source }
}

/// `holder` is the directory in which extents are looked for, if they are; names that are `passed_over` have no node.
fn walk(
    directory: &Path,
    prefix: &str,
    holder: Option<&Path>,
    passed_over: &dyn Fn(&OsStr) -> bool,
    tree: &mut Tree,
) -> Result<(), ObserveError> {
    for entry in fs::read_dir(directory).map_err(failed("read directory", directory))? {
        let path = entry.map_err(failed("read directory", directory))?.path();
        let last = path.file_name().unwrap_or_default();
        if passed_over(last) {
            continue;
        }
        let holder = holder.map(|holder| holder.join(last));
        let name = last.to_string_lossy();
        let name = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}/{name}") };
        let node = node(&path, holder.as_deref()).map_err(failed("look at", &path))?;
        let descend = node.kind == Kind::Directory;
        tree.insert(name.clone(), node);
        if descend {
            walk(&path, &name, holder.as_deref(), passed_over, tree)?;
        }
    }
    Ok(())
}

/// `holder` is where the file's extents are looked for, if they are.
fn node(path: &Path, holder: Option<&Path>) -> io::Result<Node> {
    let metadata = fs::symlink_metadata(path)?;
    let kind = if metadata.is_dir() {
        Kind::Directory
    } else if metadata.is_symlink() {
        match fs::read_link(path) {
            Ok(to) => Kind::Symlink { to: String::from_utf8_lossy(to.as_os_str().as_bytes()).into_owned() },
            Err(error) if Errno::from(&error) == Errno::EPERM => Kind::Other,
            Err(error) => return Err(error),
        }
    } else if metadata.is_file() {
        file(path, metadata.len(), holder)?
    } else {
        Kind::Other
    };
    Ok(Node {
        kind,
        device: metadata.dev(),
        inode: metadata.ino(),
        links: metadata.nlink(),
        mode: metadata.mode() & 0o7777,
    })
}

fn file(path: &Path, expected: u64, holder: Option<&Path>) -> io::Result<Kind> {
    const MOST: usize = 64 * 1024;
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    // Most files are small: to zero the whole buffer takes longer than to read them.
    let mut buffer = vec![0; usize::try_from(expected).map_or(MOST, |length| length.clamp(1, MOST))];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        hash.update(&buffer[..read]);
    }
    let extents = match holder {
        None => Extents::NotLooked,
        Some(holder) if holder == path => extents(&file)?,
        Some(holder) => extents(&fs::File::open(holder)?)?,
    };
    Ok(Kind::File { size, sha256: hex(&hash.finalize()), extents })
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOVED: &str = ".nfs000000000000001500000008";

    #[test]
    fn what_was_removed_on_nfs_has_no_node() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("kept")).unwrap();
        for name in [REMOVED, "kept/.nfs", "kept/file", &format!("kept/{REMOVED}")] {
            fs::write(directory.path().join(name), name).unwrap();
        }
        let mut tree = Tree::new();
        walk(directory.path(), "", None, &is_removed, &mut tree).unwrap();
        assert_eq!(tree.into_keys().collect::<Vec<_>>(), ["kept", "kept/.nfs", "kept/file"]);
        // Elsewhere it is a name like any other.
        let tree = observe(directory.path(), Depth::Bytes).unwrap();
        assert_eq!(tree.into_keys().filter(|path| path.ends_with(REMOVED)).count(), 2);
    }

    #[test]
    fn only_that_very_form_was_removed() {
        for name in
            [".nfs", ".nfs0000000000000015", ".nfs00000000000000150000000g", "nfs000000000000001500000008", "file"]
        {
            assert!(!is_removed(OsStr::new(name)), "{name}");
        }
    }
}
