//! Where scenarios run: an agent inside a kernel, and the client's side of it.

pub mod agent;
mod capabilities;
mod cell;
pub mod host;
mod lay_out;
mod namespace;
mod process;
mod root;
pub mod wire;
mod write_through;
