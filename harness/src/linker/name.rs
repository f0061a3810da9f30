//! Names of linkers: `uv@0.6.1`, `uv-tool@latest`, `uv@/path/to/uv`, `reference@strict`; and what they resolve to.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::adapter::Adapter;
use super::custom::Description;
use super::kind::Family;
use super::place::Place;
use super::source::Source;
use crate::observe::hex;

/// A linker as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkerName {
    /// The kind.
    pub family: Family,
    /// Which one of that kind.
    pub wanted: Wanted,
}

impl LinkerName {
    /// The newest that is pinned of this family, or the first of what is built in.
    #[must_use]
    pub fn newest(family: Family) -> Self {
        let built_in = match family.kind().source {
            Source::BuiltIn { labels, .. } => labels.first().copied(),
            _ => None,
        };
        Self { family, wanted: built_in.map_or(Wanted::Pinned, Wanted::BuiltIn) }
    }
}

/// Which version of a linker is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The newest that is pinned.
    Pinned,
    /// The newest that its registry has.
    Latest,
    /// This version.
    Version(String),
    /// The program in this file.
    File(PathBuf),
    /// What is built into exdev, by its label.
    BuiltIn(&'static str),
}

/// A linker that can be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linker {
    /// The kind.
    pub family: Family,
    /// What stands behind the `@` in its name: a version, a policy, or the path of a person's own build.
    pub label: String,
    /// Its version.
    pub version: String,
    /// Its program on the host, or the directory that it is in; `None` for exdev itself.
    pub program: Option<PathBuf>,
    /// The programs that were fetched with it, because it needs them, by name.
    pub tools: BTreeMap<String, PathBuf>,
    /// What is known of it, if a person describes it.
    pub description: Option<Box<Description>>,
}

impl Linker {
    /// One that has no program of its own, or none yet.
    #[must_use]
    pub fn new(family: Family, label: &str, version: &str) -> Self {
        let (label, version) = (label.to_owned(), version.to_owned());
        Self { family, label, version, program: None, tools: BTreeMap::new(), description: None }
    }

    /// The name of its program inside an agent: no two linkers share one.
    #[must_use]
    pub fn program_name(&self) -> String {
        match &self.program {
            // By its path, not by its label: builds of one version, or of like paths, are different programs. A hyphen would make
            // a command of git's own out of git.
            Some(program) => {
                let path = hex(&Sha256::digest(program.as_os_str().as_bytes()));
                format!("{}.{}", self.family.name(), &path[..16])
            }
            None => Place::EXDEV.to_owned(),
        }
    }

    /// What exdev knows of this kind at this version.
    #[must_use]
    pub fn adapter(&self) -> Box<dyn Adapter> {
        (self.family.kind().adapter)(self)
    }
}

impl fmt::Display for Linker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.description.as_ref().map_or(self.family.name(), |description| &description.name);
        write!(f, "{name}@{}", self.label)
    }
}

impl fmt::Display for LinkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.family.name())?;
        match &self.wanted {
            Wanted::Pinned => Ok(()),
            Wanted::Latest => f.write_str("@latest"),
            Wanted::Version(version) => write!(f, "@{version}"),
            Wanted::File(path) => write!(f, "@{}", path.display()),
            Wanted::BuiltIn(label) => write!(f, "@{label}"),
        }
    }
}

/// Why a text names no linker.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkerNameError {
    /// An unknown family.
    #[error("unknown linker `{name}`; `exdev list linkers` shows all that there are")]
    UnknownFamily {
        /// The name as it was given.
        name: String,
    },
    /// An unknown word for what is built in.
    #[error("unknown {what} `{label}` of the {family} linker; known are {}", known.join(", "))]
    UnknownLabel {
        /// The family.
        family: &'static str,
        /// What its words are.
        what: &'static str,
        /// The word as it was given.
        label: String,
        /// The words that it has.
        known: &'static [&'static str],
    },
    /// Something that no version looks like.
    #[error(
        "`{text}` is no version of {family}; write one like {family}@1.2.3, {family}@latest, or a path with a slash"
    )]
    NoVersion {
        /// The family.
        family: &'static str,
        /// The version as it was given.
        text: String,
    },
}

impl FromStr for LinkerName {
    type Err = LinkerNameError;

    fn from_str(text: &str) -> Result<Self, LinkerNameError> {
        let (family, wanted) = match text.split_once('@') {
            Some((family, wanted)) => (family, Some(wanted)),
            None => (text, None),
        };
        let named = Family::named(family).filter(|family| *family != Family::CUSTOM);
        let family = named.ok_or_else(|| LinkerNameError::UnknownFamily { name: text.to_owned() })?;
        Ok(Self { family, wanted: Wanted::parse(family, wanted)? })
    }
}

impl Wanted {
    fn parse(family: Family, text: Option<&str>) -> Result<Self, LinkerNameError> {
        if let Source::BuiltIn { what, labels: known } = family.kind().source {
            let label = text.map_or(known.first(), |text| known.iter().find(|label| **label == text));
            let unknown = || {
                let (family, label) = (family.name(), text.unwrap_or_default().to_owned());
                LinkerNameError::UnknownLabel { family, what, label, known }
            };
            return label.map(|label| Self::BuiltIn(label)).ok_or_else(unknown);
        }
        match text {
            None => Ok(Self::Pinned),
            Some("latest") => Ok(Self::Latest),
            Some(path) if path.contains('/') => Ok(Self::File(PathBuf::from(path))),
            Some(version) if version.starts_with(|first: char| first.is_ascii_digit()) => {
                Ok(Self::Version(version.to_owned()))
            }
            Some(text) => Err(LinkerNameError::NoVersion { family: family.name(), text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_kind_and_version() {
        let parsed = |text: &str| text.parse::<LinkerName>().map(|name| (name.family, name.wanted));
        assert_eq!(parsed("uv"), Ok((Family::UV, Wanted::Pinned)));
        assert_eq!(parsed("uv-tool@latest"), Ok((Family::UV_TOOL, Wanted::Latest)));
        assert_eq!(parsed("uv-tool-home"), Ok((Family::UV_TOOL_HOME, Wanted::Pinned)));
        assert_eq!(parsed("uv@0.6.1"), Ok((Family::UV, Wanted::Version("0.6.1".to_owned()))));
        assert_eq!(parsed("uv@./uv"), Ok((Family::UV, Wanted::File(PathBuf::from("./uv")))));
        assert_eq!(parsed("reference@strict"), Ok((Family::REFERENCE, Wanted::BuiltIn("strict"))));
    }

    #[test]
    fn a_name_survives_being_read_and_written() {
        for text in ["uv", "uv-tool@latest", "uv-tool-home@0.6.1", "uv@./uv", "reference@strict"] {
            assert_eq!(text.parse::<LinkerName>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        let refused = |text: &str| text.parse::<LinkerName>().map_err(|error| error.to_string());
        assert_eq!(
            refused("npm"),
            Err("unknown linker `npm`; `exdev list linkers` shows all that there are".to_owned())
        );
        assert_eq!(
            refused("reference@sloppy"),
            Err("unknown policy `sloppy` of the reference linker; known are per-file, first-file, restart, strict, staged"
                .to_owned())
        );
        assert_eq!(
            refused("uv@new"),
            Err("`new` is no version of uv; write one like uv@1.2.3, uv@latest, or a path with a slash".to_owned())
        );
    }
}
