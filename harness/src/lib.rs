//! What a linker (uv, pnpm, bun, git, ...) really does to each file when its cache and its target are on different filesystems.
//!
//! The road of the data goes one way:
//! scenario, plan, agent (provision, prime, link under the supervisor of `trace`, observe), verdict, outcome, report.
//! A scenario may come from the text of a report, which `repro` understands, or from the `catalogue` of those that are known.
//! A `sweep` is many scenarios made of one, each with a fault in another call.
//! Only the agent touches mounts, devices and processes; everything before it and after it is pure. `explain` has a command of the
//! user's own watched in the same way, where it is; `probe` asks two directories of theirs.

pub mod catalogue;
mod clear;
pub mod cli;
pub mod errno;
pub mod explain;
pub mod facts;
pub mod filesystem;
pub mod kernel;
pub mod linker;
pub mod normalize;
pub mod observe;
pub mod outcome;
pub mod package;
pub mod pairing;
pub mod plan;
pub mod predict;
pub mod probe;
pub mod reason;
pub mod registry;
pub mod report;
pub mod repro;
pub mod run;
pub mod scenario;
pub mod sweep;
mod sys;
pub mod trace;
pub mod units;
pub mod verdict;
pub mod word;
