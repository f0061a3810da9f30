//! What a pair of directories really supports, found by trying: device numbers and filesystem names predict nothing.
//!
//! Invariant: whatever a probe makes it removes, and what it did not make keeps its name, its bytes and its mode.

mod answers;
mod attempt;
mod call;
mod error;
mod findings;
mod refused;
#[cfg(test)]
pub(crate) mod sample;
mod scratch;
mod survey;

pub use crate::facts::Obstacle;
pub use answers::{Answer, Probe, probe, probe_cache};
pub use attempt::Got;
pub use call::Call;
pub use error::ProbeError;
pub use findings::{Findings, Subject, Try, findings};
pub use refused::Refused;
pub use survey::{Shelf, Survey, Suspect};
