//! What a trace holds.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class::Class;
use crate::errno::Errno;

/// Everything that was seen, in the order in which it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The placing calls of all processes.
    pub events: Vec<Event>,
    /// What kept calls from being seen, each kind once.
    pub gaps: Vec<Gap>,
    /// Whether a fault has removed what was in the cache.
    pub pruned: bool,
}

impl Trace {
    /// How many calls a fault has refused, or has killed the linker in; and one if a fault has pruned its cache.
    #[must_use]
    pub fn injected(&self) -> usize {
        let injected = |event: &&Event| matches!(event.answer, Answer::Injected(_) | Answer::Killed);
        self.events.iter().filter(injected).count() + usize::from(self.pruned)
    }
}

/// One placing system call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What it does.
    pub class: Class,
    /// The how manieth of its class it is, from 1, over the whole process tree.
    pub ordinal: usize,
    /// Where it takes something from: the linked, cloned, copied or renamed file, or a symlink's text.
    pub from: Option<String>,
    /// What it places, changes or removes. Its directory is resolved; a symlink at its end is not.
    pub to: String,
    /// What it got.
    pub answer: Answer,
    /// Device and inode number of the file that it fills; of one that is opened, only if that makes or empties it.
    pub inode: Option<(u64, u64)>,
    /// Whether the one who called is in a sandbox that it, or one that it comes from, went into while it was watched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confined: bool,
}

/// What a call got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It was done.
    Done,
    /// The kernel refused it.
    Refused(Errno),
    /// A fault refused it: the kernel was never asked.
    Injected(Errno),
    /// A fault killed the linker instead.
    Killed,
    /// The kernel made the call for the linker, and what it got cannot be seen, for this reason.
    Unseen(String),
}

/// A way around the filter that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// `io_uring_setup(2)` was refused with ENOSYS: what goes through a ring makes no system calls.
    IoUring,
    /// A system call of another ABI (32 bits, x32) was refused with ENOSYS: its numbers mean other calls.
    ForeignAbi,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, ordinal, from, to, answer, .. } = self;
        write!(f, "{class}#{ordinal} ")?;
        if let Some(from) = from {
            write!(f, "{from} -> ")?;
        }
        write!(f, "{to}: {answer}")
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Refused(errno) => write!(f, "{errno}"),
            Self::Injected(errno) => write!(f, "{errno} (fault)"),
            Self::Killed => f.write_str("killed (fault)"),
            Self::Unseen(why) => write!(f, "not seen ({why})"),
        }
    }
}

impl Answer {
    /// The errno, whoever refused it.
    #[must_use]
    pub const fn errno(&self) -> Option<Errno> {
        match self {
            Self::Refused(errno) | Self::Injected(errno) => Some(*errno),
            _ => None,
        }
    }
}

impl Gap {
    /// The sentence of reports.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::IoUring => "io_uring was refused, for calls through it cannot be seen",
            Self::ForeignAbi => "32-bit system calls were refused, for they cannot be told from others",
        }
    }
}
