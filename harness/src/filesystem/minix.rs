//! Minix, see mkfs.minix(8).

use super::image::Recipe;
use super::mount::Type;

/// As mount(2) knows it, with the magic number of version 1 with names of 30 bytes.
pub const TYPE: Type = Type { name: "minix", magic: 0x138f };

/// Mount options.
pub const OPTIONS: &str = "";

/// Version 1 counts links in a byte: the kernel allows 250 of them. It counts blocks of 1 KiB and inodes in 16 bits each, which
/// bounds its length, and it gets as many inodes as it can have for the large package in both cache and target.
pub const RECIPE: Recipe =
    Recipe { program: "mkfs.minix", arguments: &["-1", "-n", "30", "-i", "65535"], length: 64 << 20 };
