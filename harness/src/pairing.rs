//! Where cache and target sit and how the two places relate: the grammar `FS`, `CACHE:TARGET`, `FS+RELATION`.
//!
//! Invariant: a `Pairing` that exists can be meant; what no kernel could ever make (`ext4+subvolume`) is refused here, while
//! parsing. Whether *this* kernel can make it is only known by trying, in the agent.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A kind of filesystem and its options, made for real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// An overlay whose lower and upper layers are on ext4.
    Overlay,
    /// An overlay whose lower and upper layers are on XFS.
    OverlayXfs,
    /// An overlay whose lower and upper layers are on tmpfs: the one that needs no root.
    OverlayTmpfs,
}

impl Filesystem {
    /// Every filesystem, in the order in which lists and tables show them.
    pub const ALL: [Self; 8] = [
        Self::Ext4,
        Self::Xfs,
        Self::XfsNoReflink,
        Self::Btrfs,
        Self::Tmpfs,
        Self::Overlay,
        Self::OverlayXfs,
        Self::OverlayTmpfs,
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
            Self::Overlay => "overlay",
            Self::OverlayXfs => "overlay-xfs",
            Self::OverlayTmpfs => "overlay-tmpfs",
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
            Self::Overlay => "overlayfs over ext4",
            Self::OverlayXfs => "overlayfs over XFS",
            Self::OverlayTmpfs => "overlayfs over tmpfs; needs no root",
        }
    }

    /// The filesystem that holds an overlay's layers; `None` for everything else.
    #[must_use]
    pub const fn layers(self) -> Option<Self> {
        match self {
            Self::Overlay => Some(Self::Ext4),
            Self::OverlayXfs => Some(Self::Xfs),
            Self::OverlayTmpfs => Some(Self::Tmpfs),
            _ => None,
        }
    }

    /// The relations that make sense on this filesystem.
    pub fn relations(self) -> impl Iterator<Item = Relation> {
        Relation::ALL.into_iter().filter(move |relation| relation.fits(self).is_ok())
    }
}

/// How one filesystem is reached in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// The target is reached through a bind mount.
    Bind,
    /// The target is another Btrfs subvolume.
    Subvolume,
    /// The target has another project ID: same `st_dev`, yet `link()` gives EXDEV.
    Project,
    /// The cache is in the overlay's lower layer.
    Lower,
    /// The target is reached through an id-mapped mount.
    Idmap,
    /// The cached files belong to another user (`fs.protected_hardlinks`).
    Owner,
    /// One cached file has the immutable attribute (`chattr +i`).
    Immutable,
    /// The target directory has the nocow attribute (`chattr +C`).
    Nocow,
}

impl Relation {
    /// Every relation, in the order in which lists and tables show them.
    pub const ALL: [Self; 8] = [
        Self::Bind,
        Self::Subvolume,
        Self::Project,
        Self::Lower,
        Self::Idmap,
        Self::Owner,
        Self::Immutable,
        Self::Nocow,
    ];

    /// The name in the grammar.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Subvolume => "subvolume",
            Self::Project => "project",
            Self::Lower => "lower",
            Self::Idmap => "idmap",
            Self::Owner => "owner",
            Self::Immutable => "immutable",
            Self::Nocow => "nocow",
        }
    }

    /// One line on what it is.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Bind => "the target through a bind mount",
            Self::Subvolume => "the target in another Btrfs subvolume",
            Self::Project => "the target with another project ID",
            Self::Lower => "the cache in the overlay's lower layer",
            Self::Idmap => "the target through an id-mapped mount",
            Self::Owner => "the cached files owned by another user (fs.protected_hardlinks)",
            Self::Immutable => "one cached file immutable (chattr +i)",
            Self::Nocow => "the target directory nocow (chattr +C)",
        }
    }

    fn fits(self, filesystem: Filesystem) -> Result<(), &'static str> {
        use Filesystem as F;
        match self {
            Self::Subvolume if filesystem != F::Btrfs => Err("only btrfs has subvolumes"),
            Self::Nocow if filesystem != F::Btrfs => Err("only btrfs has nocow files"),
            Self::Lower if filesystem.layers().is_none() => Err("only an overlay has a lower layer"),
            Self::Idmap if filesystem.layers().is_some() => Err("overlayfs mounts cannot be id-mapped"),
            Self::Project if !matches!(filesystem, F::Ext4 | F::Xfs | F::XfsNoReflink) => {
                Err("only ext4 and xfs have project IDs")
            }
            _ => Ok(()),
        }
    }
}

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

impl fmt::Display for Filesystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
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

/// Why a text is no pairing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PairingError {
    /// A filesystem that exdev does not make.
    #[error("unknown filesystem `{name}`; known are {}", names(Filesystem::ALL.map(Filesystem::name)))]
    UnknownFilesystem {
        /// The name as it was given.
        name: String,
    },
    /// A relation that exdev does not make.
    #[error("unknown relation `+{name}`; known are {}", names(Relation::ALL.map(Relation::name)))]
    UnknownRelation {
        /// The name as it was given, without the plus sign.
        name: String,
    },
    /// A relation that the filesystem can never have.
    #[error("`{filesystem}+{relation}` cannot exist: {because}")]
    Impossible {
        /// The filesystem.
        filesystem: Filesystem,
        /// The relation.
        relation: Relation,
        /// What the relation needs.
        because: &'static str,
    },
}

fn names<const N: usize>(all: [&str; N]) -> String {
    all.join(", ")
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

impl FromStr for Relation {
    type Err = PairingError;

    fn from_str(text: &str) -> Result<Self, PairingError> {
        Self::ALL
            .into_iter()
            .find(|relation| relation.name() == text)
            .ok_or_else(|| PairingError::UnknownRelation { name: text.to_owned() })
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
            Err("unknown filesystem `zfs9`; known are ext4, xfs, xfs-noreflink, btrfs, tmpfs, overlay, overlay-xfs, \
                 overlay-tmpfs"
                .to_owned())
        );
        assert_eq!(
            refused("ext4+sideways"),
            Err("unknown relation `+sideways`; known are bind, subvolume, project, lower, idmap, owner, immutable, nocow"
                .to_owned())
        );
        assert_eq!(
            refused("ext4+subvolume"),
            Err("`ext4+subvolume` cannot exist: only btrfs has subvolumes".to_owned())
        );
    }
}
