//! Runs the command, and explains what it did.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, io};

use nix::sys::signal::Signal;
use thiserror::Error;

use super::discreet::Discreet;
use super::explanation::{Explained, Explanation, Group};
use super::fallbacks::{Failed, Setting, fallbacks, refusals};
use super::groups::groups;
use super::instead::instead;
use super::settings::linker;
use crate::facts::{process, whereabouts};
use crate::kernel::here::{Ended, Finish, run_here};
use crate::trace::{Answer, By, Faults, Trace, placed};

/// Why there is no explanation.
#[derive(Debug, Error)]
pub enum ExplainError {
    /// The command's program cannot be executed.
    #[error("failed to run {program}: {source}")]
    NotRun {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something watches the command already.
    #[error(
        "failed to watch {program}: something watches its system calls already, and the kernel allows one watcher; is this \
         inside exdev explain, exdev run or a container that does so?"
    )]
    Watched {
        /// The command's program.
        program: String,
    },
    /// The command cannot be watched.
    #[error("failed to watch {program}: {source}")]
    NotWatched {
        /// The command's program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// This signal ended exdev, and with it the command.
    #[error("ended by {}, and {program} with it", name(*signal))]
    Interrupted {
        /// The command's program.
        program: String,
        /// The signal's number.
        signal: i32,
    },
}

fn name(signal: i32) -> String {
    Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.to_string())
}

/// Runs a command to its end, no longer than the limit, and explains it.
///
/// # Errors
/// It could not be run or watched, or a signal ended all of it.
pub fn explain(command: Command, words: &[String], limit: Option<Duration>) -> Result<Explained, ExplainError> {
    let program = words.first().cloned().unwrap_or_default();
    let (ended, trace) = match run_here(command, &Faults::default(), limit) {
        Ok(Finish::Ended(ended, trace)) => (ended, trace),
        Ok(Finish::NotStarted(errno)) => {
            return Err(ExplainError::NotRun { program, source: io::Error::from_raw_os_error(errno) });
        }
        Ok(Finish::Interrupted(signal)) => return Err(ExplainError::Interrupted { program, signal }),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => return Err(ExplainError::Watched { program }),
        Err(source) => return Err(ExplainError::NotWatched { program, source }),
    };
    let explanation = explanation(&ended, &trace, words, &Discreet::new(env::home_dir().as_deref()));
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    Ok(Explained { exdev: env!("CARGO_PKG_VERSION").to_owned(), kernel_release: release, explanation })
}

fn explanation(ended: &Ended, trace: &Trace, words: &[String], discreet: &Discreet) -> Explanation {
    let (files, process) = (placed(&trace.events), process());
    let instead = instead(&trace.events);
    let setting = Setting { command: words, process: &process, discreet, files: &files, instead: &instead };
    let failed = if ended.exit.is_success() { Failed::No } else { Failed::Yes };
    let grouped = groups(&files, env::home_dir().as_deref());
    let (fallbacks, unknown) = fallbacks(trace, &setting);
    Explanation {
        fallbacks,
        refused: refusals(trace, failed, discreet),
        placed: grouped.into_iter().map(|(by, directory, files)| group(by, &directory, files, discreet)).collect(),
        command: discreet.command(words),
        exit: ended.exit,
        linker: linker(words),
        seconds: ended.took.as_secs_f64(),
        process,
        unseen: unseen(trace).into_iter().chain(unknown).collect(),
        left_running: ended.left_running,
    }
}

fn group(by: By, directory: &Path, files: usize, discreet: &Discreet) -> Group {
    let class = match by {
        By::Copy(class) => Some(class.to_string()),
        _ => None,
    };
    let mounted = whereabouts(directory).ok();
    let mounted = mounted.map(|end| discreet.text(&format!("{} {}", end.kind, end.source().unwrap_or_default())));
    Group { strategy: by.strategy(), by: class, files, directory: discreet.text(&directory.to_string_lossy()), mounted }
}

/// What was not seen, each once.
fn unseen(trace: &Trace) -> Vec<String> {
    let mut unseen: Vec<_> = trace.gaps.iter().map(|gap| gap.describe().to_owned()).collect();
    for event in &trace.events {
        if let Answer::Unseen(why) = &event.answer {
            let line = format!("what came of a {} was not seen: {why}", event.class);
            if !unseen.contains(&line) {
                unseen.push(line);
            }
        }
    }
    unseen
}
