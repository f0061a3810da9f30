//! From a selection to the scenarios that run: expand, filter, shard.
//!
//! Invariant: a plan is never empty. Selecting nothing is an error, not a success.

use std::collections::HashSet;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::linker::{Adapter, Linker};
use crate::package::Size;
use crate::pairing::Ends;
use crate::scenario::{AtOnce, Identity, Prior, Scenario};
use crate::trace::Fault;

/// What is to be run: every combination.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// The linkers under test.
    pub linkers: Vec<Linker>,
    /// The modes, in the linkers' own words; [`Matrix::ALL`] is every one, and none is the first of each linker.
    pub modes: Vec<String>,
    /// Where cache and target sit.
    pub ends: Vec<Ends>,
    /// The package.
    pub package: Size,
    /// As whom the linkers run.
    pub identity: Identity,
    /// What is in each target before.
    pub prior: Prior,
    /// How many runs there are at once in each of them.
    pub at_once: Option<AtOnce>,
    /// What is to go wrong in each of them.
    pub faults: Vec<Fault>,
    /// How long a linker may take.
    pub limit: Duration,
}

/// One part of a plan that is run in several parts, on several machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub part: usize,
    /// How many parts.
    pub of: usize,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    /// No linker has this mode.
    #[error("there is no mode `{mode}`; {known}")]
    UnknownMode {
        /// The mode as it was given.
        mode: String,
        /// The modes that each linker has.
        known: String,
    },
    /// Nothing is left to run.
    #[error("nothing was selected: no scenario out of {all} matches {filters}; `exdev list scenarios` shows them")]
    Nothing {
        /// How many there were before the filters.
        all: usize,
        /// The filters and the shard.
        filters: String,
    },
    /// Something that names no shard.
    #[error("`{text}` is no shard; write PART/PARTS, for example 1/4")]
    NoShard {
        /// The text as it was given.
        text: String,
    },
}

impl Matrix {
    /// The word for every mode.
    pub const ALL: &str = "all";

    /// Every combination, each once, in the order of the linkers, then the modes, then the ends.
    pub fn expand(&self) -> Result<Vec<Scenario>, PlanError> {
        let adapters: Vec<_> = self.linkers.iter().map(Linker::adapter).collect();
        self.modes.iter().try_for_each(|mode| self.check(mode, &adapters))?;
        let mut scenarios = Vec::new();
        for (linker, adapter) in self.linkers.iter().zip(&adapters) {
            let modes = adapter.modes();
            let first = modes.first().copied();
            for mode in modes.into_iter().filter(|mode| self.wants(mode, first)) {
                scenarios.extend(self.ends.iter().map(|ends| Scenario {
                    linker: linker.clone(),
                    mode: mode.to_owned(),
                    ends: ends.clone(),
                    package: self.package,
                    identity: self.identity,
                    prior: self.prior,
                    at_once: self.at_once,
                    faults: self.faults.clone(),
                    limit: self.limit,
                }));
            }
        }
        // What was asked for twice is run once.
        let mut seen = HashSet::new();
        scenarios.retain(|scenario| seen.insert(scenario.id()));
        Ok(scenarios)
    }

    /// Whether this mode is wanted of a linker whose first one is that.
    fn wants(&self, mode: &str, first: Option<&str>) -> bool {
        match self.modes.as_slice() {
            [] => first == Some(mode),
            modes => modes.iter().any(|wanted| wanted == mode || wanted == Self::ALL),
        }
    }

    /// Linkers have different words for what they can do. A word that one of them has is meant for that one.
    fn check(&self, mode: &str, adapters: &[Box<dyn Adapter>]) -> Result<(), PlanError> {
        if mode == Self::ALL || adapters.iter().any(|adapter| adapter.modes().contains(&mode)) {
            return Ok(());
        }
        let known = self.linkers.iter().zip(adapters);
        let known = known.map(|(linker, adapter)| format!("{linker} has {}", adapter.modes().join(", ")));
        Err(PlanError::UnknownMode { mode: mode.to_owned(), known: known.collect::<Vec<_>>().join("; ") })
    }
}

