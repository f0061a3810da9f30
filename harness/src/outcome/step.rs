//! How far a linker came.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The step that a linker's exit and output are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// It failed while it filled its cache, which it can fill on another filesystem. There was nothing to place, and nothing was
    /// asked of it.
    Prime,
    /// It was asked to place the package from a filled cache.
    Link,
}
