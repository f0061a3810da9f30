//! The catalogue: every case that was reported, or that only a measurement found, as a row with scenarios whose claims are exact.
//!
//! Invariant: a row is a file of `scenarios/issues`, built in, and its name is the file's. A row that has no scenario says why.

mod claim;
mod error;
mod find;
mod row;

pub use claim::Claim;
pub use error::CatalogueError;
pub use find::{find, rows};
pub use row::Row;
