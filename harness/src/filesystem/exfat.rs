//! exFAT, see mkfs.exfat(8).

use super::image::{Recipe, USUAL_LENGTH};
use super::mount::Type;
use crate::linker::User;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "exfat", magic: 0x2011_bab0 };

/// With clusters as small as the blocks of the others: in those of 32 KiB, the default, two large packages would not fit.
pub const RECIPE: Recipe = Recipe { program: "mkfs.exfat", arguments: &["-c", "4K"], length: USUAL_LENGTH };

/// Mount options: what a desktop mounts a USB stick with, see `exfat_defaults` of udisks2 and the umask of its daemon. Unlike
/// that of vfat, its `iocharset=utf8` is the one to use.
pub fn options(owner: User) -> String {
    let User { uid, gid } = owner;
    format!("uid={uid},gid={gid},fmask=022,dmask=022,iocharset=utf8,errors=remount-ro")
}
