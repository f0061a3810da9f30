//! How a file, or a whole package, was placed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How one file can be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Strategy {
    /// A new inode that shares the cached file's extents, see `FICLONE` in `ioctl_ficlonerange(2)`.
    #[serde(rename = "reflink")]
    Reflink,
    /// The cached file's inode under another name, see link(2).
    #[serde(rename = "hard link")]
    HardLink,
    /// A symbolic link into the cache, see symlink(2).
    #[serde(rename = "symlink")]
    Symlink,
    /// A new inode with the bytes of the cached file.
    #[serde(rename = "copy")]
    Copy,
}

impl Strategy {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reflink => "reflink",
            Self::HardLink => "hard link",
            Self::Symlink => "symlink",
            Self::Copy => "copy",
        }
    }
}

/// What is known of how a file, or a whole package, was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Placement {
    /// Every file by reflink.
    #[serde(rename = "reflink")]
    Reflink,
    /// Every file by hard link.
    #[serde(rename = "hard link")]
    HardLink,
    /// Every file by symlink.
    #[serde(rename = "symlink")]
    Symlink,
    /// Every file by copy.
    #[serde(rename = "copy")]
    Copy,
    /// A new inode that shares its extents with the cache: a reflink, or a copy that the kernel shared.
    #[serde(rename = "copy or reflink")]
    Undecided,
    /// More than one strategy in one package.
    #[serde(rename = "mixed")]
    Mixed,
    /// No file was placed.
    #[serde(rename = "nothing")]
    Nothing,
}

impl Placement {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reflink => "reflink",
            Self::HardLink => "hard link",
            Self::Symlink => "symlink",
            Self::Copy => "copy",
            Self::Undecided => "copy or reflink",
            Self::Mixed => "mixed",
            Self::Nothing => "nothing",
        }
    }
}

impl From<Strategy> for Placement {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Reflink => Self::Reflink,
            Strategy::HardLink => Self::HardLink,
            Strategy::Symlink => Self::Symlink,
            Strategy::Copy => Self::Copy,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
