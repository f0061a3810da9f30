//! From the text of a report to the scenarios that show the same: `exdev repro`.
//!
//! Invariant: a text is data. Nothing in it is run, no path in it is opened, and nothing of it comes to a terminal with its control
//! characters.

mod commands;
mod decide;
mod ends;
mod facts;
mod gather;
mod json;
mod kinds;
mod mounts;
mod pair;
mod paths;
mod places;
mod shell;
mod symptom;
mod text;
mod understanding;
mod words;

pub use decide::understand;
pub use symptom::{End as SymptomEnd, Reproduction, Symptom};
pub use text::MOST;
pub use understanding::{Case, Finding, NotUnderstood, Understanding};
