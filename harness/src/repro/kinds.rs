//! From the type of a filesystem, as the kernel or a tool calls it, to one that exdev makes.

use crate::pairing::{Filesystem, Nfs, NfsOver, NfsVersion};

use super::mounts::Mount;

/// What stands for a filesystem of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// The same kind.
    Same(Filesystem),
    /// The same kind, as far as the text says.
    Taken(Filesystem, String),
    /// Another kind, and why it.
    Near(Filesystem, String),
    /// None, unless it is enough that cache and target are on two filesystems.
    Any,
}

/// What stands for the filesystem of a mount; `None` if the text does not say what it is.
#[must_use]
pub fn stand(mount: &Mount) -> Option<Stand> {
    let Some(kind) = mount.kind.as_deref() else { return by_source(&mount.source) };
    let kind = kind.to_ascii_lowercase();
    let near = |filesystem, why: &str| Stand::Near(filesystem, why.to_owned());
    Some(match kind.as_str() {
        "nfs" | "nfs3" | "nfs4" => nfs(&kind, mount),
        "ext2/ext3" => Stand::Taken(Filesystem::Ext4, "stat calls ext4 `ext2/ext3`".to_owned()),
        "msdos" | "fat" | "fat32" => Stand::Same(Filesystem::Vfat),
        "overlayfs" | "overlay2" => Stand::Same(Filesystem::Overlay),
        "ext2" | "ext3" => near(Filesystem::Ext4, "their successor"),
        "ramfs" | "devtmpfs" | "shm" => near(Filesystem::Tmpfs, "in memory, too"),
        "fuse.fuse-overlayfs" | "aufs" | "unionfs" => near(Filesystem::Overlay, "layers, too"),
        "zfs" => near(Filesystem::Ext4, "with hard links and, as ZFS before 2.2, no reflinks"),
        "apfs" | "bcachefs" => near(Filesystem::Xfs, "with hard links and reflinks, too"),
        "ntfs" | "ntfs3" | "fuseblk" | "hfs" | "hfsplus" | "lustre" | "gpfs" | "ceph" | "fuse.ceph" | "glusterfs"
        | "fuse.glusterfs" => near(Filesystem::Ext4, "with hard links and no reflinks, too"),
        "cifs" | "smb" | "smb2" | "smb3" | "smbfs" | "vboxsf" | "fuse.vmhgfs-fuse" => {
            near(Filesystem::Vfat, "without hard links, as such a share mostly is")
        }
        other => match other.parse::<Filesystem>() {
            Ok(filesystem) => Stand::Same(filesystem),
            Err(_) => Stand::Any,
        },
    })
}

/// Whether a word is the type of a filesystem.
#[must_use]
pub fn is_known(word: &str) -> bool {
    let mount = Mount { kind: Some(word.to_owned()), ..Mount::default() };
    !matches!(stand(&mount), None | Some(Stand::Any))
}

