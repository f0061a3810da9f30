//! Filesystems made for real: one file per kind, and the parts that they share.

mod blueprint;
mod btrfs;
mod ends;
mod error;
mod exfat;
mod ext4;
mod f2fs;
mod fuse;
mod image;
mod links;
mod loop_device;
mod minix;
mod mount;
mod nfs;
mod order;
mod overlay;
mod power;
mod program;
mod provision;
mod relation;
mod room;
mod sealed;
mod tmpfs;
mod vfat;
mod workshop;
mod xfs;

pub use error::{RUN_AS_ROOT, SetupError};
pub use fuse::serve as show_directory;
pub use mount::show;
pub use power::Power;
pub use program::{find, libraries, unpacked};
pub use provision::{Cell, own, provision, provision_several, settle_in};
pub use workshop::Workshop;
