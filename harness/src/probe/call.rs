//! The placing calls that are tried.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outcome::Strategy;

/// A system call that can place a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Call {
    /// `FICLONE`, see `ioctl_ficlone(2)`.
    #[serde(rename = "reflink")]
    Reflink,
    /// link(2).
    #[serde(rename = "hard link")]
    HardLink,
    /// symlink(2).
    #[serde(rename = "symlink")]
    Symlink,
    /// `copy_file_range(2)`.
    #[serde(rename = "copy_file_range")]
    Copy,
    /// rename(2).
    #[serde(rename = "rename")]
    Rename,
    /// rename(2) with `RENAME_NOREPLACE`.
    #[serde(rename = "rename without replacing")]
    RenameNoReplace,
}

impl Call {
    /// Every call, in the order in which they are tried and shown: reflinks first, as they write the source out.
    pub const ALL: [Self; 6] =
        [Self::Reflink, Self::HardLink, Self::Symlink, Self::Copy, Self::Rename, Self::RenameNoReplace];

    /// Those that leave their source where it is, so that a file of somebody else may be tried, too.
    pub const PLACING: [Self; 4] = [Self::Reflink, Self::HardLink, Self::Symlink, Self::Copy];

    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reflink => "reflink",
            Self::HardLink => "hard link",
            Self::Symlink => "symlink",
            Self::Copy => "copy_file_range",
            Self::Rename => "rename",
            Self::RenameNoReplace => "rename without replacing",
        }
    }
}

impl From<Strategy> for Call {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Reflink => Self::Reflink,
            Strategy::HardLink => Self::HardLink,
            Strategy::Symlink => Self::Symlink,
            Strategy::Copy => Self::Copy,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
