//! A scenario: which linker, in which mode, on which pairing, with which package.
//!
//! Invariant: a scenario is a value without paths or state; two equal scenarios give two equal outcomes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::linker::Linker;
use crate::pairing::Pairing;

/// Which package is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// About thirty files of every kind.
    Small,
    /// 20,000 files.
    Large,
}

/// As whom the linker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// As an ordinary user, as people run it.
    User,
    /// As root, as containers run it; root is exempt from `fs.protected_hardlinks`.
    Root,
}

/// Everything that decides what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// The linker under test, resolved to a version and a program.
    pub linker: Linker,
    /// What the linker is asked for, in its own words.
    pub mode: String,
    /// Where cache and target sit.
    pub pairing: Pairing,
    /// The package that is placed.
    pub package: Size,
    /// As whom the linker runs.
    pub identity: Identity,
}

impl Scenario {
    /// The scenario's name, unique in a run: `LINKER/MODE/PAIRING/PACKAGE`, with `/root` behind it where the linker runs as root.
    #[must_use]
    pub fn id(&self) -> String {
        let Self { linker, mode, pairing, package, identity } = self;
        let identity = match identity {
            Identity::User => "",
            Identity::Root => "/root",
        };
        format!("{linker}/{mode}/{pairing}/{package}{identity}")
    }
}

impl Size {
    /// The word that names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {what} `{name}`; known are {known}")]
pub struct UnknownWord {
    /// What kind of thing was looked for.
    pub what: &'static str,
    /// The word as it was given.
    pub name: String,
    /// The words that would have been understood.
    pub known: &'static str,
}

impl FromStr for Size {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "small" => Ok(Self::Small),
            "large" => Ok(Self::Large),
            _ => Err(UnknownWord { what: "package", name: text.to_owned(), known: "small, large" }),
        }
    }
}

impl FromStr for Identity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "user" => Ok(Self::User),
            "root" => Ok(Self::Root),
            _ => Err(UnknownWord { what: "identity", name: text.to_owned(), known: "user, root" }),
        }
    }
}
