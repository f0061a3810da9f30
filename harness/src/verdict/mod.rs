//! What a run means: how each file was placed, which rules were kept, and why the first strategy was not used.
//!
//! Invariant: a verdict is a pure function of scenario and record.

mod cache;
mod case;
mod concurrent;
mod contained;
mod did;
mod failure;
mod files;
mod honesty;
mod judge;
mod reason;
mod recovery;
#[cfg(test)]
mod sample;
mod ties;
mod uniformity;

pub use judge::judge;
