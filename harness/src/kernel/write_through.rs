//! Writes into the target, and sees what that does to the cache.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::filesystem::SetupError;
use crate::linker::Place;
use crate::observe::{Depth, Kind, Node, ObserveError, Tree, observe};

/// Appends a byte to the files in the target. A server may take root for nobody: whoever calls this acts as the user whose they are.
pub fn write_to(place: &Place, target: &Tree, cache: &Tree) -> Result<(), SetupError> {
    /// Enough to meet every strategy of a package; writing to each of 20,000 files would say no more.
    const MOST: usize = 64;
    let files: Vec<_> =
        target.iter().filter(|(at, node)| is_ours(place, at, node, cache)).map(|(path, _)| path).collect();
    let mut some = files.iter().step_by(files.len().div_ceil(MOST).max(1));
    some.try_for_each(|path| append(&place.target().join(path)))
}

/// The cached files whose bytes have changed since the cache was looked at.
pub fn changed(place: &Place, cache: &Tree) -> Result<Vec<String>, ObserveError> {
    let after = observe(place.cache(), Depth::Bytes)?;
    let changed = cache.iter().filter(|(path, node)| after.get(*path).is_none_or(|now| now.sha256() != node.sha256()));
    Ok(changed.map(|(path, _)| path.clone()).collect())
}

/// A regular file, or a symlink to a regular file of the cache. Others may lead anywhere: that of a virtual environment to the
/// interpreter, that of a broken linker to a device.
fn is_ours(place: &Place, at: &str, node: &Node, cache: &Tree) -> bool {
    match &node.kind {
        Kind::File { .. } => true,
        Kind::Symlink { to } => {
            let cached = place.leads_to(to, at).and_then(|path| cache.get(&path));
            cached.is_some_and(|cached| matches!(cached.kind, Kind::File { .. }))
        }
        Kind::Directory | Kind::Other => false,
    }
}

fn append(path: &Path) -> Result<(), SetupError> {
    let opened = fs::OpenOptions::new().append(true).open(path);
    match opened.and_then(|mut file| file.write_all(b"\n")) {
        // What cannot be written to (immutable, dangling, on a read-only export, without room) cannot be written through, either.
        Err(error) if !is_closed(&error) => Err(SetupError::failed("write to", path)(error)),
        _ => Ok(()),
    }
}

fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), PermissionDenied | NotFound | ReadOnlyFilesystem | StorageFull)
}
