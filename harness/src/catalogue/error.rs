//! Why there is no such row.

use thiserror::Error;

/// Why the catalogue cannot give what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CatalogueError {
    /// A file is no row.
    #[error("the case scenarios/issues/{name}.toml is malformed at line {line}: {problem}")]
    Malformed {
        /// The row.
        name: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A file says something that cannot be.
    #[error("the case scenarios/issues/{name}.toml is wrong: {problem}")]
    Wrong {
        /// The row.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// No row has this name.
    #[error("there is no reported case `{name}`; the nearest are {}; `exdev list scenarios` shows them all", nearest.join(", "))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The names that are most like it.
        nearest: Vec<String>,
    },
    /// The row is there, and nothing of it can be run.
    #[error("the reported case {name} has no scenario: {reason}")]
    Elsewhere {
        /// The row.
        name: String,
        /// Why not.
        reason: String,
    },
}
