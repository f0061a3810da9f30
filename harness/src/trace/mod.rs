//! What a linker did: every placing system call of its whole process tree, watched by `seccomp_unotify(2)`, and faults in them.
//!
//! Nothing is attached to the linker (no ptrace, no `LD_PRELOAD`), so it may be static, have many threads, and start others. A
//! supervisor makes the calls in its stead, so that the errno that is recorded is the one that it got.
//!
//! Invariant: what was not seen is in the trace as well, as a gap or as an answer that is [`Answer::Unseen`].

mod call;
mod class;
mod concern;
mod context;
mod disguise;
mod event;
mod fault;
mod filter;
mod install;
mod limit;
mod memory;
mod paths;
mod perform;
mod placed;
mod sandbox;
mod signature;
mod spelling;
mod status;
mod supervisor;
mod walk;

pub use class::Class;
pub use event::{Answer, Event, Gap, Trace};
pub use fault::{Effect, Fault, FaultError, Faults, Ordinals};
pub use filter::Scope;
pub use install::{Watched, Watching, watch};
pub use placed::{By, placed};
pub use supervisor::{Stop, Supervisor};

pub use crate::sys::seccomp::WakeUp;