/// Keeps the scenarios that a filter matches (any of them, when there are several), and of these one shard.
///
/// A filter matches a part of a scenario's name, in which `_` stands for `:` and `+` too, as in the names of tests.
pub fn select(scenarios: Vec<Scenario>, filters: &[String], shard: Option<Shard>) -> Result<Vec<Scenario>, PlanError> {
    let all = scenarios.len();
    let plain = |text: &str| text.replace([':', '+'], "_");
    let matches = |scenario: &Scenario| {
        filters.is_empty() || filters.iter().any(|filter| plain(&scenario.id()).contains(&plain(filter)))
    };
    let mut kept: Vec<_> = scenarios.into_iter().filter(matches).collect();
    if let Some(Shard { part, of }) = shard {
        kept = kept.into_iter().skip(part - 1).step_by(of).collect();
    }
    if kept.is_empty() {
        let shard = shard.map(|Shard { part, of }| format!("shard {part}/{of}"));
        let filters: Vec<_> = filters.iter().map(|filter| format!("`{filter}`")).chain(shard).collect();
        return Err(PlanError::Nothing { all, filters: filters.join(", ") });
    }
    Ok(kept)
}

impl FromStr for Shard {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let read = || {
            let (part, of) = text.split_once('/')?;
            let shard = Self { part: part.parse().ok()?, of: of.parse().ok()? };
            (1..=shard.of).contains(&shard.part).then_some(shard)
        };
        read().ok_or_else(|| PlanError::NoShard { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::Family;
    use crate::linker::reference::Policy;
    use crate::scenario::LIMIT;

    fn scenarios() -> Vec<Scenario> {
        let policy = Policy::PerFile;
        let linker = Linker::new(Family::REFERENCE, policy.name(), "1");
        let pairings = ["ext4", "ext4:xfs", "xfs:ext4", "btrfs+subvolume"];
        let matrix = Matrix {
            linkers: vec![linker],
            modes: vec!["default".to_owned(), "copy".to_owned()],
            ends: pairings.iter().map(|pairing| Ends::Made(pairing.parse().unwrap())).collect(),
            package: Size::Small,
            identity: Identity::User,
            prior: Prior::Empty,
            at_once: None,
            faults: Vec::new(),
            limit: LIMIT,
        };
        matrix.expand().unwrap()
    }

    fn ids(scenarios: &[Scenario]) -> Vec<String> {
        scenarios.iter().map(Scenario::id).collect()
    }

    #[test]
    fn a_filter_matches_in_either_spelling() {
        let colon = select(scenarios(), &["copy/ext4:xfs".to_owned()], None).unwrap();
        let test_name = select(scenarios(), &["copy/ext4_xfs".to_owned()], None).unwrap();
        assert_eq!(ids(&colon), ["reference@per-file/copy/ext4:xfs/small"]);
        assert_eq!(ids(&test_name), ids(&colon));
    }

    #[test]
    fn shards_are_the_whole_and_do_not_overlap() {
        let shards = (1..=3).map(|part| select(scenarios(), &[], Some(Shard { part, of: 3 })).unwrap());
        let mut together: Vec<_> = shards.flat_map(|shard| ids(&shard)).collect();
        let mut whole = ids(&scenarios());
        together.sort();
        whole.sort();
        assert_eq!(together, whole);
    }

    #[test]
    fn selecting_nothing_is_an_error() {
        assert_eq!(
            select(scenarios(), &["nfs".to_owned()], None).map_err(|error| error.to_string()),
            Err("nothing was selected: no scenario out of 8 matches `nfs`; `exdev list scenarios` shows them"
                .to_owned())
        );
    }

    #[test]
    fn a_shard_is_a_part_of_parts() {
        assert_eq!("2/3".parse(), Ok(Shard { part: 2, of: 3 }));
        for text in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert_eq!(text.parse::<Shard>(), Err(PlanError::NoShard { text: text.to_owned() }));
        }
    }
}
