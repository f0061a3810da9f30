//! How many runs of a linker there are at once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Several runs of a linker at once, from one cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AtOnce {
    /// How many, at least two.
    pub runs: usize,
    /// Where to.
    pub into: Targets,
}

/// Where several runs place their package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Targets {
    /// All of them into one target.
    One,
    /// Each into a target of its own.
    Each,
}

/// Why a text says of no runs how many there are at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is no number of runs at once; write 2 to {most}, or 2-apart to {most}-apart for as many targets", most = AtOnce::MOST)]
pub struct AtOnceError {
    /// The text as it was given.
    pub text: String,
}

impl AtOnce {
    /// More at once tell nothing more.
    pub const MOST: usize = 64;

    /// The directories in the target that are the targets, one for each run; none where all have one.
    pub fn directories(self) -> impl Iterator<Item = String> {
        let apart = match self.into {
            Targets::One => 0,
            Targets::Each => self.runs,
        };
        (1..=apart).map(|number| number.to_string())
    }
}

impl fmt::Display for AtOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.into {
            Targets::One => write!(f, "{}", self.runs),
            Targets::Each => write!(f, "{}-apart", self.runs),
        }
    }
}

impl FromStr for AtOnce {
    type Err = AtOnceError;

    fn from_str(text: &str) -> Result<Self, AtOnceError> {
        let (runs, into) = text.strip_suffix("-apart").map_or((text, Targets::One), |runs| (runs, Targets::Each));
        match runs.parse() {
            Ok(runs @ 2..=Self::MOST) => Ok(Self { runs, into }),
            _ => Err(AtOnceError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for AtOnce {
    type Error = AtOnceError;

    fn try_from(text: String) -> Result<Self, AtOnceError> {
        text.parse()
    }
}

impl From<AtOnce> for String {
    fn from(at_once: AtOnce) -> Self {
        at_once.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        for (text, runs, into) in [("2", 2, Targets::One), ("8-apart", 8, Targets::Each), ("64", 64, Targets::One)] {
            let at_once = text.parse::<AtOnce>().unwrap();
            assert_eq!((at_once, at_once.to_string().as_str()), (AtOnce { runs, into }, text));
        }
    }

    #[test]
    fn one_alone_is_not_several() {
        for text in ["1", "0", "65", "-apart", "two", "2-together"] {
            assert_eq!(text.parse::<AtOnce>(), Err(AtOnceError { text: text.to_owned() }));
        }
    }
}
