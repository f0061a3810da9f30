//! Which names a filesystem can hold: a file that one end of a pairing cannot hold is no part of the package there.

use serde::{Deserialize, Serialize};

/// Which names a filesystem can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Names {
    /// The most bytes of a name.
    pub longest: usize,
    /// What it may be made of.
    pub characters: Characters,
}

/// What names may be made of; each allows less than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Characters {
    /// Every character but the slash.
    Posix,
    /// None that FAT reserves, see <https://learn.microsoft.com/windows/win32/fileio/naming-a-file>.
    Fat,
}

impl Names {
    /// What Linux allows: 255 bytes, see `path_resolution(7)`.
    pub const POSIX: Self = Self { longest: 255, characters: Characters::Posix };
    /// What vfat and exfat hold. Their 255 are of UTF-16, but the kernel hands on no name of more bytes.
    pub const FAT: Self = Self { characters: Characters::Fat, ..Self::POSIX };
    /// What Minix of version 1 holds.
    pub const MINIX: Self = Self { longest: 30, ..Self::POSIX };

    /// The names that these and the others have in common.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { longest: self.longest.min(other.longest), characters: self.characters.max(other.characters) }
    }

    /// Whether each name of a path can be held.
    #[must_use]
    pub fn hold(self, path: &str) -> bool {
        path.split('/').all(|name| name.len() <= self.longest && self.characters.make(name))
    }
}

impl Characters {
    fn make(self, name: &str) -> bool {
        let reserved = |c: char| c < ' ' || "\"*:<>?\\|".contains(c);
        match self {
            Self::Posix => true,
            Self::Fat => !name.contains(reserved) && !name.ends_with([' ', '.']),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairing::Pairing;

    #[test]
    fn fat_holds_no_reserved_characters() {
        for name in ["a:b", "dir/a?b", "a|b/c", "back\\slash", "a\nb", "dot.", "space /file"] {
            assert!(!Names::FAT.hold(name) && Names::POSIX.hold(name), "{name}");
        }
        for name in ["a b.c/日本", ".hidden", &"n".repeat(255)] {
            assert!(Names::FAT.hold(name), "{name}");
        }
    }

    #[test]
    fn minix_counts_the_bytes_of_each_name() {
        let (longest, longer) = ("n".repeat(30), "日".repeat(11));
        assert!(Names::MINIX.hold(&format!("{longest}/a:b/{longest}")));
        assert!(!Names::MINIX.hold(&longer) && !Names::MINIX.hold(&format!("a/{longest}n/b")));
    }

    #[test]
    fn a_pairing_holds_what_both_of_its_ends_hold() {
        let names = |pairing: &str| pairing.parse::<Pairing>().unwrap().names();
        for (pairing, expected) in [
            ("ext4:tmpfs", Names::POSIX),
            ("overlay-xfs+lower", Names::POSIX),
            ("nfs4.2", Names::POSIX),
            ("vfat", Names::FAT),
            ("ext4:exfat", Names::FAT),
            ("nfs4.2-vfat+exports", Names::FAT),
            ("minix+maxlinks", Names::MINIX),
            ("minix:ext4", Names::MINIX),
            ("vfat:minix", Names { longest: 30, characters: Characters::Fat }),
            ("minix:nfs4.2-vfat", Names { longest: 30, characters: Characters::Fat }),
        ] {
            assert_eq!(names(pairing), expected, "{pairing}");
        }
    }
}
