//! What the reference linker does when a strategy is refused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::UnknownWord;

/// What the reference linker does when a strategy is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Each file falls back by itself; a package may end up mixed.
    PerFile,
    /// The first file falls back and decides for all; a later refusal is an error, and what was placed stays.
    FirstFile,
    /// A refusal removes everything placed so far, and everything is placed with the next strategy.
    Restart,
    /// The first strategy or none: a refusal removes everything placed so far and is an error.
    Strict,
    /// Everything is placed beside the package's place by one strategy, and then moved there; a refusal begins anew with the next.
    Staged,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 5] = [Self::PerFile, Self::FirstFile, Self::Restart, Self::Strict, Self::Staged];

    /// The words of [`Policy::ALL`].
    pub const NAMES: [&'static str; 5] = ["per-file", "first-file", "restart", "strict", "staged"];

    /// The word that names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Policy {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|policy| policy.name() == text).ok_or_else(|| UnknownWord {
            what: "policy",
            name: text.to_owned(),
            known: "per-file, first-file, restart, strict, staged",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_has_one_word_everywhere() {
        for policy in Policy::ALL {
            assert_eq!(policy.name().parse(), Ok(policy));
            assert_eq!(serde_json::to_value(policy).unwrap(), policy.name());
        }
        let error = "sloppy".parse::<Policy>().unwrap_err();
        assert_eq!(error.known, Policy::ALL.map(Policy::name).join(", "));
    }
}
