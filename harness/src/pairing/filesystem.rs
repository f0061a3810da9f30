//! The kinds of filesystem.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::PairingError;
use super::fuse::Limit;
use super::names::Names;
use super::nfs::{Nfs, Over, Version};
use super::relation::Relation;

/// A kind of filesystem and its options, made for real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Filesystem {
    /// ext4 on a loop device.
    Ext4,
    /// XFS on a loop device, with reflinks (the default of `mkfs.xfs`).
    Xfs,
    /// XFS made with `-m reflink=0`.
    XfsNoReflink,
    /// Btrfs on a loop device.
    Btrfs,
    /// tmpfs.
    Tmpfs,
    /// FAT with long names on a loop device, owned by the linker's user.
    Vfat,
    /// exFAT on a loop device, owned by the linker's user.
    Exfat,
    /// Minix of version 1 on a loop device: 250 links to a file, 30 bytes to a name.
    Minix,
    /// F2FS on a loop device.
    F2fs,
    /// An overlay whose lower and upper layers are on ext4.
    Overlay,
    /// An overlay whose lower and upper layers are on XFS.
    OverlayXfs,
    /// An overlay whose lower and upper layers are on tmpfs: the one that needs no root.
    OverlayTmpfs,
    /// A pass-through in user space over a directory on tmpfs, which refuses one thing.
    Fuse(Limit),
    /// NFS from the kernel's own server to its own client.
    Nfs(Nfs),
}

/// What a filesystem rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Nothing but itself: it is on a loop device, or in memory.
    Itself,
    /// The layers of an overlay, which are on this filesystem.
    Layers(Filesystem),
    /// A directory on this filesystem, which a process shows anew.
    Shown(Filesystem),
    /// The export of a server, which has it on this filesystem.
    Exported(Filesystem),
}

impl Filesystem {
    /// Every filesystem, in the order in which lists and tables show them.
    pub const ALL: [Self; 12 + 9 + 16] = [
        Self::Ext4,
        Self::Xfs,
        Self::XfsNoReflink,
        Self::Btrfs,
        Self::Tmpfs,
        Self::Vfat,
        Self::Exfat,
        Self::Minix,
        Self::F2fs,
        Self::Overlay,
        Self::OverlayXfs,
        Self::OverlayTmpfs,
        Self::Fuse(Limit::NoLink),
        Self::Fuse(Limit::SameDirectory),
        Self::Fuse(Limit::MaxLink),
        Self::Fuse(Limit::LinkSymlink),
        Self::Fuse(Limit::NoColon),
        Self::Fuse(Limit::NoChmod),
        Self::Fuse(Limit::NoSymlink),
        Self::Fuse(Limit::NoReadlink),
        Self::Fuse(Limit::LinkError),
        Self::Nfs(Nfs { version: Version::V3, over: Over::Ext4 }),
        Self::Nfs(Nfs { version: Version::V3, over: Over::Xfs }),
        Self::Nfs(Nfs { version: Version::V3, over: Over::Btrfs }),
        Self::Nfs(Nfs { version: Version::V3, over: Over::Vfat }),
        Self::Nfs(Nfs { version: Version::V4_0, over: Over::Ext4 }),
        Self::Nfs(Nfs { version: Version::V4_0, over: Over::Xfs }),
        Self::Nfs(Nfs { version: Version::V4_0, over: Over::Btrfs }),
        Self::Nfs(Nfs { version: Version::V4_0, over: Over::Vfat }),
        Self::Nfs(Nfs { version: Version::V4_1, over: Over::Ext4 }),
        Self::Nfs(Nfs { version: Version::V4_1, over: Over::Xfs }),
        Self::Nfs(Nfs { version: Version::V4_1, over: Over::Btrfs }),
        Self::Nfs(Nfs { version: Version::V4_1, over: Over::Vfat }),
        Self::Nfs(Nfs { version: Version::V4_2, over: Over::Ext4 }),
        Self::Nfs(Nfs { version: Version::V4_2, over: Over::Xfs }),
        Self::Nfs(Nfs { version: Version::V4_2, over: Over::Btrfs }),
        Self::Nfs(Nfs { version: Version::V4_2, over: Over::Vfat }),
    ];

