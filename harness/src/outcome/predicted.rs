//! What was to be expected of a run, before it was made.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::strategy::Placement;

/// What is expected of a linker in one mode, from what the two directories tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Predicted {
    /// How a package will be placed.
    pub strategy: Placement,
    /// Whether the linker will say a word of a fallback.
    pub warns: bool,
    /// How it will end.
    pub ends: Ending,
    /// What may go wrong, now or later, in one sentence.
    pub risk: Option<String>,
}

/// How a linker ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// It succeeds: every file is placed.
    Complete,
    /// It fails, and leaves the files that it had placed.
    Partial,
    /// It fails, and leaves nothing.
    Nothing,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Complete => "complete",
            Self::Partial => "fails, partial",
            Self::Nothing => "fails",
        })
    }
}
