//! A registry of one package, for npm and its kin.

mod packument;
mod serve;

pub use packument::{Detail, packument};
pub use serve::Registry;
