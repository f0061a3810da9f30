//! What is in the target before the linker places its package.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::UnknownWord;

/// What is in the target before, beside what the linker wants there itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Nothing.
    #[default]
    Empty,
    /// The same package, placed by the same linker.
    Same,
    /// Every file of the package with other bytes, as of an older version that nothing is known of.
    Stale,
    /// At every path in the package's own directory a hard link to another file in the cache: as another package with the same
    /// modules was placed.
    Linked,
    /// Files of somebody else, beside the package's and among them.
    Foreign,
    /// A target directory that nobody but root may write to.
    ReadOnly,
    /// A file where the package has its first directory.
    FileInTheWay,
    /// A directory, with a file in it, where the package has a file.
    DirectoryInTheWay,
}

impl Prior {
    /// Every one, in the order in which lists show them.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::Same,
        Self::Stale,
        Self::Linked,
        Self::Foreign,
        Self::ReadOnly,
        Self::FileInTheWay,
        Self::DirectoryInTheWay,
    ];

    /// The word that names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Same => "same",
            Self::Stale => "stale",
            Self::Linked => "linked",
            Self::Foreign => "foreign",
            Self::ReadOnly => "read-only",
            Self::FileInTheWay => "file-in-the-way",
            Self::DirectoryInTheWay => "directory-in-the-way",
        }
    }
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Prior {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|prior| prior.name() == text).ok_or_else(|| UnknownWord {
            what: "state of the target",
            name: text.to_owned(),
            known: "empty, same, stale, linked, foreign, read-only, file-in-the-way, directory-in-the-way",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_one_word_everywhere() {
        for prior in Prior::ALL {
            assert_eq!(prior.name().parse(), Ok(prior));
            assert_eq!(serde_json::to_value(prior).unwrap(), prior.name());
        }
        let error = "full".parse::<Prior>().unwrap_err();
        assert_eq!(error.known, Prior::ALL.map(Prior::name).join(", "));
    }
}
