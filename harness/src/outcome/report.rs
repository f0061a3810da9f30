//! Everything recorded of one scenario's run, and of a whole run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::contract::{Judgement, Rule, Verdict};
use super::exit::Exit;
use super::predicted::Predicted;
use super::step::Step;
use super::strategy::{Placement, Strategy};
use crate::kernel::Kernel;
use crate::pairing::Directories;
use crate::trace::Class;

/// One way of placing a file with what it got, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// The call: `reflink`, `link`, `symlink`; or `copy`, which takes several and is counted once for each file.
    pub class: String,
    /// `ok`, the errno's name, `killed`, or `unseen`.
    pub result: String,
    /// How many of them.
    pub count: usize,
    /// By what: of a copy `copy_file_range`, `sendfile` or `write`; `fault` where a fault has refused it.
    pub by: Option<String>,
}

/// What the linker claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// The strategy that it named, if it named one.
    pub strategy: Option<Strategy>,
    /// The strategy that a warning says it fell back to, if one does.
    pub fallback: Option<Strategy>,
}

/// What each of the three witnesses says of how the package was placed, whatever the others say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witnesses {
    /// The linker: the fallback that it announced last, or the strategy that it named.
    pub said: Option<Strategy>,
    /// The system calls; `copy or reflink` where they were not seen.
    pub did: Placement,
    /// The disk; new files that share extents with the cache are `copy or reflink`, and so are files that show none.
    pub left: Placement,
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

impl End {
    /// What is mounted: a device, the `host:/path` of an NFS export, or the filesystem's own word.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.behind_hyphen(1)
    }

    /// The options of the filesystem (not of the mount), with commas between.
    #[must_use]
    pub fn options(&self) -> Option<&str> {
        self.behind_hyphen(2)
    }

    /// The options of the mount (not of the filesystem), with commas between.
    #[must_use]
    pub fn mount_options(&self) -> Option<&str> {
        self.mountinfo.split(' ').nth(5)
    }

    /// A field behind the lone hyphen; that at 0 is the filesystem's type.
    fn behind_hyphen(&self, number: usize) -> Option<&str> {
        self.mountinfo.split(' ').skip_while(|&field| field != "-").nth(number + 1)
    }
}

/// How long each step took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seconds {
    /// Making and mounting the filesystems.
    pub provision: f64,
    /// Filling the cache, or laying out a copy of one that was filled before, and what the relation wants of it then.
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
    /// Where cache and target sat, in exdev's grammar; `directories` where they were given.
    pub pairing: String,
    /// The directories that cache and target were made in, if a person gave them; `~` stands for the home directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directories: Option<Directories>,
    /// The kernel that it ran in.
    pub kernel: Kernel,
    /// That kernel's release, as `uname -r` prints it.
    pub kernel_release: String,
    /// The package under test: `small` or `large`.
    pub package: String,
    /// What was in the target before, by the word for it; absent where that was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<String>,
    /// How many runs there were at once, as `--at-once` takes it; absent where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<String>,
    /// What was to go wrong.
    pub faults: Vec<String>,
    /// How many calls a fault has refused, or has killed the linker in.
    pub injected: usize,
    /// The step that the linker's exit, output and command are of.
    pub step: Step,
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
    /// The attempts to place files of the cache, with what they got.
    pub attempts: Vec<Attempt>,
    /// How many traced calls there were of each class, whatever they got; single writes only where a fault asked for them.
    #[serde(default)]
    pub calls: BTreeMap<Class, usize>,
    /// The last of the traced calls, in order.
    pub last_calls: Vec<String>,
    /// How many processes the linker left running, which were ended.
    pub left_running: usize,
    /// The warnings that the linker printed, each whole.
    pub warnings: Vec<String>,
    /// The errors that the linker printed, line by line.
    pub errors: Vec<String>,
    /// What the linker claimed.
    pub said: Said,
    /// What each witness says of the package as a whole.
    pub witnesses: Witnesses,
    /// Every rule of the contract with its judgement.
    pub contract: BTreeMap<Rule, Judgement>,
    /// Why the linker could not use its first strategy, if it could not; or what of filling its cache is refused there.
    pub reason: Option<String>,
    /// What was to be expected, by what the two directories told before the linker ran; `None` where they could not be probed.
    pub predicted: Option<Predicted>,
    /// Where the cache was.
    pub cache: End,
    /// Where the target was.
    pub target: End,
    /// The command that linked, or that failed to fill the cache, with its own environment variables in front, as a shell would take it inside the agent.
    pub command: String,
    /// All that the linker wrote: standard output, then standard error.
    pub output: String,
    /// How long each step took.
    pub seconds: Seconds,
}

/// What a run was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// exdev's version.
    pub exdev: String,
    /// The release of the machine's own kernel, as `uname -r` prints it.
    pub kernel_release: String,
    /// The processor's architecture.
    pub architecture: String,
}

impl Outcome {
    /// Whether no witness contradicts another: a linker that says nothing contradicts nobody, and neither does a disk that shows
    /// no extents. Shared extents contradict a copy.
    #[must_use]
    pub fn witnesses_agree(&self) -> bool {
        let Witnesses { said, did, left } = self.witnesses;
        let on_disk = match (left, did) {
            (Placement::Undecided, Placement::Copy) => self.shared == 0,
            (Placement::Undecided, Placement::Reflink) => true,
            (left, did) => left == did,
        };
        on_disk && said.is_none_or(|said| Placement::from(said) == did || did == Placement::Nothing)
    }

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
    /// What it was made with.
    pub machine: Machine,
    /// The scenarios that ran, in the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// The scenarios that cannot run here.
    pub not_run: Vec<NotRun>,
    /// The scenarios that could not be set up.
    pub broken_setups: Vec<BrokenSetup>,
}
