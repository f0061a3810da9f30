//! The relations of two places on one filesystem, and which filesystems can have them.

use std::fmt;
use std::str::FromStr;

use super::error::PairingError;
use super::filesystem::{Base, Filesystem};
use super::fuse::Limit;

/// How one filesystem is reached in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// The target is reached through a bind mount.
    Bind,
    /// The target is a symlink to a directory beside it.
    Symlink,
    /// The target is another Btrfs subvolume.
    Subvolume,
    /// The target has another project ID: same `st_dev`, yet `link()` gives EXDEV.
    Project,
    /// The cache is in the overlay's lower layer.
    Lower,
    /// The same, and that layer is a read-only squashfs, made of the cache once it is filled.
    Squashfs,
    /// The same, and that layer is a read-only erofs.
    Erofs,
    /// The target is reached through an id-mapped mount.
    Idmap,
    /// The cached files belong to another user (`fs.protected_hardlinks`).
    Owner,
    /// One cached file has the immutable attribute (`chattr +i`).
    Immutable,
    /// One cached file has all the links that the filesystem allows: `link()` gives EMLINK.
    Maxlinks,
    /// Hardly any room is left once the cache is filled: ENOSPC for copies, not for links.
    Full,
    /// The target directory has the nocow attribute (`chattr +C`).
    Nocow,
    /// The target directory is encrypted (fscrypt), the cache is not: same `st_dev`, yet `link()` gives EXDEV.
    Encrypted,
    /// The linker is in a Landlock sandbox that lets no file go from one directory to another: `link()` gives EXDEV.
    Landlock,
    /// One NFS export is mounted twice, the target in the second mount.
    Remount,
    /// One NFS export, and the directory of the target mounted beside it.
    Subdirectory,
    /// Cache and target are two NFS exports, on the server two directories of one filesystem.
    Exports,
    /// These, and the export of the cache becomes read-only once it is filled.
    Readonly,
    /// The server takes root for nobody (`root_squash`).
    Squash,
}

impl Relation {
    /// Every relation, in the order in which lists and tables show them.
    pub const ALL: [Self; 20] = [
        Self::Bind,
        Self::Symlink,
        Self::Subvolume,
        Self::Project,
        Self::Lower,
        Self::Squashfs,
        Self::Erofs,
        Self::Idmap,
        Self::Owner,
        Self::Immutable,
        Self::Maxlinks,
        Self::Full,
        Self::Nocow,
        Self::Encrypted,
        Self::Landlock,
        Self::Remount,
        Self::Subdirectory,
        Self::Exports,
        Self::Readonly,
        Self::Squash,
    ];

