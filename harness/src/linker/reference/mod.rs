//! The reference linker, `exdev link`: a linker whose every step is known, with the policies that real ones have or had.

mod adapter;
mod link;
mod made;
mod mode;
pub mod model;
mod place;
mod policy;
#[cfg(test)]
mod properties;
mod said;
mod staged;
mod steps;

pub use adapter::{KIND, Reference};
pub use link::{Job, LinkError, link};
pub use mode::Mode;
pub use policy::Policy;
pub use said::{Fallback, Left, Line, Refused, Summary};
pub use steps::{Placing, Steps, link_with};
