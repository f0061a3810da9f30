//! The package under test: generated, deterministic, with every kind of file that a linker can stumble over.

mod cached;
mod tree;
mod wheel;

pub use tree::{File, Package, WriteError, package};
pub use wheel::{NAME, WheelError, wheel};
