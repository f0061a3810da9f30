//! The classes of system calls that place, change or remove files.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::word::UnknownWord;

/// What a traced call does. Faults and ordinals are about these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// link(2), linkat(2).
    Link,
    /// `FICLONE` and `FICLONERANGE`, see `ioctl_ficlonerange(2)`.
    Reflink,
    /// symlink(2), symlinkat(2).
    Symlink,
    /// `copy_file_range(2)`.
    CopyFileRange,
    /// sendfile(2) to a regular file.
    Sendfile,
    /// open(2), openat(2), openat2(2), creat(2), for writing or creating a regular file.
    Open,
    /// write(2) and its like to a regular file that has a name; watched only where a fault asks for it.
    Write,
    /// rename(2), renameat(2), renameat2(2).
    Rename,
    /// unlink(2), unlinkat(2), rmdir(2).
    Unlink,
    /// mkdir(2), mkdirat(2).
    Mkdir,
    /// chmod(2), fchmod(2), fchmodat(2), fchmodat2(2).
    Chmod,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 11] = [
        Self::Link,
        Self::Reflink,
        Self::Symlink,
        Self::CopyFileRange,
        Self::Sendfile,
        Self::Open,
        Self::Write,
        Self::Rename,
        Self::Unlink,
        Self::Mkdir,
        Self::Chmod,
    ];

    /// The word in faults and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Reflink => "reflink",
            Self::Symlink => "symlink",
            Self::CopyFileRange => "copy_file_range",
            Self::Sendfile => "sendfile",
            Self::Open => "open",
            Self::Write => "write",
            Self::Rename => "rename",
            Self::Unlink => "unlink",
            Self::Mkdir => "mkdir",
            Self::Chmod => "chmod",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Class {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|class| class.name() == text).ok_or_else(|| UnknownWord {
            what: "class of system calls",
            name: text.to_owned(),
            known: "link, reflink, symlink, copy_file_range, sendfile, open, write, rename, unlink, mkdir, chmod",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_one_word_everywhere() {
        for class in Class::ALL {
            assert_eq!(class.name().parse(), Ok(class));
            assert_eq!(serde_json::to_value(class).unwrap(), class.name());
        }
        assert_eq!("copy".parse::<Class>().unwrap_err().known, Class::ALL.map(Class::name).join(", "));
    }
}
