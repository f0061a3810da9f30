//! Two filesystems, or one and a relation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::PairingError;
use super::filesystem::Filesystem;
use super::names::Names;
use super::relation::Relation;

/// Where cache and target sit, and how the two places relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Pairing {
    /// `FS`: two directories of one mount.
    Alone(Filesystem),
    /// `CACHE:TARGET`: two separate filesystems, perhaps of the same kind.
    Separate {
        /// The filesystem that holds the cache.
        cache: Filesystem,
        /// The filesystem that holds the target.
        target: Filesystem,
    },
    /// `FS+RELATION`: one filesystem reached in two ways.
    Related {
        /// The one filesystem.
        filesystem: Filesystem,
        /// How the target's place differs from the cache's.
        relation: Relation,
    },
}

impl Pairing {
    /// The filesystem of the cache.
    #[must_use]
    pub const fn cache(self) -> Filesystem {
        match self {
            Self::Alone(filesystem) | Self::Related { filesystem, .. } => filesystem,
            Self::Separate { cache, .. } => cache,
        }
    }

    /// The filesystem of the target.
    #[must_use]
    pub const fn target(self) -> Filesystem {
        match self {
            Self::Alone(filesystem) | Self::Related { filesystem, .. } => filesystem,
            Self::Separate { target, .. } => target,
        }
    }

    /// The relation, if the pairing has one.
    #[must_use]
    pub const fn relation(self) -> Option<Relation> {
        match self {
            Self::Related { relation, .. } => Some(relation),
            _ => None,
        }
    }

    /// The names that both ends can hold.
    #[must_use]
    pub fn names(self) -> Names {
        self.cache().names().and(self.target().names())
    }

    /// Every pairing of the given filesystems: each alone, then each with each in both directions.
    #[must_use]
    pub fn square(filesystems: &[Filesystem]) -> Vec<Self> {
        let alone = filesystems.iter().map(|&filesystem| Self::Alone(filesystem));
        let separate = filesystems
            .iter()
            .flat_map(|&cache| filesystems.iter().map(move |&target| Self::Separate { cache, target }));
        alone.chain(separate).collect()
    }

    /// Every pairing that the grammar knows.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let related = Filesystem::ALL
            .into_iter()
            .flat_map(|filesystem| filesystem.relations().map(move |relation| Self::Related { filesystem, relation }));
        Self::square(&Filesystem::ALL).into_iter().chain(related).collect()
    }
}

impl fmt::Display for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone(filesystem) => write!(f, "{filesystem}"),
            Self::Separate { cache, target } => write!(f, "{cache}:{target}"),
            Self::Related { filesystem, relation } => write!(f, "{filesystem}+{relation}"),
        }
    }
}

impl FromStr for Pairing {
    type Err = PairingError;

    fn from_str(text: &str) -> Result<Self, PairingError> {
        if let Some((cache, target)) = text.split_once(':') {
            return Ok(Self::Separate { cache: cache.parse()?, target: target.parse()? });
        }
        let Some((filesystem, relation)) = text.split_once('+') else {
            return Ok(Self::Alone(text.parse()?));
        };
        let (filesystem, relation): (Filesystem, Relation) = (filesystem.parse()?, relation.parse()?);
        relation.fits(filesystem).map_err(|because| PairingError::Impossible { filesystem, relation, because })?;
        Ok(Self::Related { filesystem, relation })
    }
}

impl TryFrom<String> for Pairing {
    type Error = PairingError;

    fn try_from(text: String) -> Result<Self, PairingError> {
        text.parse()
    }
}

impl From<Pairing> for String {
    fn from(pairing: Pairing) -> Self {
        pairing.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pairing_survives_being_written_and_read() {
        for pairing in Pairing::all() {
            assert_eq!(pairing.to_string().parse(), Ok(pairing));
        }
    }

    #[test]
    fn a_square_holds_each_alone_and_each_with_each() {
        let square = Pairing::square(&[Filesystem::Ext4, Filesystem::Tmpfs]);
        let names: Vec<_> = square.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["ext4", "tmpfs", "ext4:ext4", "ext4:tmpfs", "tmpfs:ext4", "tmpfs:tmpfs"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        let refused = |text: &str| text.parse::<Pairing>().map_err(|error| error.to_string());
        assert_eq!(
            refused("ext4:zfs9"),
            Err("unknown filesystem `zfs9`; known are ext4, xfs, xfs-noreflink, btrfs, tmpfs, vfat, exfat, minix, f2fs, \
                 overlay, overlay-xfs, overlay-tmpfs, fuse-nolink, fuse-samedir, fuse-maxlink, fuse-linksym, fuse-nocolon, \
                 fuse-nochmod, fuse-nosymlink, fuse-noreadlink, fuse-eio, nfs3, nfs3-xfs, nfs3-btrfs, nfs3-vfat, nfs4.0, nfs4.0-xfs, \
                 nfs4.0-btrfs, nfs4.0-vfat, nfs4.1, nfs4.1-xfs, nfs4.1-btrfs, nfs4.1-vfat, nfs4.2, nfs4.2-xfs, nfs4.2-btrfs, nfs4.2-vfat"
                .to_owned())
        );
        assert_eq!(
            refused("ext4+sideways"),
            Err("unknown relation `+sideways`; known are bind, symlink, subvolume, project, lower, squashfs, erofs, idmap, owner, immutable, \
                 maxlinks, full, nocow, encrypted, landlock, remount, subdirectory, exports, readonly, squash"
                .to_owned())
        );
        assert_eq!(
            refused("ext4+subvolume"),
            Err("`ext4+subvolume` cannot exist: only btrfs has subvolumes".to_owned())
        );
    }
}
