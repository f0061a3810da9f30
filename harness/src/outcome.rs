//! The record of one scenario's run: what was asked for, what happened to the files, and how the contract was kept.
//!
//! Invariant: an outcome is plain data and complete: reports and snapshots are made from it alone. Its JSON form is what other
//! programs read; a field may be added, never renamed or removed.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How one file can be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Strategy {
    /// A new inode that shares the cached file's extents, see `FICLONE` in `ioctl_ficlonerange(2)`.
    #[serde(rename = "reflink")]
    Reflink,
    /// The cached file's inode under another name, see link(2).
    #[serde(rename = "hard link")]
    HardLink,
    /// A symbolic link into the cache, see symlink(2).
    #[serde(rename = "symlink")]
    Symlink,
    /// A new inode with the bytes of the cached file.
    #[serde(rename = "copy")]
    Copy,
}

impl Strategy {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reflink => "reflink",
            Self::HardLink => "hard link",
            Self::Symlink => "symlink",
            Self::Copy => "copy",
        }
    }
}

/// What is known of how a file, or a whole package, was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Placement {
    /// Every file by reflink.
    #[serde(rename = "reflink")]
    Reflink,
    /// Every file by hard link.
    #[serde(rename = "hard link")]
    HardLink,
    /// Every file by symlink.
    #[serde(rename = "symlink")]
    Symlink,
    /// Every file by copy.
    #[serde(rename = "copy")]
    Copy,
    /// A new inode that shares its extents with the cache: a reflink, or a copy that the kernel shared.
    #[serde(rename = "copy or reflink")]
    Undecided,
    /// More than one strategy in one package.
    #[serde(rename = "mixed")]
    Mixed,
    /// No file was placed.
    #[serde(rename = "nothing")]
    Nothing,
}

impl Placement {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reflink => "reflink",
            Self::HardLink => "hard link",
            Self::Symlink => "symlink",
            Self::Copy => "copy",
            Self::Undecided => "copy or reflink",
            Self::Mixed => "mixed",
            Self::Nothing => "nothing",
        }
    }
}

impl From<Strategy> for Placement {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Reflink => Self::Reflink,
            Strategy::HardLink => Self::HardLink,
            Strategy::Symlink => Self::Symlink,
            Strategy::Copy => Self::Copy,
        }
    }
}

/// The rules of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Rule {
    /// Complete: every file of the package and nothing else.
    C1,
    /// Faithful: bytes, permission bits and symlinks are those of the package.
    C2,
    /// Uniform: one strategy for the package.
    C3,
    /// Economical: nothing was copied that could have been linked.
    C4,
    /// Honest: it said what it did.
    C5,
    /// Cache-safe: the cache is as before.
    C6,
    /// Isolated: writing into the target changes the cache only through a hard link or symlink.
    C7,
    /// Clean failure: on a nonzero exit the target is as before, or complete.
    C8,
    /// Recoverable: running again after a failure heals.
    C9,
    /// Concurrent: several at once do no harm.
    C10,
    /// Contained: nothing outside cache, target and the temporary directory was touched.
    C11,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: [Self; 11] = [
        Self::C1,
        Self::C2,
        Self::C3,
        Self::C4,
        Self::C5,
        Self::C6,
        Self::C7,
        Self::C8,
        Self::C9,
        Self::C10,
        Self::C11,
    ];

    /// The rule's one-word name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::C1 => "complete",
            Self::C2 => "faithful",
            Self::C3 => "uniform",
            Self::C4 => "economical",
            Self::C5 => "honest",
            Self::C6 => "cache-safe",
            Self::C7 => "isolated",
            Self::C8 => "clean failure",
            Self::C9 => "recoverable",
            Self::C10 => "concurrent",
            Self::C11 => "contained",
        }
    }
}

/// Whether a rule was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// Kept.
    #[serde(rename = "kept")]
    Kept,
    /// Broken; the evidence says by what.
    #[serde(rename = "broken")]
    Broken,
    /// Not judged; the evidence says why not.
    #[serde(rename = "not judged")]
    NotJudged,
}

/// A verdict with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// Kept, broken or not judged.
    pub verdict: Verdict,
    /// Broken: the files and lines that break it. Not judged: the reason. Kept: mostly nothing; C7 says what ties the two trees.
    pub evidence: Vec<String>,
}

/// How the linker ended. In JSON the status as a number, else what ended it as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ExitForm", into = "ExitForm")]
#[schemars(with = "ExitForm")]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// It ran longer than the limit, this many seconds, and was killed.
    TimedOut(u64),
}

impl Exit {
    /// Whether it exited with status 0.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Code(0))
    }
}

/// [`Exit`] as JSON writes it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum ExitForm {
    Status(i32),
    Text(String),
}

impl From<Exit> for ExitForm {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Code(code) => Self::Status(code),
            other => Self::Text(other.to_string()),
        }
    }
}

impl TryFrom<ExitForm> for Exit {
    type Error = String;

