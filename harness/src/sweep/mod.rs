//! One fault at a time, in every call that a linker makes: from scenarios to the runs of a sweep, and what is known of them already.

mod book;
mod plan;
mod stretch;
mod wish;

pub use book::{Book, BookError};
pub use plan::{baselines, fault_runs};
pub use stretch::{Stretch, stretches};
pub use wish::{Wish, WishError};
