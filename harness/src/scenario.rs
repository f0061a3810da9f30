//! A scenario: which linker, in which mode, on which pairing, with which package.
//!
//! Invariant: a scenario is a value without state; two equal scenarios give two equal outcomes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::linker::Linker;
use crate::package::{Package, Size, package};
use crate::pairing::Pairing;
use crate::word::UnknownWord;

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

    /// The package's files: those that both ends of the pairing can hold.
    #[must_use]
    pub fn contents(&self) -> &'static Package {
        package(self.package, self.pairing.names())
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
