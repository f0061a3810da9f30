//! The package under test: generated, deterministic, with every kind of file that a linker can stumble over.

mod cached;
mod size;
mod tree;
mod wheel;

pub use size::Size;
pub use tree::{File, Package, WriteError, package};
pub use wheel::{NAME, WheelError, wheel};