    fn try_from(form: ExitForm) -> Result<Self, String> {
        let text = match form {
            ExitForm::Status(code) => return Ok(Self::Code(code)),
            ExitForm::Text(text) => text,
        };
        let signal = text.strip_prefix("signal ").and_then(|number| number.parse().ok());
        let limit = text.strip_prefix("killed after ").and_then(|rest| rest.strip_suffix(" s"));
        let limit = limit.and_then(|number| number.parse().ok());
        signal
            .map(Self::Signal)
            .or(limit.map(Self::TimedOut))
            .ok_or_else(|| format!("`{text}` is no way for a program to end"))
    }
}

/// One class of placing system call with what it got, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// The call: `link`, `reflink`, `symlink`, `write`, ...
    pub class: String,
    /// `ok` or the errno's name.
    pub result: String,
    /// How many such calls.
    pub count: usize,
}

/// What the linker claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// The strategy that it named, if it named one.
    pub strategy: Option<Strategy>,
    /// The strategy that a warning says it fell back to, if one does.
    pub fallback: Option<Strategy>,
}

/// Where one end of the pairing was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct End {
    /// The filesystem's type as the kernel names it.
    pub kind: String,
    /// The device number (`st_dev`) as `major:minor`.
    pub device: String,
    /// The mount's id (`stx_mnt_id` of statx(2)).
    pub mount_id: u64,
    /// The mount's line in `/proc/self/mountinfo`, see `proc_pid_mountinfo(5)`.
    pub mountinfo: String,
}

/// How long each step took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seconds {
    /// Making and mounting the filesystems.
    pub provision: f64,
    /// Filling the cache.
    pub prime: f64,
    /// The linker's own run.
    pub link: f64,
    /// Looking at the disk, before and after.
    pub observe: f64,
}

/// Everything recorded of one scenario's run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The scenario's name: `LINKER/MODE/PAIRING/PACKAGE`, unique in a run.
    pub id: String,
    /// The linker under test, with the version that was asked for.
    pub linker: String,
    /// The linker's version.
    pub version: String,
    /// What the linker was asked for, in its own words.
    pub mode: String,
    /// Where cache and target sat, in exdev's grammar.
    pub pairing: String,
    /// The kernel that it ran in: `host`.
    pub kernel: String,
    /// The package under test: `small` or `large`.
    pub package: String,
    /// The faults that were injected.
    pub faults: Vec<String>,
    /// How the linker ended.
    pub exit: Exit,
    /// How the package was placed.
    pub strategy: Placement,
    /// Whether more than one strategy was seen, beyond the files that the linker always copies.
    pub mixed: bool,
    /// How many of the package's files were placed in each way.
    pub files: BTreeMap<Placement, usize>,
    /// How many of the package's files are new inodes that have extents in common with their cached file.
    pub shared: usize,
    /// The placing system calls with what they got; empty while nothing traces them.
    pub attempts: Vec<Attempt>,
    /// The warnings that the linker printed, each whole.
    pub warnings: Vec<String>,
    /// The errors that the linker printed, line by line.
    pub errors: Vec<String>,
    /// What the linker claimed.
    pub said: Said,
    /// Every rule of the contract with its judgement.
    pub contract: BTreeMap<Rule, Judgement>,
    /// Why the linker could not use its first strategy, if it could not.
    pub reason: Option<String>,
    /// Where the cache was.
    pub cache: End,
    /// Where the target was.
    pub target: End,
    /// How long each step took.
    pub seconds: Seconds,
}

impl Outcome {
    /// The rules that were broken, in order.
    pub fn broken(&self) -> impl Iterator<Item = (Rule, &Judgement)> {
        self.contract
            .iter()
            .filter(|(_, judgement)| judgement.verdict == Verdict::Broken)
            .map(|(&rule, judgement)| (rule, judgement))
    }
}

/// A scenario that this machine cannot run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotRun {
    /// The scenario's name.
    pub id: String,
    /// The pairing.
    pub pairing: String,
    /// The linker.
    pub linker: String,
    /// What is missing here.
    pub reason: String,
    /// The command that mends it, or what else would.
    pub mend: String,
}

/// A scenario that exdev itself could not set up: neither pass nor fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenSetup {
    /// The scenario's name.
    pub id: String,
    /// The pairing.
    pub pairing: String,
    /// The linker.
    pub linker: String,
    /// What failed, where, and what to do.
    pub problem: String,
}

/// What one run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The scenarios that ran, in the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// The scenarios that cannot run here.
    pub not_run: Vec<NotRun>,
    /// The scenarios that could not be set up.
    pub broken_setups: Vec<BrokenSetup>,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::NotJudged => "not judged",
        })
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::TimedOut(seconds) => write!(f, "killed after {seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_a_number_or_a_text_in_json() {
        for (exit, json) in
            [(Exit::Code(2), "2"), (Exit::Signal(9), "\"signal 9\""), (Exit::TimedOut(120), "\"killed after 120 s\"")]
        {
            assert_eq!(serde_json::to_string(&exit).unwrap(), json);
            assert_eq!(serde_json::from_str::<Exit>(json).unwrap(), exit);
        }
    }
}
