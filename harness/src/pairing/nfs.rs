//! NFS: its protocol version, and the filesystem that the server exports.

use super::filesystem::Filesystem;

/// NFS from the kernel's own server to its own client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nfs {
    /// The version of the protocol.
    pub version: Version,
    /// What the server exports.
    pub over: Over,
}

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// RFC 1813.
    V3,
    /// RFC 7530.
    V4_0,
    /// RFC 8881.
    V4_1,
    /// RFC 7862, which brought the CLONE operation, and with it reflinks.
    V4_2,
}

/// A filesystem that a server exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Over {
    /// ext4.
    Ext4,
    /// XFS, with reflinks.
    Xfs,
    /// Btrfs.
    Btrfs,
    /// vfat, which has no hard links.
    Vfat,
}

impl Nfs {
    /// The filesystem that the server exports.
    #[must_use]
    pub const fn base(self) -> Filesystem {
        match self.over {
            Over::Ext4 => Filesystem::Ext4,
            Over::Xfs => Filesystem::Xfs,
            Over::Btrfs => Filesystem::Btrfs,
            Over::Vfat => Filesystem::Vfat,
        }
    }

    /// The name in the grammar.
    pub(super) const fn name(self) -> &'static str {
        use Over::{Btrfs, Ext4, Vfat, Xfs};
        match (self.version, self.over) {
            (Version::V3, Ext4) => "nfs3",
            (Version::V3, Xfs) => "nfs3-xfs",
            (Version::V3, Btrfs) => "nfs3-btrfs",
            (Version::V3, Vfat) => "nfs3-vfat",
            (Version::V4_0, Ext4) => "nfs4.0",
            (Version::V4_0, Xfs) => "nfs4.0-xfs",
            (Version::V4_0, Btrfs) => "nfs4.0-btrfs",
            (Version::V4_0, Vfat) => "nfs4.0-vfat",
            (Version::V4_1, Ext4) => "nfs4.1",
            (Version::V4_1, Xfs) => "nfs4.1-xfs",
            (Version::V4_1, Btrfs) => "nfs4.1-btrfs",
            (Version::V4_1, Vfat) => "nfs4.1-vfat",
            (Version::V4_2, Ext4) => "nfs4.2",
            (Version::V4_2, Xfs) => "nfs4.2-xfs",
            (Version::V4_2, Btrfs) => "nfs4.2-btrfs",
            (Version::V4_2, Vfat) => "nfs4.2-vfat",
        }
    }

    /// One line on what it is.
    pub(super) const fn about(self) -> &'static str {
        match (self.version, self.over) {
            (Version::V3, Over::Ext4) => "NFS 3, the server's filesystem ext4; hard links, no reflinks",
            (Version::V3, Over::Xfs) => "NFS 3, the server's filesystem XFS; hard links, no reflinks",
            (Version::V3, Over::Btrfs) => "NFS 3, the server's filesystem Btrfs; hard links, no reflinks",
            (Version::V3, Over::Vfat) => {
                "NFS 3, the server's filesystem vfat; neither hard links nor reflinks, no colon in a name"
            }
            (Version::V4_0, Over::Ext4) => "NFS 4.0, the server's filesystem ext4; hard links, no reflinks",
            (Version::V4_0, Over::Xfs) => "NFS 4.0, the server's filesystem XFS; hard links, no reflinks",
            (Version::V4_0, Over::Btrfs) => "NFS 4.0, the server's filesystem Btrfs; hard links, no reflinks",
            (Version::V4_0, Over::Vfat) => {
                "NFS 4.0, the server's filesystem vfat; neither hard links nor reflinks, no colon in a name"
            }
            (Version::V4_1, Over::Ext4) => "NFS 4.1, the server's filesystem ext4; hard links, no reflinks",
            (Version::V4_1, Over::Xfs) => "NFS 4.1, the server's filesystem XFS; hard links, no reflinks",
            (Version::V4_1, Over::Btrfs) => "NFS 4.1, the server's filesystem Btrfs; hard links, no reflinks",
            (Version::V4_1, Over::Vfat) => {
                "NFS 4.1, the server's filesystem vfat; neither hard links nor reflinks, no colon in a name"
            }
            (Version::V4_2, Over::Ext4) => "NFS 4.2, the server's filesystem ext4; hard links, no reflinks",
            (Version::V4_2, Over::Xfs) => "NFS 4.2, the server's filesystem XFS; hard links, and reflinks by CLONE",
            (Version::V4_2, Over::Btrfs) => "NFS 4.2, the server's filesystem Btrfs; hard links, and reflinks by CLONE",
            (Version::V4_2, Over::Vfat) => {
                "NFS 4.2, the server's filesystem vfat; neither hard links nor reflinks, no colon in a name"
            }
        }
    }
}
