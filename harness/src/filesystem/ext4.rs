//! ext4, see mke2fs(8).

use super::image::{Recipe, USUAL_LENGTH};
use super::mount::Type;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "ext4", magic: 0xef53 };

/// Mount options.
pub const OPTIONS: &str = "";

/// With inodes enough for the large package in both cache and target, and with a fixed seed for the hashes that order a
/// directory: linkers that follow readdir(3) then meet the files in one order.
pub const RECIPE: Recipe =
    Recipe { program: "mkfs.ext4", arguments: &["-q", "-F", "-N", "131072", "-E", EXTENDED], length: USUAL_LENGTH };

const EXTENDED: &str = "nodiscard,lazy_itable_init=1,hash_seed=65786465-7600-4000-8000-657864657600";

/// With project IDs, which ext4 does not have unless asked.
pub const WITH_PROJECTS: Recipe = Recipe {
    program: "mkfs.ext4",
    arguments: &["-q", "-F", "-N", "131072", "-O", "project,quota", "-E", EXTENDED],
    length: USUAL_LENGTH,
};

/// With encrypted directories, which ext4 does not have unless asked.
pub const WITH_ENCRYPTION: Recipe = Recipe {
    program: "mkfs.ext4",
    arguments: &["-q", "-F", "-N", "131072", "-O", "encrypt", "-E", EXTENDED],
    length: USUAL_LENGTH,
};
