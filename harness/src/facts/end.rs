//! What is known of one end: where its path leads, what is mounted there, whose it is, and what may be done with it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use linux_raw_sys::general::{FS_APPEND_FL, FS_IMMUTABLE_FL, FS_NOCOW_FL};
use rustix::fs::{Access, AtFlags, CWD, Statx, StatxAttributes, StatxFlags, accessat, statvfs, statx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::mount::{Nfs, Overlay, nfs, overlay};
use crate::outcome::End;
use crate::sys;

/// Everything that can be seen of one end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndFacts {
    /// Its path, with every symlink followed.
    pub path: String,
    /// Where that is.
    #[serde(flatten)]
    pub end: End,
    /// What its mount says of the server, if it is NFS.
    pub nfs: Option<Nfs>,
    /// What its mount says of the layers, if it is an overlay.
    pub overlay: Option<Overlay>,
    /// Whether the mount shows other owners than are on disk.
    pub id_mapped: bool,
    /// The owner's user ID.
    pub uid: u32,
    /// The owner's group ID.
    pub gid: u32,
    /// The permission bits, with set-user-ID and its like.
    pub mode: u32,
    /// The number of hard links.
    pub links: u64,
    /// Whether this process may write to it, by what access(2) says.
    pub writable: bool,
    /// Its attributes, see chattr(1).
    pub flags: BTreeSet<Flag>,
    /// Its project ID; `None` where the filesystem has none, or does not tell.
    pub project: Option<u32>,
    /// What is left of its filesystem; `None` where that does not tell how large it is.
    pub room: Option<Room>,
}

/// An attribute of a file or directory that decides on placing, see chattr(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// Nothing of it may be changed, its links included (`chattr +i`).
    Immutable,
    /// It may only grow (`chattr +a`).
    AppendOnly,
    /// Its data is not copied on write (`chattr +C`).
    Nocow,
    /// It is encrypted (fscrypt).
    Encrypted,
}

impl Flag {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Immutable => "immutable",
            Self::AppendOnly => "append-only",
            Self::Nocow => "nocow",
            Self::Encrypted => "encrypted",
        }
    }
}

/// What is left of a filesystem for an ordinary user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Room {
    /// In bytes.
    pub bytes: u64,
    /// In inodes; `None` where the filesystem makes them as it goes.
    pub inodes: Option<u64>,
}

/// A path that cannot be looked at.
#[derive(Debug, Error)]
#[error("failed to {operation} {}: {source}", path.display())]
pub struct FactsError {
    /// What was tried.
    pub operation: &'static str,
    /// Where.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FactsError {
    /// For `map_err`.
    pub(crate) fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self { operation, path, source }
    }
}

/// Looks at one end.
///
/// # Errors
/// It is not there, or cannot be looked at.
pub fn end(path: &Path) -> Result<EndFacts, FactsError> {
    let path = fs::canonicalize(path).map_err(FactsError::failed("find", path))?;
    let found = look(&path)?;
    let end = mounted(&found)?;
    let opened = File::open(&path).ok();
    let room = statvfs(&path).ok().filter(|room| room.f_blocks > 0).map(|room| Room {
        bytes: room.f_bavail.saturating_mul(room.f_frsize),
        inodes: (room.f_files > 0).then_some(room.f_favail),
    });
    Ok(EndFacts {
        nfs: nfs(&end),
        overlay: overlay(&end),
        id_mapped: end.mount_options().is_some_and(|options| options.split(',').any(|option| option == "idmapped")),
        uid: found.stx_uid,
        gid: found.stx_gid,
        mode: u32::from(found.stx_mode) & 0o7777,
        links: found.stx_nlink.into(),
        writable: accessat(CWD, &path, Access::WRITE_OK, AtFlags::EACCESS).is_ok(),
        flags: flags(&found, opened.as_ref()),
        project: opened.and_then(|file| sys::extended_attributes(&file).ok()).map(|found| found.fsx_projid),
        room,
        path: path.display().to_string(),
        end,
    })
}

