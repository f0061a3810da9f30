//! The command line: one file per command. Results go to standard output, progress and diagnostics to standard error.

mod agent;
mod doctor;
mod entry;
mod exec;
mod exit;
mod explain;
mod fetch;
mod given;
mod kernels;
mod link;
mod list;
mod probe;
mod registry;
mod reported;
mod repro;
mod run;
mod select;
mod shell;
mod show;
mod sweep;

pub use entry::main;
