//! Where scenarios run: an agent inside a kernel, and the client's side of it.

mod afresh;
pub mod agent;
mod at_once;
mod capabilities;
mod cell;
mod child;
mod descendants;
pub mod given;
mod guise;
pub mod here;
mod interrupts;
mod kept;
mod lay_out;
mod learned;
mod name;
mod namespace;
mod nested;
mod output;
pub mod pool;
mod port;
mod prime;
mod prior;
mod process;
mod root;
mod sandbox;
pub mod session;
mod stage;
pub mod uml;
pub mod wire;
mod write_through;

pub use name::{Choice, Kernel};
