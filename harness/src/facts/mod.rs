//! What is known of two ends and of the process that would place files, found by looking: what a maintainer asks a reporter for.
//!
//! Invariant: looking changes nothing, and needs no privilege; what cannot be seen is `None`, never a guess.

mod confinement;
mod end;
mod file;
mod mount;
mod process;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use confinement::{Confinement, confinement};
pub use end::{EndFacts, FactsError, Flag, Room, end, whereabouts};
pub use file::{FileFacts, Obstacle, file};
pub use mount::{Nfs, Overlay, nfs, overlay};
pub use process::{ProcessFacts, process};

use crate::reason::{Scene, Share};

/// What is known of cache and target, and of who would place files from one into the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Facts {
    /// The cache, or a file in it.
    pub cache: EndFacts,
    /// The target, or the directory that a file was to be in.
    pub target: EndFacts,
    /// The process that looked.
    pub process: ProcessFacts,
}

impl Facts {
    /// What a refusal between these two ends is told from. `obstacle` is what stands in the way of the cached file itself.
    #[must_use]
    pub const fn scene(&self, obstacle: Option<Obstacle>, share: Share) -> Scene<'_> {
        Scene { cache: &self.cache.end, target: &self.target.end, obstacle, share, name: None, facts: Some(self) }
    }
}

/// Looks at both ends and at this process.
///
/// # Errors
/// One of the two is not there, or cannot be looked at.
pub fn facts(cache: &Path, target: &Path) -> Result<Facts, FactsError> {
    Ok(Facts { cache: end(cache)?, target: end(target)?, process: process() })
}