    /// The name in the grammar.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Symlink => "symlink",
            Self::Subvolume => "subvolume",
            Self::Project => "project",
            Self::Lower => "lower",
            Self::Squashfs => "squashfs",
            Self::Erofs => "erofs",
            Self::Idmap => "idmap",
            Self::Owner => "owner",
            Self::Immutable => "immutable",
            Self::Maxlinks => "maxlinks",
            Self::Full => "full",
            Self::Nocow => "nocow",
            Self::Encrypted => "encrypted",
            Self::Landlock => "landlock",
            Self::Remount => "remount",
            Self::Subdirectory => "subdirectory",
            Self::Exports => "exports",
            Self::Readonly => "readonly",
            Self::Squash => "squash",
        }
    }

    /// One line on what it is.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Bind => "the target through a bind mount",
            Self::Symlink => "the target through a symlink",
            Self::Subvolume => "the target in another Btrfs subvolume",
            Self::Project => "the target with another project ID",
            Self::Lower => "the cache in the overlay's lower layer",
            Self::Squashfs => "the cache in the overlay's lower layer, which is a squashfs",
            Self::Erofs => "the cache in the overlay's lower layer, which is an erofs",
            Self::Idmap => "the target through an id-mapped mount",
            Self::Owner => "the cached files owned by another user (fs.protected_hardlinks)",
            Self::Immutable => "one cached file immutable (chattr +i)",
            Self::Maxlinks => "one cached file with all the links that the filesystem allows",
            Self::Full => "a filesystem with 256 KiB left once the cache is filled",
            Self::Nocow => "the target directory nocow (chattr +C)",
            Self::Encrypted => "the target directory encrypted (fscrypt)",
            Self::Landlock => "the linker in a sandbox in which no file changes directories (Landlock)",
            Self::Remount => "the same export mounted twice",
            Self::Subdirectory => "the export, and a directory of it mounted beside",
            Self::Exports => "two exports of one server, there on one filesystem",
            Self::Readonly => "two exports, the cache's read-only once it is filled",
            Self::Squash => "an export on which root is nobody (root_squash)",
        }
    }

    /// Whether it is about how a cache is reached while it is filled, too.
    #[must_use]
    pub const fn is_of_empty_cache(self) -> bool {
        match self {
            Self::Lower
            | Self::Squashfs
            | Self::Erofs
            | Self::Remount
            | Self::Subdirectory
            | Self::Exports
            | Self::Readonly
            | Self::Squash => true,
            Self::Bind
            | Self::Symlink
            | Self::Subvolume
            | Self::Project
            | Self::Idmap
            | Self::Owner
            | Self::Immutable
            | Self::Maxlinks
            | Self::Full
            | Self::Nocow
            | Self::Encrypted
            | Self::Landlock => false,
        }
    }

    pub(super) fn fits(self, filesystem: Filesystem) -> Result<(), &'static str> {
        use Filesystem as F;
        let is_nfs = matches!(filesystem, F::Nfs(_));
        let is_fuse = matches!(filesystem, F::Fuse(_));
        let overlay = matches!(filesystem.base(), Base::Layers(_));
        match self {
            Self::Subvolume if filesystem != F::Btrfs => Err("only btrfs has subvolumes"),
            Self::Nocow if filesystem != F::Btrfs => Err("only btrfs has nocow files"),
            Self::Encrypted if filesystem != F::Ext4 => Err("exdev encrypts directories on ext4 alone"),
            Self::Lower | Self::Squashfs | Self::Erofs if !overlay => Err("only an overlay has a lower layer"),
            Self::Idmap if overlay => Err("overlayfs mounts cannot be id-mapped"),
            Self::Idmap if is_nfs => Err("NFS mounts cannot be id-mapped"),
            Self::Idmap if is_fuse => Err("exdev's filesystems in user space cannot be id-mapped"),
            Self::Immutable if is_fuse => Err("exdev's filesystems in user space have no such attribute"),
            Self::Maxlinks if filesystem == F::Fuse(Limit::MaxLink) => Ok(()),
            Self::Immutable if is_nfs => Err("NFS has no such attribute"),
            Self::Remount | Self::Subdirectory | Self::Exports | Self::Readonly | Self::Squash if !is_nfs => {
                Err("only NFS has exports")
            }
            Self::Owner if matches!(filesystem.base(), Base::Exported(F::Vfat)) => Err("vfat has no owners"),
            Self::Idmap | Self::Owner if matches!(filesystem, F::Vfat | F::Exfat) => {
                Err("vfat and exfat have no owners")
            }
            Self::Immutable if matches!(filesystem, F::Vfat | F::Exfat | F::Minix) => {
                Err("vfat, exfat and minix have no immutable attribute")
            }
            Self::Maxlinks if matches!(filesystem, F::Vfat | F::Exfat) => Err("vfat and exfat have no hard links"),
            Self::Maxlinks if !matches!(filesystem, F::Ext4 | F::Minix) => {
                Err("exdev uses up a file's links on ext4, minix and fuse-maxlink alone")
            }
            Self::Full if !matches!(filesystem, F::Ext4 | F::Xfs | F::XfsNoReflink | F::Tmpfs) => {
                Err("exdev uses up the room on ext4, xfs and tmpfs alone")
            }
            Self::Symlink if !matches!(filesystem, F::Ext4 | F::Xfs | F::Btrfs | F::Tmpfs) => {
                Err("exdev puts a symlink before a target on ext4, xfs, btrfs and tmpfs alone")
            }
            Self::Landlock if !matches!(filesystem, F::Ext4 | F::Xfs | F::Btrfs | F::Tmpfs) => {
                Err("exdev puts a linker under Landlock on ext4, xfs, btrfs and tmpfs alone")
            }
            Self::Project if !matches!(filesystem, F::Ext4 | F::Xfs | F::XfsNoReflink) => {
                Err("exdev sets project IDs on ext4 and xfs alone")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Relation {
    type Err = PairingError;

    fn from_str(text: &str) -> Result<Self, PairingError> {
        Self::ALL
            .into_iter()
            .find(|relation| relation.name() == text)
            .ok_or_else(|| PairingError::UnknownRelation { name: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filesystem_has_the_relations_that_it_can_have() {
        let relations = |filesystem: Filesystem| {
            let names: Vec<_> = filesystem.relations().map(Relation::name).collect();
            names.join(" ")
        };
        let found: Vec<_> = Filesystem::ALL.map(|kind| format!("{kind}: {}", relations(kind))).into();
        assert_eq!(
            found,
            [
                "ext4: bind symlink project idmap owner immutable maxlinks full encrypted landlock",
                "xfs: bind symlink project idmap owner immutable full landlock",
                "xfs-noreflink: bind project idmap owner immutable full",
                "btrfs: bind symlink subvolume idmap owner immutable nocow landlock",
                "tmpfs: bind symlink idmap owner immutable full landlock",
                "vfat: bind",
                "exfat: bind",
                "minix: bind idmap owner maxlinks",
                "f2fs: bind idmap owner immutable",
                "overlay: bind lower squashfs erofs owner immutable",
                "overlay-xfs: bind lower squashfs erofs owner immutable",
                "overlay-tmpfs: bind lower squashfs erofs owner immutable",
                "fuse-nolink: bind owner",
                "fuse-samedir: bind owner",
                "fuse-maxlink: bind owner maxlinks",
                "fuse-linksym: bind owner",
                "fuse-nocolon: bind owner",
                "fuse-nochmod: bind owner",
                "fuse-nosymlink: bind owner",
                "fuse-noreadlink: bind owner",
                "fuse-eio: bind owner",
                "nfs3: bind owner remount subdirectory exports readonly squash",
                "nfs3-xfs: bind owner remount subdirectory exports readonly squash",
                "nfs3-btrfs: bind owner remount subdirectory exports readonly squash",
                "nfs3-vfat: bind remount subdirectory exports readonly squash",
                "nfs4.0: bind owner remount subdirectory exports readonly squash",
                "nfs4.0-xfs: bind owner remount subdirectory exports readonly squash",
                "nfs4.0-btrfs: bind owner remount subdirectory exports readonly squash",
                "nfs4.0-vfat: bind remount subdirectory exports readonly squash",
                "nfs4.1: bind owner remount subdirectory exports readonly squash",
                "nfs4.1-xfs: bind owner remount subdirectory exports readonly squash",
                "nfs4.1-btrfs: bind owner remount subdirectory exports readonly squash",
                "nfs4.1-vfat: bind remount subdirectory exports readonly squash",
                "nfs4.2: bind owner remount subdirectory exports readonly squash",
                "nfs4.2-xfs: bind owner remount subdirectory exports readonly squash",
                "nfs4.2-btrfs: bind owner remount subdirectory exports readonly squash",
                "nfs4.2-vfat: bind remount subdirectory exports readonly squash",
            ]
        );
    }
}
