//! `exdev explain -- COMMAND`: what a command of the user's own places, and why not otherwise.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;

use super::exit::{Exit, Failure, OrExit, written};
use crate::explain::{ExplainError, explain};
use crate::outcome;
use crate::report::{self, Style};

/// Runs a command as it is, and then says on standard error how each file was placed, which strategy was refused, why, and what to
/// change. No root and no namespace is needed; only a program that has to gain privileges (sudo) cannot. Processes that it leaves
/// running are ended.
///
/// Exit codes are the command's own, or 128 and N if signal N ended it; 127: it is not found, 126: it cannot be executed, 69: it
/// cannot be watched.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print the explanation as JSON on standard output, to be attached to a report and read by `exdev repro`; what the command
    /// writes there goes to standard error instead. Paths below the home directory begin with ~, and nothing else of the environment
    /// is in it
    #[arg(long)]
    json: bool,
    /// End the command after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs and explains.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let words = &arguments.command;
    let Some((program, rest)) = words.split_first() else { return Ok(Exit::Usage) };
    let mut command = Command::new(program);
    command.args(rest);
    if arguments.json {
        command.stdout(Stdio::from(io::stderr().as_fd().try_clone_to_owned().or_unavailable()?));
    }
    let explained = match explain(command, words, arguments.limit.map(Duration::from_secs)) {
        Ok(explained) => explained,
        Err(error) => return Err(Failure { exit: exit_of(&error), error: error.into() }),
    };
    if arguments.json {
        written(write!(io::stdout(), "{}", report::to_json(&explained)))?;
    } else {
        let text = report::explained(&explained.explanation, Style::of_errors());
        write!(anstream::stderr(), "{text}").context("failed to write to standard error").or_unavailable()?;
    }
    Ok(match explained.explanation.exit {
        outcome::Exit::Code(code) => Exit::Passed(code.to_le_bytes()[0]),
        outcome::Exit::Signal(signal) => by_signal(signal),
        // As timeout(1) has it.
        outcome::Exit::TimedOut(_) => Exit::Passed(124),
    })
}

fn exit_of(error: &ExplainError) -> Exit {
    match error {
        ExplainError::NotRun { source, .. } if source.kind() == io::ErrorKind::NotFound => Exit::Passed(127),
        ExplainError::NotRun { .. } => Exit::Passed(126),
        ExplainError::Interrupted { signal, .. } => by_signal(*signal),
        ExplainError::Watched { .. } | ExplainError::NotWatched { .. } => Exit::Unavailable,
    }
}

/// As a shell says it.
fn by_signal(signal: i32) -> Exit {
    Exit::Passed(signal.to_le_bytes()[0].saturating_add(128))
}
