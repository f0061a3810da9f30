//! The record of one scenario's run: what was asked for, what happened to the files, and how the contract was kept.
//!
//! Invariant: an outcome is plain data and complete: reports and snapshots are made from it alone. Its JSON form is what other
//! programs read; a field may be added, never renamed or removed.

mod contract;
mod exit;
mod predicted;
mod report;
mod step;
mod strategy;

pub use contract::{Judgement, Rule, Verdict};
pub use exit::Exit;
pub use predicted::{Ending, Predicted};
pub use report::{Attempt, BrokenSetup, End, Machine, NotRun, Outcome, Report, Said, Seconds, Witnesses};
pub use step::Step;
pub use strategy::{Placement, Strategy};
