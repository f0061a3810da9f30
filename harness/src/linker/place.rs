//! Where things are for a linker, and a command to run there.
//!
//! Invariant: on filesystems that exdev makes, these paths are the same in every run, on every machine and for every user; so what a
//! linker prints is, too.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::name::Linker;
use crate::package::{Form, Package, Size, package};
use crate::pairing::{Characters, Names};

/// The directories of one cell, as the linker sees them, and what is placed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    roots: Roots,
    size: Size,
    names: Names,
    linker: String,
    registry: u16,
}

/// Where cache, target and everything else are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roots {
    /// The cache: one end of the pairing.
    pub cache: PathBuf,
    /// The target: the other end.
    pub target: PathBuf,
    /// The directory of all that is exdev's own.
    pub own: PathBuf,
}

impl Roots {
    /// Those of an agent that makes filesystems.
    #[must_use]
    pub fn of_agents() -> Self {
        let cell = Path::new(Place::CELL);
        Self { cache: cell.join("cache"), target: cell.join("target"), own: Place::OWN.into() }
    }
}

impl Place {
    /// Where everything is in an agent that makes filesystems.
    pub const OWN: &'static str = "/exdev";
    /// Where the cell's directories are in such an agent.
    pub const CELL: &'static str = "/exdev/cell";
    /// Where what scripts/setup has unpacked is in such an agent.
    pub const UNPACKED: &'static str = "/exdev/unpacked";
    /// Where the programs under test are in such an agent.
    pub const PROGRAMS: &'static str = "/exdev/bin";

    /// The port of the loopback registry in such an agent.
    pub const REGISTRY: u16 = 4873;

    /// The name of exdev itself among them.
    pub const EXDEV: &'static str = "exdev";

    /// The place for a package of this size, of files that have such names, in an agent that makes filesystems.
    #[must_use]
    pub fn new(size: Size, names: Names) -> Self {
        Self::below(Roots::of_agents(), size, names)
    }

    /// The place for such a package below these roots.
    #[must_use]
    pub fn below(roots: Roots, size: Size, names: Names) -> Self {
        Self { roots, size, names, linker: Self::EXDEV.to_owned(), registry: Self::REGISTRY }
    }

    /// The same place with this linker in it.
    #[must_use]
    pub fn with(self, linker: &Linker) -> Self {
        Self { linker: linker.program_name(), ..self }
    }

    /// The same place with the loopback registry at this port.
    #[must_use]
    pub fn served_at(self, registry: u16) -> Self {
        Self { registry, ..self }
    }

    /// A place for the same package whose cache and target are among what is exdev's own.
    #[must_use]
    pub fn elsewhere(&self) -> Self {
        let elsewhere = self.roots.own.join("elsewhere");
        let roots =
            Roots { cache: elsewhere.join("cache"), target: elsewhere.join("target"), own: self.roots.own.clone() };
        Self { roots, ..self.clone() }
    }

    /// A place for the same package whose target is this directory in the target.
    #[must_use]
    pub fn within(&self, directory: &str) -> Self {
        let roots = Roots { target: self.roots.target.join(directory), ..self.roots.clone() };
        Self { roots, ..self.clone() }
    }

    /// Where cache, target and everything else are.
    #[must_use]
    pub const fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The package's files: those that both ends can hold.
    #[must_use]
    pub fn contents(&self) -> &'static Package {
        package(self.size, self.names)
    }

    /// The cache: one end of the pairing.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.roots.cache
    }

    /// The path in the cache that a symlink leads to by its text: `to`, found at the path `at` of the target.
    #[must_use]
    pub fn leads_to(&self, to: &str, at: &str) -> Option<String> {
        let link = self.target().join(at);
        let mut path = PathBuf::new();
        for part in link.parent()?.join(to).components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                part => path.push(part),
            }
        }
        let cached = path.strip_prefix(self.cache()).ok()?;
        cached.to_str().map(str::to_owned)
    }

    /// The target: the other end.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.roots.target
    }

    /// An empty home directory.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.roots.own.join("home")
    }

    /// The directory for temporary files.
    #[must_use]
    pub fn temporary(&self) -> PathBuf {
        self.roots.own.join("tmp")
    }

    /// A directory to prime into: what lands there is thrown away.
    #[must_use]
    pub fn throwaway(&self) -> PathBuf {
        self.roots.own.join("throwaway")
    }

    /// A program under test, or one that it needs, by its name.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.roots.own.join("bin").join(name)
    }

    /// The linker's program, or the directory that it is in.
    #[must_use]
    pub fn linker(&self) -> PathBuf {
        self.program(&self.linker)
    }

    /// The URL of the registry that npm and its kin find the package in, without a slash at its end. It is the same from the first
    /// command to the last; something answers there only while [`prime`](super::Adapter::prime) runs, for adapters that take
    /// [`Form::Npm`].
    #[must_use]
    pub fn registry(&self) -> String {
        format!("http://127.0.0.1:{}", self.registry)
    }

    /// The directory of the package in this form.
    #[must_use]
    pub fn form(&self, form: Form) -> PathBuf {
        self.package().join(form.name())
    }

    /// Where the package is, in all its forms.
    fn package(&self) -> PathBuf {
        let Names { longest, characters } = self.names;
        let characters = match characters {
            Characters::Posix => "",
            Characters::Fat => "-fat",
        };
        let longest = if longest < Names::POSIX.longest { format!("-{longest}") } else { String::new() };
        self.roots.own.join("package").join(format!("{}{characters}{longest}", self.size))
    }
}

