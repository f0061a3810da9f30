//! What is on disk: a tree's inodes, modes, bytes, symlinks and extents.

mod extents;
mod tree;

pub use extents::{Extents, extents};
pub(crate) use tree::hex;
pub use tree::{Depth, Kind, Node, ObserveError, Tree, observe};
