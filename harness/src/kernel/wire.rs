//! The messages between the client and an agent: one JSON value per line, a reply for each request, in order. While a command of the
//! caller's runs, both say more than that, see [`session`](super::session).
//!
//! Invariant: a [`Record`] holds only what was seen. No message carries a verdict; that is made on the client's side.

use std::io::{self, BufRead, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::session::{Ending, Told};
use crate::linker::Place;
use crate::observe::Tree;
use crate::outcome::{End, Exit, Seconds, Step};
use crate::pairing::Pairing;
use crate::probe::{Findings, Probe};
use crate::scenario::Scenario;
use crate::trace::Trace;

/// What an agent is asked to do.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Run one scenario.
    Run(Box<Scenario>),
    /// Make a pairing and take it down again.
    Provision(Pairing),
    /// A piece of an errand as JSON; see [`CHUNK`](super::session::CHUNK) for why it comes in pieces.
    Piece(String),
    /// Make filesystems, and run a command of the caller's on them: the errand that the pieces make up. It is the last request; see
    /// [`Told`] for what comes between it and its answer.
    Errand,
}

/// What an agent answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The scenario ran.
    Ran(Box<Record>),
    /// The pairing was made; it took this many seconds.
    Provisioned(f64),
    /// The caller's command is not through yet, but there is something to tell.
    Meanwhile(Told),
    /// The caller's command has ended, and what was made for it is gone.
    Ended(Ending),
    /// This kernel, or this user, cannot make the pairing.
    NotHere {
        /// What is missing.
        reason: String,
        /// What would mend it.
        mend: String,
    },
    /// It should have worked and did not.
    Broken {
        /// What failed, where, and what to do.
        problem: String,
    },
}

impl Reply {
    /// This reply, or, where this kernel could not, that of the next one; if that cannot, either, both reasons.
    #[must_use]
    pub fn or_else(self, next: Self) -> Self {
        match (self, next) {
            (Self::NotHere { reason: first, mend: first_mend }, Self::NotHere { reason, mend }) => {
                let mend = if mend.contains(&first_mend) { mend } else { format!("{mend}; or {first_mend}") };
                Self::NotHere { reason: format!("{first}; in a guest, {reason}"), mend }
            }
            (_, next) => next,
        }
    }
}

/// What was seen of one scenario's run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Where it all was, as the linker saw it.
    pub place: Place,
    /// What the linker was at when it ended.
    pub step: Step,
    /// The command that did that, as a shell would take it.
    pub command: String,
    /// The release of the kernel that it ran in, see uname(2).
    pub kernel_release: String,
    /// How the linker ended.
    pub exit: Exit,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// The cache before that step.
    pub cache_before: Tree,
    /// The cache after it.
    pub cache_after: Tree,
    /// The target before that step.
    pub target_before: Tree,
    /// The target after it.
    pub target: Tree,
    /// What the pair of places really supports.
    pub probe: Probe,
    /// What the two directories told before that step; `None` where they could not be probed.
    pub findings: Option<Findings>,
    /// Cached files (paths in the cache) whose bytes changed when the files in the target were written to; `None` when that was
    /// not tried, because the linker had failed.
    pub written_through: Option<Vec<String>>,
    /// Where the cache was.
    pub cache_end: End,
    /// Where the target was.
    pub target_end: End,
    /// What it did.
    pub trace: Trace,
    /// What came of running it again, without faults, after it had failed.
    pub again: Option<Again>,
    /// How it ended without faults in a pairing made anew; tried where a fault may be why running it again failed. The seconds
    /// that this took are counted nowhere.
    pub afresh: Option<Exit>,
    /// How many processes it left running, which were ended.
    pub left_running: usize,
    /// How long each step took.
    pub seconds: Seconds,
}

/// What was seen of a second run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Again {
    /// How the linker ended.
    pub exit: Exit,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// The cache afterwards.
    pub cache_after: Tree,
    /// The target afterwards.
    pub target: Tree,
}

/// Writes one message and its line end.
pub fn send(stream: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    stream.flush()
}

/// Reads one message; `None` when the other side has hung up.
pub fn receive<T: DeserializeOwned>(stream: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line)?;
    match line.last() {
        Some(b'\n') => Ok(Some(serde_json::from_slice(&line)?)),
        _ => Ok(None),
    }
}
