//! Gets the programs under test: pinned by a lock, verified, and kept in a cache directory.

#[cfg(test)]
mod bench;
mod client;
mod error;
mod fetch;
mod lists;
mod lock;
mod npm;
mod origin;
mod pip;
mod program;
mod resolve;
#[cfg(test)]
mod script;
mod slot;
mod system;
mod tarball;
#[cfg(test)]
mod tests;
mod verify;
mod wheel;

pub use client::Client;
pub use error::StoreError;
pub use lock::{Lock, LockError, Pin};
pub use resolve::{Found, Store, cache_dir};
