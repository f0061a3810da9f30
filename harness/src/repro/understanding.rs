//! What was understood of a text, and why a text was not.

use serde::Serialize;
use thiserror::Error;

use crate::linker::LinkerName;
use crate::package::Size;
use crate::pairing::Pairing;
use crate::scenario::Identity;

use super::symptom::Symptom;
use super::text::{printable, shortened};

/// What was understood of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Understanding {
    /// What the text says, in its order.
    pub findings: Vec<Finding>,
    /// What it does not say, and why it is taken to be so.
    pub assumed: Vec<String>,
    /// What is run for it.
    pub cases: Vec<Case>,
}

/// One thing that the text says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The line's number, from 1; none in JSON.
    pub line: Option<usize>,
    /// The line, shortened.
    pub quote: String,
    /// What is read from it.
    pub means: String,
}

/// A scenario whose linker is not fetched yet, and what should be seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The linker under test.
    pub linker: LinkerName,
    /// Its mode.
    pub mode: String,
    /// Where cache and target sit.
    pub pairing: Pairing,
    /// Why there.
    pub because: String,
    /// The package.
    pub package: Size,
    /// As whom it runs.
    pub identity: Identity,
    /// What was reported, if anything.
    pub symptom: Option<Symptom>,
}

impl Understanding {
    /// Adds what a line says.
    pub fn find(&mut self, line: usize, quote: &str, means: &str) {
        self.findings.push(Finding { line: Some(line), quote: shortened(quote), means: printable(means) });
    }

    /// Adds what a field of JSON says.
    pub fn find_in_json(&mut self, field: &str, means: &str) {
        self.findings.push(Finding { line: None, quote: shortened(&printable(field)), means: printable(means) });
    }

    /// Adds what is taken to be so.
    pub fn assume(&mut self, what: &str) {
        let what = printable(what);
        if !self.assumed.contains(&what) {
            self.assumed.push(what);
        }
    }

    /// The same with its findings in the order of the lines, each once.
    #[must_use]
    pub fn ordered(mut self) -> Self {
        self.findings.sort_by_key(|finding| finding.line);
        self.findings.dedup();
        self
    }
}

/// Why a text cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotUnderstood {
    /// It shows no filesystem.
    #[error(
        "the text shows no filesystem; it needs the output of `df -T CACHE TARGET` or `findmnt -T` for each, CACHE being what \
         `uv cache dir` prints and TARGET where the files were to go"
    )]
    NoFilesystem,
    /// It shows a filesystem, but not the one of an end.
    #[error(
        "the text shows {found}, but not the filesystem of the {end}, {path}; it needs the output of `df -T {path}` or `findmnt -T {path}`"
    )]
    NoEnd {
        /// What it shows.
        found: String,
        /// `cache` or `target`.
        end: &'static str,
        /// The path of that end.
        path: String,
    },
    /// It shows a filesystem without its type.
    #[error(
        "the text does not give the type of {mount}, which holds the {end}; it needs the output of `df -T` or `findmnt -T` for it"
    )]
    NoType {
        /// The mount.
        mount: String,
        /// `cache`, `target`, or both.
        end: &'static str,
    },
    /// exdev makes no such filesystem, and none like it.
    #[error(
        "cache and target are both on {mount}, which exdev cannot make, and it makes nothing like it; `exdev list filesystems` shows what it makes"
    )]
    NoSuchFilesystem {
        /// The mount.
        mount: String,
    },
    /// It is of a program that exdev does not run.
    #[error("the text is of {linker}, which exdev does not run; --linker uv runs uv on the same pairing, {pairing}")]
    OtherLinker {
        /// The program.
        linker: &'static str,
        /// The pairing.
        pairing: Pairing,
    },
    /// A linker has no such mode.
    #[error(
        "the text is of the mode `{mode}`, which uv does not have; --link-mode is clone, hardlink, symlink or copy"
    )]
    NoMode {
        /// The mode, as the text has it.
        mode: String,
    },
    /// An explanation without a fallback.
    #[error("the explanation holds no fallback, so there is nothing to reproduce")]
    NoFallback,
    /// A report that names something that cannot be run.
    #[error("the report cannot be run again: {id}: {problem}")]
    NotAgain {
        /// The outcome.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// A report without outcomes.
    #[error("the report holds no outcome, so there is nothing to run again")]
    NoOutcome,
}
