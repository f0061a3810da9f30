//! The guest: User-Mode Linux, a kernel that is an ordinary process and needs neither root nor an image,
//! see <https://docs.kernel.org/virt/uml/user_mode_linux_howto_v2.html>.
//!
//! On the host a *keeper* boots it in namespaces of its own, and watches it; inside, exdev is the first process, and starts an
//! agent. Client and agent talk over the guest's first serial line, which the client holds the other end of.
//!
//! Invariant: the guest's root is the agent's own root as on the host, of which every directory of the host is read-only; and
//! guest and keeper end with the client, whichever is killed.

mod boot;
pub mod init;
mod installed;
pub mod keeper;
mod memory;
mod registers;
mod settings;
