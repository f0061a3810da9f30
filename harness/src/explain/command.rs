//! Runs the command, and explains what it did.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::{env, io};

use thiserror::Error;

use super::discreet::Discreet;
use super::explanation::{Explained, Explanation, Group};
use super::fallbacks::{Failed, Setting, fallbacks, refusals};
use super::groups::groups;
use super::settings::linker;
use crate::facts::{FactsError, process, whereabouts};
use crate::kernel::here::{Ended, run_here};
use crate::trace::{Answer, By, Trace, placed};

/// Why there is no explanation.
#[derive(Debug, Error)]
pub enum ExplainError {
    /// The command could not be run, or not be watched.
    #[error("failed to run {program}: {source}")]
    Run {
        /// Its program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// An end of what was refused cannot be looked at.
    #[error(transparent)]
    Facts(#[from] FactsError),
}

/// Runs a command to its end, no longer than the limit, and explains it.
///
/// # Errors
/// It could not be run or watched; or what it was refused cannot be looked at.
pub fn explain(command: Command, words: &[String], limit: Option<Duration>) -> Result<Explained, ExplainError> {
    let program = words.first().cloned().unwrap_or_default();
    let (ended, trace) = run_here(command, &[], limit).map_err(|source| ExplainError::Run { program, source })?;
    let discreet = Discreet::new(env::home_dir());
    let explanation = explanation(&ended, &trace, words, &discreet)?;
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    Ok(Explained { exdev: env!("CARGO_PKG_VERSION").to_owned(), kernel_release: release, explanation })
}

fn explanation(
    ended: &Ended,
    trace: &Trace,
    words: &[String],
    discreet: &Discreet,
) -> Result<Explanation, ExplainError> {
    let (files, process) = (placed(&trace.events), process());
    let setting = Setting { command: words, process: &process, discreet };
    let failed = if ended.exit.is_success() { Failed::No } else { Failed::Yes };
    let grouped = groups(&files, env::home_dir().as_deref());
    Ok(Explanation {
        fallbacks: fallbacks(trace, &files, &setting)?,
        refused: refusals(trace, failed, discreet),
        placed: grouped.into_iter().map(|(by, directory, files)| group(by, &directory, files, discreet)).collect(),
        command: discreet.command(words),
        exit: ended.exit,
        linker: linker(words),
        seconds: ended.took.as_secs_f64(),
        process,
        unseen: unseen(trace),
        left_running: ended.left_running,
    })
}

fn group(by: By, directory: &PathBuf, files: usize, discreet: &Discreet) -> Group {
    let class = match by {
        By::Copy(class) => Some(class.to_string()),
        _ => None,
    };
    let mounted = whereabouts(directory).ok().map(|end| format!("{} {}", end.kind, end.source().unwrap_or_default()));
    let directory = discreet.text(&directory.to_string_lossy());
    Group { strategy: by.strategy(), by: class, files, directory, mounted }
}

/// What was not seen, each once.
fn unseen(trace: &Trace) -> Vec<String> {
    let mut unseen: Vec<_> = trace.gaps.iter().map(|gap| gap.describe().to_owned()).collect();
    for event in &trace.events {
        if let Answer::Unseen(why) = &event.answer {
            let line = format!("what came of a {}: {why}", event.class);
            if !unseen.contains(&line) {
                unseen.push(line);
            }
        }
    }
    unseen
}
