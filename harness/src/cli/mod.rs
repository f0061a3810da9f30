//! The command line: one file per command. Results go to standard output, progress and diagnostics to standard error.

mod agent;
mod doctor;
mod entry;
mod exit;
mod fetch;
mod link;
mod list;
mod probe;
mod repro;
mod run;
mod select;

pub use entry::main;
