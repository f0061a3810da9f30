//! What is wanted of a filesystem.

use crate::linker::User;
use crate::pairing::Filesystem;

/// What a filesystem is for: an end of a pairing, or itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The cache, or both ends.
    Cache,
    /// The target alone.
    Target,
    /// Neither: it is one of several, with this number.
    Several(usize),
}

/// What a filesystem must be able to do beside what its kind always can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Features {
    /// Nothing.
    Usual,
    /// Project IDs.
    Projects,
    /// Encrypted directories.
    Encryption,
    /// It stays mounted behind an export, beside others of its kind, with which it may share no UUID.
    Exported,
}

/// A filesystem that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Its kind.
    pub filesystem: Filesystem,
    /// What it is for.
    pub side: Side,
    /// What it must be able to do.
    pub features: Features,
    /// To whom everything on it belongs, if it is one that knows no owners.
    pub owner: User,
}

impl Order {
    /// A filesystem that must do no more than its kind always can.
    pub const fn usual(filesystem: Filesystem, side: Side, owner: User) -> Self {
        Self { filesystem, side, features: Features::Usual, owner }
    }
}