/// Which program a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// exdev itself.
    Exdev,
    /// The linker under test, which is one file.
    Linker,
    /// This file in the directory of the linker under test.
    Within(String),
    /// One of the programs that it needs.
    Needed(String),
    /// sh(1), which every system has.
    Shell,
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

impl Invocation {
    /// This program, without arguments.
    #[must_use]
    pub const fn of(program: Program) -> Self {
        Self { program, arguments: Vec::new(), environment: Vec::new() }
    }

    /// The linker under test, with these arguments, between which are blanks.
    #[must_use]
    pub fn linker(words: &str) -> Self {
        Self::of(Program::Linker).words(words)
    }

    /// A script for sh(1), with these parameters from `$0` on.
    #[must_use]
    pub fn script<const N: usize>(text: &str, parameters: [&Path; N]) -> Self {
        let script = Self::of(Program::Shell).words("-c").word(text);
        parameters.into_iter().fold(script, Self::word)
    }

    /// With these arguments, between which are blanks.
    #[must_use]
    pub fn words(self, words: &str) -> Self {
        words.split(' ').filter(|word| !word.is_empty()).fold(self, Self::word)
    }

    /// With the option of this mode, if it is not the default.
    #[must_use]
    pub fn mode(self, mode: &str) -> Self {
        if mode == "default" { self } else { self.word(format!("--{mode}")) }
    }

    /// With this argument.
    #[must_use]
    pub fn word(mut self, word: impl AsRef<OsStr>) -> Self {
        self.arguments.push(word.as_ref().to_string_lossy().into_owned());
        self
    }

    /// With this in its environment.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_string_lossy().into_owned()));
        self
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Place;
    use crate::linker::Roots;
    use crate::package::{Form, Size};
    use crate::pairing::Names;

    #[test]
    fn everything_is_below_its_root() {
        let (cache, target, own) = ("/c".into(), "/t".into(), "/o".into());
        let place = Place::below(Roots { cache, target, own }, Size::Small, Names::POSIX);
        assert_eq!((place.cache(), place.target()), (Path::new("/c"), Path::new("/t")));
        assert_eq!(place.leads_to("../../c/a/b.py", "lib/b.py"), Some("a/b.py".to_owned()));
        let elsewhere = place.elsewhere();
        for path in
            [elsewhere.cache(), elsewhere.target(), &place.home(), &place.program("uv"), &place.form(Form::Wheel)]
        {
            assert!(path.starts_with("/o"), "{}", path.display());
        }
    }

    #[test]
    fn the_registry_is_at_its_port() {
        let place = Place::new(Size::Small, Names::POSIX);
        assert_eq!(place.registry(), "http://127.0.0.1:4873");
        assert_eq!(place.served_at(40_000).elsewhere().registry(), "http://127.0.0.1:40000");
    }

    #[test]
    fn each_package_has_a_place_of_its_own() {
        let both = Names::FAT.and(Names::MINIX);
        for (names, expected) in
            [(Names::POSIX, "small"), (Names::FAT, "small-fat"), (Names::MINIX, "small-30"), (both, "small-fat-30")]
        {
            let place = Place::new(Size::Small, names);
            assert_eq!(place.form(Form::Tree), Path::new("/exdev/package").join(expected).join("tree"));
            assert!(place.form(Form::Wheel).starts_with(place.package()));
        }
    }

    #[test]
    fn a_symlink_leads_into_the_cache_by_an_absolute_or_a_relative_path() {
        let place = Place::new(Size::Small, Names::POSIX);
        let leads = |to: &str, at: &str| place.leads_to(to, at);
        assert_eq!(leads("/exdev/cell/cache/a/b.py", "lib/b.py"), Some("a/b.py".to_owned()));
        assert_eq!(leads("../../cache/a/b.py", "lib/b.py"), Some("a/b.py".to_owned()));
        assert_eq!(leads("/exdev/cell/cache/../../../etc/passwd", "b.py"), None);
        assert_eq!(leads("c.py", "lib/b.py"), None);
    }
}
