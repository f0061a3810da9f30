//! Where things are inside an agent, and a command to run there.
//!
//! Invariant: these paths are the same in every run, on every machine and for every user; so what a linker prints is, too.

use std::path::{Component, Path, PathBuf};

use crate::package::Size;
use crate::pairing::{Characters, Names};

/// The directories of one cell, as the linker sees them.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    size: Size,
    names: Names,
}

impl Place {
    /// Where the cell's directories are.
    pub const CELL: &'static str = "/exdev/cell";
    /// Where the programs under test are.
    pub const PROGRAMS: &'static str = "/exdev/bin";

    /// The name of exdev itself among them.
    pub const EXDEV: &'static str = "exdev";

    /// The place for a package of this size, of files that have such names.
    #[must_use]
    pub const fn new(size: Size, names: Names) -> Self {
        Self { size, names }
    }

    /// The cache: one end of the pairing.
    #[must_use]
    pub fn cache(self) -> &'static Path {
        Path::new("/exdev/cell/cache")
    }

    /// The path in the cache that a symlink leads to by its text: `to`, found at the path `at` of the target.
    #[must_use]
    pub fn leads_to(to: &str, at: &str) -> Option<String> {
        let link = Path::new("/exdev/cell/target").join(at);
        let mut path = PathBuf::new();
        for part in link.parent()?.join(to).components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                part => path.push(part),
            }
        }
        let cached = path.strip_prefix("/exdev/cell/cache").ok()?;
        cached.to_str().map(str::to_owned)
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
        let Names { longest, characters } = self.names;
        let characters = match characters {
            Characters::Posix => "",
            Characters::Fat => "-fat",
        };
        let longest = if longest < Names::POSIX.longest { format!("-{longest}") } else { String::new() };
        Path::new("/exdev/package").join(format!("{}{characters}{longest}", self.size))
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Place;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn each_package_has_a_place_of_its_own() {
        let both = Names::FAT.and(Names::MINIX);
        for (names, expected) in
            [(Names::POSIX, "small"), (Names::FAT, "small-fat"), (Names::MINIX, "small-30"), (both, "small-fat-30")]
        {
            let place = Place::new(Size::Small, names);
            assert_eq!(place.tree(), Path::new("/exdev/package").join(expected).join("tree"));
            assert!(place.wheels().starts_with(place.package()));
        }
    }

    #[test]
    fn a_symlink_leads_into_the_cache_by_an_absolute_or_a_relative_path() {
        let leads = |to: &str, at: &str| Place::leads_to(to, at);
        assert_eq!(leads("/exdev/cell/cache/a/b.py", "lib/b.py"), Some("a/b.py".to_owned()));
        assert_eq!(leads("../../cache/a/b.py", "lib/b.py"), Some("a/b.py".to_owned()));
        assert_eq!(leads("/exdev/cell/cache/../../../etc/passwd", "b.py"), None);
        assert_eq!(leads("c.py", "lib/b.py"), None);
    }
}
