//! The rules of the contract, and how they are judged.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rules of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Rule {
    /// Complete: every file of the package and nothing else.
    C1,
    /// Faithful: bytes, permission bits and symlinks are those of the package.
    C2,
    /// Uniform: one strategy for the package.
    C3,
    /// Economical: nothing was copied that could have been linked.
    C4,
    /// Honest: it said what it did.
    C5,
    /// Cache-safe: the cache is as before.
    C6,
    /// Isolated: writing into the target changes the cache only through a hard link or symlink that the mode has, and no other file.
    C7,
    /// Clean failure: on a nonzero exit the target is as before, or complete.
    C8,
    /// Recoverable: running again after a failure heals.
    C9,
    /// Concurrent: several at once do no harm.
    C10,
    /// Contained: nothing outside cache, target and the temporary directory was touched.
    C11,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: [Self; 11] = [
        Self::C1,
        Self::C2,
        Self::C3,
        Self::C4,
        Self::C5,
        Self::C6,
        Self::C7,
        Self::C8,
        Self::C9,
        Self::C10,
        Self::C11,
    ];

    /// The rule's one-word name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::C1 => "complete",
            Self::C2 => "faithful",
            Self::C3 => "uniform",
            Self::C4 => "economical",
            Self::C5 => "honest",
            Self::C6 => "cache-safe",
            Self::C7 => "isolated",
            Self::C8 => "clean failure",
            Self::C9 => "recoverable",
            Self::C10 => "concurrent",
            Self::C11 => "contained",
        }
    }
}

/// Whether a rule was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// Kept.
    #[serde(rename = "kept")]
    Kept,
    /// Broken; the evidence says by what.
    #[serde(rename = "broken")]
    Broken,
    /// Not judged; the evidence says why not.
    #[serde(rename = "not judged")]
    NotJudged,
}

/// A verdict with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// Kept, broken or not judged.
    pub verdict: Verdict,
    /// Broken: the files and lines that break it. Not judged: the reason. Kept: mostly nothing; C7 says what ties the two trees.
    pub evidence: Vec<String>,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::NotJudged => "not judged",
        })
    }
}
