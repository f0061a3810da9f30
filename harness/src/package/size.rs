//! Which package is placed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::UnknownWord;

/// Which package is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// About thirty files of every kind.
    Small,
    /// The same, and another package of as many files beside it.
    Pair,
    /// 20,000 files.
    Large,
}

impl Size {
    /// The word that names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Pair => "pair",
            Self::Large => "large",
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Size {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "small" => Ok(Self::Small),
            "pair" => Ok(Self::Pair),
            "large" => Ok(Self::Large),
            _ => Err(UnknownWord { what: "package", name: text.to_owned(), known: "small, pair, large" }),
        }
    }
}
