//! Words that a person writes and that name one of a few things.

use thiserror::Error;

/// A word that names nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {what} `{name}`; known are {known}")]
pub struct UnknownWord {
    /// What kind of thing was looked for.
    pub what: &'static str,
    /// The word as it was given.
    pub name: String,
    /// The words that would have been understood.
    pub known: &'static str,
}
