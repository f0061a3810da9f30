//! The package under test: generated, deterministic, with every kind of file that a linker can stumble over.

mod cached;
mod conda;
mod form;
pub mod npm;
mod size;
mod tarball;
mod tree;
mod wheel;

pub use cached::{Expected, cached};
pub use form::{Form, FormError};
pub use size::Size;
pub use tree::{File, Package, package};
pub use wheel::NAME;
