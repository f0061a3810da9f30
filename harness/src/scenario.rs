//! A scenario: which linker, in which mode, on which pairing, with which package.
//!
//! Invariant: a scenario is a value without state; two equal scenarios give two equal outcomes.

mod at_once;
mod prior;

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::linker::Linker;
use crate::package::Size;
use crate::pairing::Ends;
use crate::trace::Fault;
use crate::word::UnknownWord;

pub use at_once::{AtOnce, AtOnceError, Targets};
pub use prior::Prior;

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
    pub ends: Ends,
    /// The package that is placed.
    pub package: Size,
    /// As whom the linker runs.
    pub identity: Identity,
    /// What is in the target before.
    pub prior: Prior,
    /// How many runs there are at once; `None` for one.
    pub at_once: Option<AtOnce>,
    /// What is to go wrong while it links.
    pub faults: Vec<Fault>,
    /// How long the linker may take for each of its commands.
    pub limit: Duration,
}

/// How long a linker may take unless told otherwise. The slowest of them places 20,000 files in a few seconds.
pub const LIMIT: Duration = Duration::from_secs(120);

impl Scenario {
    /// A linker in its first mode on these ends, placing the small package as an ordinary user.
    #[must_use]
    pub fn new(linker: Linker, ends: impl Into<Ends>) -> Self {
        let mode = linker.adapter().modes().first().copied().unwrap_or_default().to_owned();
        let (package, identity, prior) = (Size::Small, Identity::User, Prior::Empty);
        Self {
            linker,
            mode,
            ends: ends.into(),
            package,
            identity,
            prior,
            at_once: None,
            faults: Vec::new(),
            limit: LIMIT,
        }
    }

    /// The scenario's name, unique in a run: `LINKER/MODE/PAIRING/PACKAGE` (with `directories` for a pairing where they are given), with `/root` behind it where the linker runs as root,
    /// then what is in the target before, then how many runs there are at once, and behind that each fault.
    #[must_use]
    pub fn id(&self) -> String {
        let Self { linker, mode, ends, package, identity, prior, at_once, faults, .. } = self;
        let identity = match identity {
            Identity::User => "",
            Identity::Root => "/root",
        };
        let prior = match prior {
            Prior::Empty => String::new(),
            prior => format!("/over-{prior}"),
        };
        let at_once = at_once.map(|at_once| format!("/at-once-{at_once}")).unwrap_or_default();
        let id = format!("{linker}/{mode}/{ends}/{package}{identity}{prior}{at_once}");
        faults.iter().fold(id, |id, fault| format!("{id}/{fault}"))
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
