//! Commands of the caller's own: filesystems are made, the command runs on them as the caller, and then they are gone.
//!
//! On the host the agent is a fork of the caller's exdev, so that the command inherits whatever the caller gave it; in a guest all
//! that it reads and writes goes over the stream.

mod attend;
mod callers;
mod conduct;
mod errand;
mod guest;
mod pipes;
mod run;
mod serve;
mod signals;
mod terminal;

pub use attend::Desk;
pub use errand::{CHUNK, Caller, Ending, Errand, Made, Start, Told, Word};
pub use run::{Finish, run};
pub use serve::View;
pub use terminal::size as terminal;
