//! Why a placing call was refused, and what to change.
//!
//! Invariant: everything here is pure. A reason is told from the errno and from facts that somebody else has gathered; what the
//! facts do not tell is never guessed from a filesystem's name or a kernel's version.

mod kind;
mod why;

pub use kind::{Confiner, Reason};
pub use why::{Scene, Share, why};
