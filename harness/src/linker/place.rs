//! Where things are inside an agent, and a command to run there.
//!
//! Invariant: these paths are the same in every run, on every machine and for every user; so what a linker prints is, too.

use std::path::{Path, PathBuf};

use crate::package::Size;

/// The directories of one cell, as the linker sees them.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    size: Size,
}

impl Place {
    /// Where the cell's directories are.
    pub const CELL: &'static str = "/exdev/cell";
    /// Where the programs under test are.
    pub const PROGRAMS: &'static str = "/exdev/bin";

    /// The name of exdev itself among them.
    pub const EXDEV: &'static str = "exdev";

    /// The place for a package of this size.
    #[must_use]
    pub const fn new(size: Size) -> Self {
        Self { size }
    }

    /// The cache: one end of the pairing.
    #[must_use]
    pub fn cache(self) -> &'static Path {
        Path::new("/exdev/cell/cache")
    }

    /// What a path in the cache begins with.
    #[must_use]
    pub const fn cache_prefix() -> &'static str {
        "/exdev/cell/cache/"
    }

    /// The target: the other end.
    #[must_use]
    pub fn target(self) -> &'static Path {
        Path::new("/exdev/cell/target")
    }

    /// An empty home directory.
    #[must_use]
    pub fn home(self) -> &'static Path {
        Path::new("/exdev/home")
    }

    /// The directory for temporary files.
    #[must_use]
    pub fn temporary(self) -> &'static Path {
        Path::new("/exdev/tmp")
    }

    /// A directory to prime into: what lands there is thrown away.
    #[must_use]
    pub fn throwaway(self) -> &'static Path {
        Path::new("/exdev/throwaway")
    }

    /// The package as a directory tree.
    #[must_use]
    pub fn tree(self) -> PathBuf {
        self.package().join("tree")
    }

    /// A directory that holds the package as a wheel.
    #[must_use]
    pub fn wheels(self) -> PathBuf {
        self.package().join("wheels")
    }

    /// Where the package is, in all its forms.
    #[must_use]
    pub fn package(self) -> PathBuf {
        Path::new("/exdev/package").join(self.size.name())
    }
}

/// Which program a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// exdev itself.
    Exdev,
    /// The linker under test.
    Linker,
}

/// A command: what to run, and what its environment holds beside the few variables that every linker gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program.
    pub program: Program,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Environment variables of its own.
    pub environment: Vec<(String, String)>,
}
