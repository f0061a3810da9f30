//! Gets the programs under test: pinned by a lock, verified, and kept in a cache directory.

mod error;
mod lock;
mod pip;
mod program;
mod resolve;
#[cfg(test)]
mod script;
mod wheel;

pub use error::StoreError;
pub use lock::{Lock, LockError, Pin};
pub use resolve::{Found, Store, cache_dir};