    /// The name in the grammar.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::XfsNoReflink => "xfs-noreflink",
            Self::Btrfs => "btrfs",
            Self::Tmpfs => "tmpfs",
            Self::Vfat => "vfat",
            Self::Exfat => "exfat",
            Self::Minix => "minix",
            Self::F2fs => "f2fs",
            Self::Overlay => "overlay",
            Self::OverlayXfs => "overlay-xfs",
            Self::OverlayTmpfs => "overlay-tmpfs",
            Self::Fuse(limit) => limit.name(),
            Self::Nfs(nfs) => nfs.name(),
        }
    }

    /// One line on what it is.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4 on a loop device; hard links, no reflinks",
            Self::Xfs => "XFS on a loop device; hard links and reflinks",
            Self::XfsNoReflink => "XFS made with reflink=0; hard links only",
            Self::Btrfs => "Btrfs on a loop device; hard links and reflinks",
            Self::Tmpfs => "tmpfs; hard links only",
            Self::Vfat => "FAT32 on a loop device; no links of any kind, no owners, no colon in a name",
            Self::Exfat => "exFAT on a loop device; no links of any kind, no owners, no colon in a name",
            Self::Minix => "Minix version 1 on a loop device; hard links, 250 to a file; names of 30 bytes",
            Self::F2fs => "F2FS on a loop device; hard links, no reflinks",
            Self::Overlay => "overlayfs over ext4",
            Self::OverlayXfs => "overlayfs over XFS",
            Self::OverlayTmpfs => "overlayfs over tmpfs; needs no root",
            Self::Fuse(limit) => limit.about(),
            Self::Nfs(nfs) => nfs.about(),
        }
    }

    /// What it rests on.
    #[must_use]
    pub const fn base(self) -> Base {
        match self {
            Self::Ext4
            | Self::Xfs
            | Self::XfsNoReflink
            | Self::Btrfs
            | Self::Tmpfs
            | Self::Vfat
            | Self::Exfat
            | Self::Minix
            | Self::F2fs => Base::Itself,
            Self::Overlay => Base::Layers(Self::Ext4),
            Self::OverlayXfs => Base::Layers(Self::Xfs),
            Self::OverlayTmpfs => Base::Layers(Self::Tmpfs),
            Self::Fuse(_) => Base::Shown(Self::Tmpfs),
            Self::Nfs(nfs) => Base::Exported(nfs.base()),
        }
    }

    /// The names that it can hold.
    #[must_use]
    pub const fn names(self) -> Names {
        match self {
            Self::Vfat | Self::Exfat => Names::FAT,
            Self::Minix => Names::MINIX,
            _ => match self.base() {
                Base::Itself => Names::POSIX,
                Base::Layers(base) | Base::Shown(base) | Base::Exported(base) => base.names(),
            },
        }
    }

    /// The relations that make sense on this filesystem.
    pub fn relations(self) -> impl Iterator<Item = Relation> {
        Relation::ALL.into_iter().filter(move |relation| relation.fits(self).is_ok())
    }
}

impl fmt::Display for Filesystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Filesystem {
    type Err = PairingError;

    fn from_str(text: &str) -> Result<Self, PairingError> {
        Self::ALL
            .into_iter()
            .find(|filesystem| filesystem.name() == text)
            .ok_or_else(|| PairingError::UnknownFilesystem { name: text.to_owned() })
    }
}

impl TryFrom<String> for Filesystem {
    type Error = PairingError;

    fn try_from(text: String) -> Result<Self, PairingError> {
        text.parse()
    }
}

impl From<Filesystem> for String {
    fn from(filesystem: Filesystem) -> Self {
        filesystem.name().to_owned()
    }
}