/// Whether a mount is one of those that every system has and nobody installs into.
#[must_use]
pub fn is_system(mount: &Mount) -> bool {
    const KINDS: [&str; 14] = [
        "proc",
        "sysfs",
        "devtmpfs",
        "devpts",
        "cgroup",
        "cgroup2",
        "securityfs",
        "efivarfs",
        "mqueue",
        "debugfs",
        "tracefs",
        "bpf",
        "autofs",
        "squashfs",
    ];
    let kind = mount.kind.as_deref().unwrap_or_default();
    let at = mount.at.as_str();
    KINDS.contains(&kind)
        || ["/dev", "/proc", "/sys", "/run", "/boot", "/snap", "/etc"]
            .iter()
            .any(|top| at.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn nfs(kind: &str, mount: &Mount) -> Stand {
    let stated = mount.option("vers").or_else(|| mount.option("nfsvers"));
    let minor = mount.option("minorversion");
    let of = |version| Filesystem::Nfs(Nfs { version, over: NfsOver::Ext4 });
    match (stated, minor, kind) {
        (Some("3"), ..) | (None, _, "nfs3") => Stand::Same(of(NfsVersion::V3)),
        (Some("4.0"), ..) => Stand::Same(of(NfsVersion::V4_0)),
        (Some("4.1"), ..) | (Some("4"), Some("1"), _) => Stand::Same(of(NfsVersion::V4_1)),
        (Some("4.2"), ..) | (Some("4"), Some("2"), _) => Stand::Same(of(NfsVersion::V4_2)),
        (None, _, "nfs") => Stand::Taken(
            of(NfsVersion::V3),
            "a mount of type nfs is of version 3, as version 4 has the type nfs4".to_owned(),
        ),
        _ => Stand::Taken(
            of(NfsVersion::V4_2),
            "the text does not say which minor version of NFS 4, and 4.2 is the newest".to_owned(),
        ),
    }
}

/// Of a table without types.
fn by_source(source: &str) -> Option<Stand> {
    let taken = |filesystem, why: &str| Some(Stand::Taken(filesystem, why.to_owned()));
    match source {
        "tmpfs" => taken(Filesystem::Tmpfs, "it is called tmpfs"),
        "overlay" => taken(Filesystem::Overlay, "it is called overlay"),
        _ if source.contains(":/") => {
            let nfs = Nfs { version: NfsVersion::V4_2, over: NfsOver::Ext4 };
            taken(Filesystem::Nfs(nfs), "a server and a path are NFS, and 4.2 is its newest version")
        }
        _ if source.starts_with("/dev/") => {
            taken(Filesystem::Ext4, "the text does not say what is on the device, and ext4 is the most common")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: &str, options: &str) -> String {
        let mount = Mount { kind: Some(kind.to_owned()), options: options.to_owned(), ..Mount::default() };
        match stand(&mount).unwrap() {
            Stand::Same(filesystem) => filesystem.to_string(),
            Stand::Taken(filesystem, _) => format!("{filesystem}?"),
            Stand::Near(filesystem, _) => format!("~{filesystem}"),
            Stand::Any => "any".to_owned(),
        }
    }

    #[test]
    fn a_type_is_one_that_exdev_makes_or_near_one() {
        for (kind, options, expected) in [
            ("ext4", "", "ext4"),
            ("EXT4", "", "ext4"),
            ("nfs4", "rw,vers=4.1", "nfs4.1"),
            ("nfs4", "rw,vers=4,minorversion=1", "nfs4.1"),
            ("nfs4", "rw", "nfs4.2?"),
            ("nfs", "rw,vers=3", "nfs3"),
            ("nfs", "rw,vers=4.2", "nfs4.2"),
            ("nfs", "", "nfs3?"),
            ("zfs", "", "~ext4"),
            ("apfs", "", "~xfs"),
            ("cifs", "", "~vfat"),
            ("fuseblk", "", "~ext4"),
            ("beegfs", "", "any"),
            ("9p", "", "any"),
        ] {
            assert_eq!(named(kind, options), expected, "{kind} {options}");
        }
    }

    #[test]
    fn a_table_without_types_shows_sources() {
        let of = |source: &str| stand(&Mount { source: source.to_owned(), ..Mount::default() });
        let taken = |source| matches!(of(source), Some(Stand::Taken(..)));
        assert!(taken("/dev/sda1") && taken("nas:/home") && taken("tmpfs") && taken("overlay"));
        assert_eq!(of("map auto_home"), None);
    }

    #[test]
    fn what_every_system_has_is_no_end() {
        let at = |kind: &str, at: &str| {
            is_system(&Mount { kind: Some(kind.to_owned()), at: at.to_owned(), ..Mount::default() })
        };
        assert!(at("tmpfs", "/run/user/1000") && at("proc", "/proc") && at("vfat", "/boot/efi"));
        assert!(!at("tmpfs", "/tmp") && !at("ext4", "/") && !at("ext4", "/runner"));
    }
}
