//! What a text says, fact by fact, each with the line that says it.

use super::mounts::Mount;
use super::symptom::Symptom;

/// A fact with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line's number, from 1.
    pub line: usize,
    /// The line.
    pub quote: String,
    /// What it says.
    pub fact: Fact,
}

/// One thing that a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A mount.
    Mount(Mount),
    /// A mount into a container, of which only its place is known, and its kind if it is in memory.
    Container(Mount),
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// What `uv cache dir` printed.
    CacheDir(String),
    /// A command of uv that installs.
    Command(Command),
    /// The directory that commands run in.
    Directory(String),
    /// The user whom a prompt names.
    User(String),
    /// A version of uv.
    Version(String),
    /// What went wrong.
    Symptom(Symptom),
    /// The paths that an error names, in the cache and in the target.
    Paths([Option<String>; 2]),
    /// A linker other than uv.
    OtherLinker(&'static str),
}

/// A command of uv that installs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Which.
    pub verb: Verb,
    /// Whether it was typed, or only talked of.
    pub manner: Manner,
    /// Where it was told to install.
    pub target: Option<String>,
    /// The cache that it was given.
    pub cache: Option<String>,
    /// The mode that it was given.
    pub mode: Option<String>,
}

/// What a command of uv installs into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `uv tool install`: an environment of its own among the tools.
    Tool,
    /// `uv pip install`, `uv sync`, `uv venv` and such: an environment.
    Environment,
}

/// How a command occurs in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// On a line of its own.
    Typed,
    /// In a sentence.
    Mentioned,
}
