//! NFS between the kernel's own server and its own client, both in the agent's network namespace.
//!
//! Invariant: all of it (server, daemons, exports) ends with the agent's namespaces, and no other server of the machine is
//! touched.

mod client;
mod daemons;
mod depot;
mod exports;
mod imports;
mod server;
mod system;

pub use depot::{Depot, Shelf};
pub use exports::{Access, Export};
pub use imports::Imports;
