//! What a pair of directories really supports, found by trying: device numbers and filesystem names predict nothing.
//!
//! Invariant: whatever a probe makes it removes, and what it did not make keeps its name, its bytes and its mode.

mod answers;
mod call;

pub use crate::facts::Obstacle;
pub use answers::{Answer, Probe, probe, probe_cache};
pub use call::Call;
