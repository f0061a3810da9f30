//! Runs a program to its end: by itself, or under the supervisor.

use std::io;
use std::process::{Command, Output, Stdio};

use anyhow::{Result, bail};
use exdev::trace::{Answer, Faults, Scope, Supervisor, WakeUp, Watched, watch};

/// How a program is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By itself.
    Itself,
    /// Under the supervisor.
    Supervisor(WakeUp),
    /// Under strace, which watches links.
    Strace,
}

/// Runs a program; what it wrote to standard output. Nothing where what it is to be run by is not installed.
pub fn run(mut command: Command, by: By) -> Result<Option<String>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let output = match by {
        By::Itself => command.output()?,
        By::Supervisor(wake_up) => supervised(command, wake_up)?,
        By::Strace => match stracing(&command).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            output => output?,
        },
    };
    if !output.status.success() {
        bail!("it failed: {}", output.status);
    }
    Ok(Some(String::from_utf8(output.stdout)?))
}

fn stracing(command: &Command) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "--seccomp-bpf", "-e", "trace=link,linkat", "-o", "/dev/null"]);
    strace.arg(command.get_program()).args(command.get_args());
    strace.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    strace
}

fn supervised(mut command: Command, wake_up: WakeUp) -> Result<Output> {
    let (watched, watching) = Watched::pair()?;
    watch(&mut command, Scope::Placing, watching);
    let child = command.spawn()?;
    // It holds the other end of what the listener comes through.
    drop(command);
    let mut supervisor = Supervisor::new(watched.listener()?, Faults::default())?;
    supervisor.wake_up(wake_up);
    supervisor.serve(None, None)?;
    let trace = supervisor.into_trace();
    let unseen = trace.events.iter().find(|event| matches!(event.answer, Answer::Unseen(_)));
    if let Some(event) = unseen {
        bail!("what was not seen cost nothing: {event}");
    }
    Ok(child.wait_with_output()?)
}
