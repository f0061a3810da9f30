//! Filesystems in user space that refuse one thing which real ones refuse, and otherwise show a directory as it is.

use serde::{Deserialize, Serialize};

/// The one thing that a filesystem in user space refuses, or does in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Limit {
    /// Hard links: EPERM, as on `BeeGFS`, vboxsf and many mounts of phones.
    NoLink,
    /// Hard links from one directory to another: EXDEV, as on AFS.
    SameDirectory,
    /// More than 177 links to a file: EMLINK, as on Amazon EFS.
    MaxLink,
    /// Hard links, though it says that it has made one: it is a symlink, as `BeeGFS` has done.
    LinkSymlink,
    /// Hard links to a file with a colon in its name, old or new: EINVAL, as on NFS from an Isilon.
    NoColon,
    /// A change of permission bits: EPERM, as on mounts where they are fixed.
    NoChmod,
    /// Symlinks: EOPNOTSUPP, as on CIFS.
    NoSymlink,
    /// To read a symlink: EPERM, as SSHFS tells the failure of a server.
    NoReadlink,
    /// Hard links: EIO, as some network storage answers.
    LinkError,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 9] = [
        Self::NoLink,
        Self::SameDirectory,
        Self::MaxLink,
        Self::LinkSymlink,
        Self::NoColon,
        Self::NoChmod,
        Self::NoSymlink,
        Self::NoReadlink,
        Self::LinkError,
    ];

    /// The filesystem's name in the grammar.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoLink => "fuse-nolink",
            Self::SameDirectory => "fuse-samedir",
            Self::MaxLink => "fuse-maxlink",
            Self::LinkSymlink => "fuse-linksym",
            Self::NoColon => "fuse-nocolon",
            Self::NoChmod => "fuse-nochmod",
            Self::NoSymlink => "fuse-nosymlink",
            Self::NoReadlink => "fuse-noreadlink",
            Self::LinkError => "fuse-eio",
        }
    }

    /// The filesystem's type as the kernel knows it, see mount(8) on subtypes.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::NoLink => "fuse.nolink",
            Self::SameDirectory => "fuse.samedir",
            Self::MaxLink => "fuse.maxlink",
            Self::LinkSymlink => "fuse.linksym",
            Self::NoColon => "fuse.nocolon",
            Self::NoChmod => "fuse.nochmod",
            Self::NoSymlink => "fuse.nosymlink",
            Self::NoReadlink => "fuse.noreadlink",
            Self::LinkError => "fuse.eio",
        }
    }

    /// One line on what it is.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::NoLink => "FUSE without hard links: EPERM, as on vboxsf",
            Self::SameDirectory => "FUSE with hard links within one directory alone, else EXDEV, as on AFS and BeeGFS",
            Self::MaxLink => "FUSE with hard links, 177 to a file, then EMLINK, as on Amazon EFS",
            Self::LinkSymlink => "FUSE on which link() succeeds and makes a symlink, as BeeGFS has done",
            Self::NoColon => "FUSE with hard links, but EINVAL for a name with a colon, as on NFS from an Isilon",
            Self::NoChmod => "FUSE with hard links, but EPERM for chmod()",
            Self::NoSymlink => "FUSE with hard links, but EOPNOTSUPP for symlink(), as on CIFS",
            Self::NoReadlink => "FUSE with hard links, but EPERM for readlink(), as through SSHFS",
            Self::LinkError => "FUSE without hard links: EIO, as from some network storage",
        }
    }
}

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|limit| limit.name() == text);
        found.ok_or_else(|| format!("`{text}` is no filesystem in user space that exdev makes"))
    }
}
