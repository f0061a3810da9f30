//! Filesystems in user space, see fuse(4): a directory shown as it is, but for one thing that is refused.
//!
//! Invariant: who shows it is a process of its own in the agent's PID namespace: it ends with the mount, and at the latest with
//! the agent, whoever of them is killed. The kernel then answers what is still asked with ENOTCONN, and nobody waits.

mod link;
mod mount;
mod pass;
mod serve;
mod shown;
mod tree;

pub use mount::mount;
pub use serve::serve;
