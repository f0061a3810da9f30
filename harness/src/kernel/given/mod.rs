//! Directories that a person gives, on whatever filesystems they are: linkers run there as they would without exdev, in no namespace.
//!
//! Two processes see to it that nothing of ours remains. A keeper, see [`keep`], makes a directory of ours in each of the given ones,
//! and removes them when all that came of the process beside it has ended. Agents, which that process starts as it starts others, work
//! in these directories alone.
//!
//! Invariant: nothing else in the given directories is touched, and no mount, no user and no namespace is made. If everything is killed at
//! once, by a signal that no process can handle, the directories remain, but no process does.

mod error;
mod keep;
mod names;
mod offer;
mod remove;
mod room;
mod site;

pub use error::GivenError;
pub use keep::{Kept, keep};
pub(super) use names::names;
pub(super) use offer::offer;
pub(super) use remove::remove;
pub(super) use room::is_full;
pub use site::{Site, directories};
