//! What is no pairing.

use thiserror::Error;

use super::filesystem::Filesystem;
use super::relation::Relation;

/// Why a text is no pairing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PairingError {
    /// A filesystem that exdev does not make.
    #[error("unknown filesystem `{name}`; known are {}", names(Filesystem::ALL.map(Filesystem::name)))]
    UnknownFilesystem {
        /// The name as it was given.
        name: String,
    },
    /// A relation that exdev does not make.
    #[error("unknown relation `+{name}`; known are {}", names(Relation::ALL.map(Relation::name)))]
    UnknownRelation {
        /// The name as it was given, without the plus sign.
        name: String,
    },
    /// A relation that the filesystem can never have.
    #[error("`{filesystem}+{relation}` cannot exist: {because}")]
    Impossible {
        /// The filesystem.
        filesystem: Filesystem,
        /// The relation.
        relation: Relation,
        /// What the relation needs.
        because: &'static str,
    },
}

fn names<const N: usize>(all: [&str; N]) -> String {
    all.join(", ")
}
