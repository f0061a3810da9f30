//! What a person meets on the command line: the exit code and the exact sentence, above all where something is wrong.
//!
//! Every test runs the real program in an environment of its own. A test that needs root asserts, for anyone else, what they
//! are told instead.

#![expect(clippy::unwrap_used, reason = "clippy knows the functions that are tests, not the ones that serve them")]

/// Runs the program, and asserts on what it said.
mod exdev;

/// Where the program sees other mounts than its machine has.
mod privately;

/// What cannot be meant: exit code 2, before anything is done.
mod usage;

/// Locks that are wrong.
mod lock;

/// Linkers that cannot be fetched: exit code 69, and nothing is installed.
mod fetch;

/// What this machine lacks, and what is full.
mod setup;

/// What keeps a guest from being booted, and what must not.
mod guest;

/// Guests that end before they are asked to.
mod ended;

/// Commands and shells on filesystems made for them, of which nothing is left.
mod exec;

/// Runs that end: their exit codes, `--json` and `--out`.
mod results;

/// What a pasted report is answered with.
mod repro;

/// Linkers that a person describes in a TOML file.
mod custom;

/// A person's own build of uv, and how badly it may behave.
mod own_build;

/// Linkers in directories of a person's own, of which nothing is left.
mod given;

/// Commands beside a registry that has the package.
mod registry;

/// What two directories support, and what linkers will do with them.
mod probe;

/// Linkers that are watched: that watching changes nothing, whatever they do.
mod traced;

/// Why a command of one's own did not place its files otherwise.
mod explain;

/// Commands that are explained: how they end, what is passed through, and that nothing of them is left.
mod explain_ends;