/// Where a path is: its device and its mount.
///
/// # Errors
/// It is not there, or cannot be looked at.
pub fn whereabouts(path: &Path) -> Result<End, FactsError> {
    mounted(&look(path)?)
}

fn look(path: &Path) -> Result<Statx, FactsError> {
    statx(CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS | StatxFlags::MNT_ID)
        .map_err(|errno| FactsError::failed("look at", path)(errno.into()))
}

fn mounted(found: &Statx) -> Result<End, FactsError> {
    const TABLE: &str = "/proc/self/mountinfo";
    let table = fs::read_to_string(TABLE).map_err(FactsError::failed("read", Path::new(TABLE)))?;
    let line = line(&table, found.stx_mnt_id).unwrap_or_default();
    Ok(End {
        kind: kind(line).to_owned(),
        device: format!("{}:{}", found.stx_dev_major, found.stx_dev_minor),
        mount_id: found.stx_mnt_id,
        mountinfo: line.to_owned(),
    })
}

/// The attributes that are seen from outside, and those that only an open file shows.
#[must_use]
pub fn flags(found: &Statx, opened: Option<&File>) -> BTreeSet<Flag> {
    let inside = opened.and_then(|file| sys::inode_flags(file).ok()).unwrap_or(0);
    let seen = |attribute, flag| found.stx_attributes.contains(attribute) || inside & flag != 0;
    let all = [
        (Flag::Immutable, seen(StatxAttributes::IMMUTABLE, FS_IMMUTABLE_FL)),
        (Flag::AppendOnly, seen(StatxAttributes::APPEND, FS_APPEND_FL)),
        (Flag::Nocow, inside & FS_NOCOW_FL != 0),
        (Flag::Encrypted, seen(StatxAttributes::ENCRYPTED, 0)),
    ];
    all.into_iter().filter_map(|(flag, set)| set.then_some(flag)).collect()
}

/// The line of one mount, see `proc_pid_mountinfo(5)`.
fn line(table: &str, mount_id: u64) -> Option<&str> {
    table.lines().find(|line| line.split(' ').next().is_some_and(|id| id.parse() == Ok(mount_id)))
}

/// The filesystem's type: the first field behind the lone hyphen.
fn kind(line: &str) -> &str {
    line.split(' ').skip_while(|&field| field != "-").nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn a_mount_is_found_by_its_id_and_has_a_type() {
        let table = "21 1 7:0 / /a rw,relatime shared:5 - ext4 /dev/loop0 rw\n22 1 0:40 / /b rw - tmpfs tmpfs rw\n";
        assert_eq!(line(table, 22).map(kind), Some("tmpfs"));
        assert_eq!(line(table, 21).map(kind), Some("ext4"));
        assert_eq!(line(table, 2), None);
    }

    #[test]
    fn what_is_seen_of_a_directory_is_that_of_stat_behind_every_symlink() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o1750)).unwrap();
        std::os::unix::fs::symlink(&real, directory.path().join("link")).unwrap();
        let facts = end(&directory.path().join("link")).unwrap();
        let found = fs::metadata(&real).unwrap();
        assert_eq!(facts.path, fs::canonicalize(&real).unwrap().display().to_string());
        assert_eq!((facts.uid, facts.gid, facts.mode), (found.uid(), found.gid(), 0o1750));
        assert_eq!((facts.links, facts.writable), (found.nlink(), true));
        let device = rustix::fs::major(found.dev()).to_string() + ":" + &rustix::fs::minor(found.dev()).to_string();
        assert_eq!(facts.end.device, device);
        assert_eq!(facts.end.mountinfo.split(' ').next(), Some(facts.end.mount_id.to_string().as_str()));
        assert_eq!(facts.flags, BTreeSet::new());
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = end(Path::new("/nowhere/at-all")).unwrap_err();
        assert_eq!(error.to_string(), "failed to find /nowhere/at-all: No such file or directory (os error 2)");
    }
}
