//! What an explanation holds; its JSON form is what people attach to a report, and what `exdev repro` reads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::{EndFacts, FileFacts, ProcessFacts};
use crate::outcome::{Exit, Strategy};
use crate::reason::Reason;

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// exdev's version.
    pub exdev: String,
    /// The release of the kernel, as `uname -r` prints it.
    pub kernel_release: String,
    /// What it is about.
    pub explanation: Explanation,
}

/// What a command did. Paths below the home directory begin with `~`; nothing else of the environment is in here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The command, without what looks like a secret.
    pub command: Vec<String>,
    /// How it ended.
    pub exit: Exit,
    /// The program's name, if it is one whose settings exdev knows.
    pub linker: Option<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The files that are there now because of it, by strategy and directory.
    pub placed: Vec<Group>,
    /// The strategies that were refused.
    pub fallbacks: Vec<Fallback>,
    /// What else was refused, if the command failed; and renames from one filesystem to another.
    pub refused: Vec<Refusal>,
    /// The process that ran it, and what restricts that.
    pub process: ProcessFacts,
    /// What kept calls from being seen.
    pub unseen: Vec<String>,
    /// How many processes it left running, which were ended.
    pub left_running: usize,
}

/// Files that were placed alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// The strategy; `None` of files that were written, not placed from others.
    pub strategy: Option<Strategy>,
    /// By which calls a copy was made: `copy_file_range`, `sendfile` or `write`.
    pub by: Option<String>,
    /// How many files.
    pub files: usize,
    /// The directory that holds them all.
    pub directory: String,
    /// What is mounted there: type and source.
    pub mounted: Option<String>,
}

/// A strategy that was refused, for one reason, and answered in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fallback {
    /// The strategy.
    pub strategy: Strategy,
    /// The errno's name.
    pub errno: String,
    /// Of how many files.
    pub files: usize,
    /// Why, in words.
    pub reason: String,
    /// Why, for programs.
    pub kind: Reason,
    /// By what those files were placed after that; `None` if they were not.
    pub then: Option<Strategy>,
    /// How many others were copied to where those were to be, by a command that no longer tried: most linkers stop at the first
    /// refusal.
    pub untried: usize,
    /// One of those files.
    pub from: String,
    /// Where it was to be.
    pub to: String,
    /// What can be seen of that file, if it is still there.
    pub file: Option<FileFacts>,
    /// Where that file is.
    pub cache: EndFacts,
    /// Where it was to be placed.
    pub target: EndFacts,
    /// What to change: any of these.
    pub advice: Vec<String>,
}

/// A call that was refused, and that no other strategy answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The class of the call.
    pub class: String,
    /// The errno's name.
    pub errno: String,
    /// How many of them.
    pub calls: usize,
    /// What one of them was about.
    pub path: String,
}
