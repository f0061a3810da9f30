//! What link(2) does under each limit.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, linkat, symlinkat};
use rustix::io::Errno;

use super::tree::{Tree, own};
use crate::pairing::FuseLimit;

/// Where [`FuseLimit::MaxLink`] has its limit, see <https://docs.aws.amazon.com/efs/latest/ug/limits.html>.
const MOST_LINKS: u64 = 177;

/// Gives a file one more name, or does what the limit has in its place.
pub fn link(tree: &Tree, limit: FuseLimit, file: &File, parent: &File, name: &OsStr) -> io::Result<()> {
    let refused = match limit {
        FuseLimit::NoLink => Some(Errno::PERM),
        FuseLimit::LinkError => Some(Errno::IO),
        FuseLimit::SameDirectory => (tree.path(file)?.parent() != Some(&tree.path(parent)?)).then_some(Errno::XDEV),
        FuseLimit::MaxLink => (file.metadata()?.nlink() >= MOST_LINKS).then_some(Errno::MLINK),
        FuseLimit::NoColon => {
            let old = tree.path(file)?;
            (old.file_name().is_some_and(has_colon) || has_colon(name)).then_some(Errno::INVAL)
        }
        FuseLimit::LinkSymlink => {
            let to = relative(&tree.path(file)?, &tree.path(parent)?);
            return Ok(symlinkat(&to, parent, name)?);
        }
        FuseLimit::NoChmod | FuseLimit::NoSymlink | FuseLimit::NoReadlink => None,
    };
    match refused {
        Some(errno) => Err(errno.into()),
        None => Ok(linkat(CWD, own(file), parent, name, AtFlags::SYMLINK_FOLLOW)?),
    }
}

fn has_colon(name: &OsStr) -> bool {
    name.as_encoded_bytes().contains(&b':')
}

/// The path from a directory to a file, both below one root.
fn relative(file: &Path, directory: &Path) -> PathBuf {
    directory.components().map(|_| "..").collect::<PathBuf>().join(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symlink_leads_from_its_directory_to_the_file() {
        let found = |file: &str, directory: &str| relative(Path::new(file), Path::new(directory));
        assert_eq!(found("cache/a/b", "target/c"), Path::new("../../cache/a/b"));
        assert_eq!(found("b", ""), Path::new("b"));
    }
}
