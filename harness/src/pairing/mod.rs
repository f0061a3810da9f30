//! Where cache and target sit and how the two places relate: the grammar `FS`, `CACHE:TARGET`, `FS+RELATION`. Or in directories that
//! a person gives.
//!
//! Invariant: a `Pairing` that exists can be meant; what no kernel could ever make (`ext4+subvolume`) is refused here, while
//! parsing. Whether *this* kernel can make it is only known by trying, in the agent.

mod ends;
mod error;
mod filesystem;
mod fuse;
mod names;
mod nfs;
mod pair;
mod relation;

pub use ends::{Directories, Ends};
pub use error::PairingError;
pub use filesystem::{Base, Filesystem};
pub use fuse::Limit as FuseLimit;
pub use names::{Characters, Names};
pub use nfs::{Nfs, Over as NfsOver, Version as NfsVersion};
pub use pair::Pairing;
pub use relation::Relation;
