//! The two ends of a scenario: on filesystems that exdev makes, or in directories that are there.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pair::Pairing;

/// Where cache and target of a scenario are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ends {
    /// On filesystems that exdev makes.
    Made(Pairing),
    /// In two directories of a person's own, on whatever filesystems those are.
    Given(Directories),
}

/// Two directories of a person's own, by their paths with every symlink followed. They may be one, or in one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Directories {
    /// The one that the cache is made in.
    pub cache: PathBuf,
    /// The one that the target is made in.
    pub target: PathBuf,
}

impl Ends {
    /// What stands for a pairing in the names of scenarios on given directories.
    pub const GIVEN: &'static str = "directories";

    /// The pairing, if exdev makes one.
    #[must_use]
    pub const fn pairing(&self) -> Option<Pairing> {
        match self {
            Self::Made(pairing) => Some(*pairing),
            Self::Given(_) => None,
        }
    }

    /// The directories, if they are given.
    #[must_use]
    pub const fn given(&self) -> Option<&Directories> {
        match self {
            Self::Made(_) => None,
            Self::Given(directories) => Some(directories),
        }
    }

    /// Whether the two are known to be on filesystems that have nothing in common.
    #[must_use]
    pub const fn are_separate(&self) -> bool {
        matches!(self, Self::Made(Pairing::Separate { .. }))
    }
}

impl From<Pairing> for Ends {
    fn from(pairing: Pairing) -> Self {
        Self::Made(pairing)
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(pairing) => pairing.fmt(f),
            Self::Given(_) => f.write_str(Self::GIVEN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pairing_has_the_name_of_given_directories() {
        assert!(Ends::GIVEN.parse::<Pairing>().is_err());
        let given = Ends::Given(Directories { cache: "/c".into(), target: "/t".into() });
        assert_eq!((given.to_string().as_str(), given.pairing()), ("directories", None));
    }
}
