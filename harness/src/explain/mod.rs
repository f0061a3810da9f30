//! What a command of the user's own placed, by which strategy, and why others were refused: `exdev explain`.
//!
//! The command runs as it is, under the supervisor of [`crate::trace`]. What its trace means is pure; only the ends of what was
//! refused are looked at afterwards.

mod command;
mod discreet;
mod explanation;
mod fallbacks;
mod groups;
mod instead;
mod settings;

pub use command::{ExplainError, explain};
pub(crate) use discreet::Discreet;
pub use explanation::{Explained, Explanation, Fallback, Group, Refusal};
