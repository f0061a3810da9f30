//! vfat, see mkfs.fat(8) and <https://docs.kernel.org/filesystems/vfat.html>.

use super::image::{Recipe, USUAL_LENGTH};
use super::mount::Type;
use crate::linker::User;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "vfat", magic: 0x4d44 };

/// FAT32, which is the program's default at this length.
pub const RECIPE: Recipe = Recipe { program: "mkfs.vfat", arguments: &["-F", "32"], length: USUAL_LENGTH };

/// Mount options: what a desktop mounts a USB stick with, see `vfat_defaults` of udisks2 and the umask of its daemon. Without its
/// `flush`, with which the kernel waits 0.1 s whenever a file that was written to is closed.
///
/// `utf8=1` is how names come in UTF-8: of `iocharset=utf8` the kernel warns that it makes them case sensitive.
pub fn options(owner: User) -> String {
    let User { uid, gid } = owner;
    format!("uid={uid},gid={gid},fmask=022,dmask=022,shortname=mixed,utf8=1,showexec")
}
