//! What a linker does where the kernel refuses it something, as far as it can be known beforehand.

use crate::errno::Errno;

/// What a linker does where the kernel refuses it something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// What it does when a file is refused a strategy.
    pub on_refusal: OnRefusal,
    /// The refusals of a hard link that it overcomes without another strategy.
    pub overcomes: &'static [Errno],
    /// Which fallbacks it tells its user of.
    pub announces: Announces,
    /// In which order it places a package's files.
    pub order: Order,
    /// By which calls it copies.
    pub copies: Copies,
    /// What it must be able to do in its cache and its target, whatever the strategy.
    pub needs: &'static [Need],
}

/// What a linker does when a file is refused a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRefusal {
    /// It goes on with the next strategy, for this file alone.
    EachFile,
    /// For the first file of a package, it goes on with the next strategy, for all of them; for a later one it fails and leaves
    /// what it has placed.
    FirstDecides,
    /// It removes what it has placed, and begins anew with the next strategy.
    StartOver,
    /// It removes what it has placed, and fails.
    Fails,
}

/// Which fallbacks a linker tells its user of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announces {
    /// None.
    Nothing,
    /// Those that end in copies.
    Copies,
    /// Every one.
    Everything,
    /// One that it takes in any case, whatever would work.
    Always,
}

/// In which order a linker places a package's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As the directories list them, each entered where it is met.
    Directories,
    /// By the bytes of their paths.
    Paths,
}

/// By which calls a linker copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    /// `copy_file_range(2)`, by which some filesystems share extents, so that a copy takes no room.
    Ranges,
    /// read(2) and write(2).
    Bytes,
}

/// What a linker must be able to do, whatever the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Write to its cache while it links: locks, temporary files.
    Writes,
    /// Make symlinks in its cache while it fills it.
    Symlinks,
    /// Rename what it has placed from one directory of its target to another.
    Renames,
}
