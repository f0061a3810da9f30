//! What each kind of filesystem that has an image is made with and mounted with.

use super::image::Recipe;
use super::mount::Type;
use super::order::{Features, Order};
use super::{btrfs, ext4, xfs};
use crate::pairing::Filesystem;

/// How a filesystem on a loop device is made and mounted.
#[derive(Debug, Clone, Copy)]
pub struct Blueprint {
    /// As mount(2) knows it.
    pub kind: Type,
    /// How its image gets it.
    pub recipe: Recipe,
    /// Mount options.
    pub options: &'static str,
}

impl Blueprint {
    /// `None` where no image is needed: the filesystem is in memory, or rests on another one.
    pub fn of(order: Order) -> Option<Self> {
        use Filesystem as F;
        let (kind, recipe, options) = match (order.filesystem, order.features) {
            (F::Ext4, Features::Usual) => (ext4::TYPE, ext4::RECIPE, ext4::OPTIONS),
            (F::Ext4, Features::Projects) => (ext4::TYPE, ext4::WITH_PROJECTS, ext4::OPTIONS),
            (F::Xfs, _) => (xfs::TYPE, xfs::RECIPE, xfs::OPTIONS),
            (F::XfsNoReflink, _) => (xfs::TYPE, xfs::WITHOUT_REFLINKS, xfs::OPTIONS),
            (F::Btrfs, _) => (btrfs::TYPE, btrfs::RECIPE, btrfs::OPTIONS),
            (F::Tmpfs | F::Overlay | F::OverlayXfs | F::OverlayTmpfs, _) => return None,
        };
        Some(Self { kind, recipe, options })
    }
}
