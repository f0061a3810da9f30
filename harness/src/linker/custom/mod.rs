//! A linker that a person describes in a TOML file, so that no Rust is needed to test it.

mod description;
mod error;

use std::path::Path;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::meaning;
use super::name::Linker;
use super::place::{Invocation, Place, Program};
use super::source::Source;
use crate::observe::Tree;
use crate::outcome::Strategy;
use crate::package::Form;

pub use description::{Description, Mode};
pub use error::DescriptionError;

/// What a TOML file describes.
pub const KIND: Kind = Kind {
    name: "custom",
    about: "what --linker-file describes",
    source: Source::Described,
    adapter: |linker| Box::new(Custom(linker.description.as_deref().cloned().unwrap_or_default())),
};

/// Reads the description of a linker.
///
/// # Errors
/// The file cannot be read, or says something that cannot be.
pub fn read(path: &Path) -> Result<Linker, DescriptionError> {
    let description = Description::read(path)?;
    let program = description.program.as_ref().map(|program| error::program(path, program)).transpose()?;
    let version = description.version.clone().unwrap_or_else(|| "own".to_owned());
    let linker = Linker::new(super::Family::CUSTOM, &version, &version);
    Ok(Linker { program, description: Some(Box::new(description)), ..linker })
}

/// A described linker.
#[derive(Debug, Clone)]
struct Custom(Description);

impl Custom {
    fn mode(&self, name: &str) -> Option<&Mode> {
        self.0.modes.iter().find(|mode| mode.name == name)
    }

    fn command(&self, words: &[String], place: &Place, target: &Path, mode: Option<&Mode>) -> Invocation {
        let fill = |text: &String| {
            let text = text.replace("{cache}", &place.cache().to_string_lossy());
            let text = text.replace("{target}", &target.to_string_lossy());
            let text = text.replace("{package}", &place.form(self.0.package).to_string_lossy());
            let text = text.replace("{linker}", &place.linker().to_string_lossy());
            text.replace("{mode}", mode.map_or("", |mode| &mode.name))
        };
        let program = match words.first().map(String::as_str) {
            None | Some(Description::LINKER) => Program::Linker,
            Some(name) => Program::Needed(name.to_owned()),
        };
        let own = mode.map(|mode| mode.arguments.as_slice()).unwrap_or_default();
        let arguments = words.iter().skip(1).chain(own).map(fill).collect();
        let environment = self.0.environment.iter().map(|(name, value)| (name.clone(), fill(value))).collect();
        Invocation { program, arguments, environment }
    }
}

impl Adapter for Custom {
    fn modes(&self) -> Vec<&str> {
        self.0.modes.iter().map(|mode| mode.name.as_str()).collect()
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        self.mode(mode).map(|mode| mode.chain.clone()).unwrap_or_default()
    }

    fn always_copies(&self, cached: &str) -> bool {
        any(&self.0.always_copies).is_match(cached)
    }

    fn needs(&self) -> Vec<&str> {
        let first = [self.0.prime.first(), self.0.link.first()].into_iter().flatten().map(String::as_str);
        first.filter(|word| *word != Description::LINKER).collect()
    }

    fn forms(&self) -> Vec<Form> {
        vec![self.0.package]
    }

    fn prime(&self, place: &Place) -> Invocation {
        self.command(&self.0.prime, place, &place.throwaway(), None)
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        self.command(&self.0.link, place, place.target(), self.mode(mode))
    }

    fn root(&self, _target: &Tree) -> String {
        self.0.root.clone()
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        any(&self.0.makes).is_match(path)
    }

    fn keeps_books(&self, cached: &str) -> bool {
        any(&self.0.keeps_books).is_match(cached)
    }

    fn may_write(&self, place: &Place, path: &Path) -> bool {
        path.strip_prefix(place.home()).is_ok_and(|path| any(&self.0.writes_at_home).is_match(path))
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        meaning::hear(&self.0.says, stdout, stderr)
    }
}

/// What one of these patterns matches; the description was read, so they are patterns.
fn any(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in patterns.iter().filter_map(|pattern| Glob::new(pattern).ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}

#[cfg(test)]
mod tests;
