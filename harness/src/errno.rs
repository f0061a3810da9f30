//! An errno that a placing system call met: data, never an `Err`.
//!
//! Invariant: unknown values survive; the number is kept and the name is only looked up for people.

use std::fmt;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The errno of one refused system call, see errno(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Errno(pub i32);

impl Errno {
    /// `EPERM`: not permitted; for `link()` also a protected or an immutable file, or a filesystem without hard links.
    pub const EPERM: Self = Self(nix::libc::EPERM);
    /// `ESRCH`: nothing there; for `mount()` a quota format that the kernel does not have.
    pub const ESRCH: Self = Self(nix::libc::ESRCH);
    /// `EXDEV`: two filesystems, two mounts, two subvolumes or two project IDs.
    pub const EXDEV: Self = Self(nix::libc::EXDEV);
    /// `EMLINK`: the inode has all the links that its filesystem allows.
    pub const EMLINK: Self = Self(nix::libc::EMLINK);
    /// `EOPNOTSUPP`: for `FICLONE`, a filesystem without reflinks.
    pub const EOPNOTSUPP: Self = Self(nix::libc::EOPNOTSUPP);
    /// `ENOTTY`: an ioctl that this kind of file does not have.
    pub const ENOTTY: Self = Self(nix::libc::ENOTTY);
    /// `EINVAL`: for `FICLONE`, among others, a nocow file against one that is not.
    pub const EINVAL: Self = Self(nix::libc::EINVAL);
    /// `EAGAIN`: for `FICLONE` on ZFS, a source that is not yet written out.
    pub const EAGAIN: Self = Self(nix::libc::EAGAIN);
    /// `EACCES`: permission bits, or a sandbox, do not allow it.
    pub const EACCES: Self = Self(nix::libc::EACCES);
    /// `ENOSYS`: a system call that the kernel does not have, or that a filter pretends not to have.
    pub const ENOSYS: Self = Self(nix::libc::ENOSYS);
    /// `ENAMETOOLONG`: a name that is longer than the filesystem allows.
    pub const ENAMETOOLONG: Self = Self(nix::libc::ENAMETOOLONG);
    /// `EILSEQ`: a name in an encoding that the filesystem does not take.
    pub const EILSEQ: Self = Self(nix::libc::EILSEQ);
    /// `EROFS`: a read-only filesystem or mount.
    pub const EROFS: Self = Self(nix::libc::EROFS);
    /// `ENOSPC`: no room, not even for another name.
    pub const ENOSPC: Self = Self(nix::libc::ENOSPC);
    /// `ENOPKG`: for encrypted directories, a cipher that the kernel does not have.
    pub const ENOPKG: Self = Self(nix::libc::ENOPKG);
    /// `EDQUOT`: a quota of blocks or inodes is used up.
    pub const EDQUOT: Self = Self(nix::libc::EDQUOT);
}

impl Errno {
    /// Whether it says that there is no room, on the disk or in a quota.
    #[must_use]
    pub const fn is_no_room(self) -> bool {
        matches!(self, Self::ENOSPC | Self::EDQUOT)
    }

    /// The errno of this name, with the names that Linux has twice.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = match name {
            "ENOTSUP" => "EOPNOTSUPP",
            "EWOULDBLOCK" => "EAGAIN",
            name => name,
        };
        // Linux has none above 4095, see `MAX_ERRNO`.
        (1..4096).map(Self).find(|errno| errno.to_string() == name)
    }

    /// The errno that a message states last in the words of Rust: `Too many links (os error 31)`.
    #[must_use]
    pub fn stated(message: &str) -> Option<Self> {
        let (_, number) = message.rsplit_once("(os error ")?;
        number.split_once(')')?.0.parse().ok().map(Self)
    }

    /// The errno that strerror(3) describes so.
    #[must_use]
    pub fn described(text: &str) -> Option<Self> {
        let is_so = |errno: &Self| {
            let described = io::Error::from_raw_os_error(errno.0).to_string();
            described.strip_prefix(text).is_some_and(|number| number == format!(" (os error {})", errno.0))
        };
        (1..4096).map(Self).find(is_so)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match nix::errno::Errno::from_raw(self.0) {
            nix::errno::Errno::UnknownErrno => write!(f, "errno {}", self.0),
            known => f.pad(&format!("{known:?}")),
        }
    }
}

impl From<&io::Error> for Errno {
    /// An error without an errno (none comes from a system call) reads as EIO.
    fn from(error: &io::Error) -> Self {
        Self(error.raw_os_error().unwrap_or(nix::libc::EIO))
    }
}

impl From<rustix::io::Errno> for Errno {
    fn from(errno: rustix::io::Errno) -> Self {
        Self(errno.raw_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_have_names_and_unknown_ones_keep_their_number() {
        assert_eq!(Errno::EXDEV.to_string(), "EXDEV");
        assert_eq!(Errno(396).to_string(), "errno 396");
        for errno in [Errno::EXDEV, Errno(396)] {
            assert_eq!(Errno::named(&errno.to_string()), Some(errno));
        }
        assert_eq!(Errno::named("ENOTSUP"), Some(Errno::EOPNOTSUPP));
        assert_eq!(Errno::named("EVIL"), None);
    }

    #[test]
    fn a_description_is_of_one_errno() {
        assert_eq!(Errno::described("Invalid cross-device link"), Some(Errno::EXDEV));
        assert_eq!(Errno::described("Operation not supported"), Some(Errno::EOPNOTSUPP));
        for text in ["", "Invalid", "Invalid cross-device link (os error 18)", "No luck"] {
            assert_eq!(Errno::described(text), None, "{text}");
        }
    }

    #[test]
    fn an_errno_is_stated_by_its_number_whatever_follows() {
        let stated = Errno::stated;
        assert_eq!(stated("failed to link a: Too many links (os error 31), b"), Some(Errno::EMLINK));
        assert_eq!(stated("a (os error 1): Invalid cross-device link (os error 18)"), Some(Errno::EXDEV));
        for text in ["", "(os error", "(os error 18", "(os error x)"] {
            assert_eq!(stated(text), None, "{text}");
        }
    }
}
