//! What each kind of filesystem that has an image is made with and mounted with.

use std::borrow::Cow;

use super::image::Recipe;
use super::mount::Type;
use super::order::{Features, Order};
use super::{btrfs, exfat, ext4, f2fs, minix, vfat, xfs};
use crate::pairing::Filesystem;

/// How a filesystem on a loop device is made and mounted.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// As mount(2) knows it.
    pub kind: Type,
    /// How its image gets it.
    pub recipe: Recipe,
    /// Mount options.
    pub options: Cow<'static, str>,
}

impl Blueprint {
    /// `None` where no image is needed: the filesystem is in memory, or rests on another one.
    pub fn of(order: Order) -> Option<Self> {
        use Filesystem as F;
        let (kind, recipe, options) = match (order.filesystem, order.features) {
            (F::Ext4, Features::Projects) => (ext4::TYPE, ext4::WITH_PROJECTS, ext4::OPTIONS.into()),
            (F::Ext4, Features::Encryption) => (ext4::TYPE, ext4::WITH_ENCRYPTION, ext4::OPTIONS.into()),
            (F::Ext4, _) => (ext4::TYPE, ext4::RECIPE, ext4::OPTIONS.into()),
            (F::Xfs, _) => (xfs::TYPE, xfs::RECIPE, xfs::OPTIONS.into()),
            (F::XfsNoReflink, _) => (xfs::TYPE, xfs::WITHOUT_REFLINKS, xfs::OPTIONS.into()),
            (F::Btrfs, _) => (btrfs::TYPE, btrfs::RECIPE, btrfs::OPTIONS.into()),
            (F::Vfat, _) => (vfat::TYPE, vfat::RECIPE, vfat::options(order.owner).into()),
            (F::Exfat, _) => (exfat::TYPE, exfat::RECIPE, exfat::options(order.owner).into()),
            (F::Minix, _) => (minix::TYPE, minix::RECIPE, minix::OPTIONS.into()),
            (F::F2fs, _) => (f2fs::TYPE, f2fs::RECIPE, f2fs::OPTIONS.into()),
            (F::Tmpfs | F::Overlay | F::OverlayXfs | F::OverlayTmpfs | F::Fuse(_) | F::Nfs(_), _) => return None,
        };
        Some(Self { kind, recipe, options })
    }
}
