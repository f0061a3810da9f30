//! What a person or a program reads of a run: tables, findings, cards, JSON, `JUnit`, and the progress while it lasts.
//!
//! Invariant: everything here is made from a [`Report`](crate::outcome::Report), from what a probe found, or from the catalogue, alone; nothing looks at the machine but
//! [`Style::terminal`], [`Progress`] and the writing of files.

mod card;
mod catalogue;
mod cell;
mod claims;
mod entry;
mod explained;
mod files;
mod findings;
mod forecast;
mod grid;
mod json;
mod junit;
mod matrix;
mod probe;
mod progress;
mod repro;
mod ruled;
#[cfg(test)]
mod sample;
mod scores;
mod style;
mod swept;
mod time;

pub use card::{card, did, places};
pub use catalogue::{catalogue, catalogue_markdown};
pub use claims::{Claimed, claims, claims_json};
pub use explained::explained;
pub use files::{WriteError, check_writable, write};
pub use findings::findings;
pub use json::{explained_schema, probe_schema, schema, to_json};
pub use junit::{JunitError, to_junit};
pub use matrix::matrix;
pub use probe::{Probed, probed};
pub use progress::Progress;
pub use repro::{Verdict, repro_json, understood, verdicts};
#[cfg(test)]
pub(crate) use sample::{Sample, outcome_of};
pub use scores::scores;
pub use style::{Colour, Style};
pub use swept::{Detail, swept};
pub use time::spent;
