//! Runs a linker: as its user, with an empty environment, without input or a terminal, within a time limit.
//!
//! Invariant: when `run` returns, nothing that the linker started is alive. No linker is process 1 of a PID namespace: signals
//! that it does not handle would not reach it, and orphans would become its children.

use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::geteuid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open, setsid};

use super::capabilities;
use super::here::{Ended, run_as};
use super::namespace::Tether;
use super::nested::{apart, beside, nested};
use super::output::listen;
use super::sandbox;
use crate::filesystem::{libraries, unpacked};
use crate::linker::{Invocation, Place, User};
use crate::outcome::Exit;
use crate::package::Form;
use crate::sys::replay::before_exec;
use crate::trace::{Faults, Scope, Supervisor, Trace, Watched, watch};

/// What tells unpacked programs where they are; the name is known to scripts/unpack-debs.
const UNPACKED: &str = "EXDEV_UNPACKED";

/// How a linker is run.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// As whom.
    pub user: User,
    /// How long it may take.
    pub limit: Duration,
    /// Whether it is watched.
    pub watched: Watch<'a>,
    /// Where it finds the package in a registry, which `exdev registry` has, if it is to.
    pub registry: Option<&'a TcpListener>,
    /// Where it runs.
    pub road: Road,
    /// Whether it runs in a sandbox, see [`sandbox`]; only on filesystems that are made for it, and so never where we are.
    pub confined: bool,
    /// How many runs beside each other the command is, if it is several, see [`listen`].
    pub runs: usize,
}

/// Where a linker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// In a PID namespace of its own, with bounded capabilities.
    Apart,
    /// Where we are, in no namespace.
    Here,
}

/// Whether a linker is watched.
#[derive(Debug, Clone, Copy)]
pub enum Watch<'a> {
    /// It is not: the kernel makes its calls.
    Not,
    /// Its calls are traced, and these faults are in them.
    Traced(&'a Faults),
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The command, as a shell would take it.
    pub command: String,
    /// How it ended.
    pub exit: Exit,
    /// Its standard output, see [`listen`].
    pub stdout: String,
    /// Its standard error, likewise.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
    /// How many processes it left running, which were ended.
    pub left_running: usize,
    /// What it did, if it was watched.
    pub trace: Trace,
}

/// Runs a command to its end.
pub fn run(program: &Path, invocation: &Invocation, place: &Place, terms: Terms<'_>) -> io::Result<Ran> {
    let mut command = command(program, place, terms.registry)?;
    command
        .args(&invocation.arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", place.home())
        .env("TMPDIR", place.temporary())
        .env("LC_ALL", "C.UTF-8")
        .envs(unpacked().filter(|unpacked| unpacked.is_dir()).map(|unpacked| (UNPACKED, unpacked)))
        .envs(libraries().map(|libraries| ("LD_LIBRARY_PATH", libraries)))
        .envs(invocation.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(place.home());
    // In a session of its own it has no terminal, see setsid(2): whoever opens one to ask something is refused, and does not wait.
    before_exec(&mut command, || Ok(setsid().map(drop)?));
    let listening = listen(&mut command, terms.runs)?;
    let ended = match (terms.road, terms.watched) {
        (Road::Here, watched) => here(command, terms, watched),
        (Road::Apart, watched) => apart_from_us(command, terms, watched),
    };
    let (stdout, stderr) = listening.finish()?;
    let (Ended { exit, took, left_running }, trace) = ended?;
    Ok(Ran { command: line(program, invocation), exit, stdout, stderr, took, left_running, trace })
}

/// The program's command, without arguments; beside the registry if there is one.
fn command(program: &Path, place: &Place, registry: Option<&TcpListener>) -> io::Result<Command> {
    let Some(listener) = registry else {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        return Ok(command);
    };
    let mut command = Command::new(place.program(Place::EXDEV));
    command.arg("registry").arg(place.form(Form::Npm)).arg("--").arg(program);
    command.stdin(OwnedFd::from(listener.try_clone()?));
    Ok(command)
}

fn apart_from_us(mut command: Command, terms: Terms<'_>, watched: Watch<'_>) -> io::Result<(Ended, Trace)> {
    if geteuid().is_root() {
        command.uid(terms.user.uid).gid(terms.user.gid);
    }
    match watched {
        Watch::Not => Ok((nested(|| to_end(&mut command, terms))?, Trace::default())),
        Watch::Traced(faults) => beside(|| supervised(command, terms, faults))?.finish(),
    }
}

/// Only a supervisor ends all that a command leaves running, so there always is one.
fn here(command: Command, terms: Terms<'_>, watched: Watch<'_>) -> io::Result<(Ended, Trace)> {
    let another = Some(terms.user).filter(|user| user.uid != geteuid().as_raw());
    match watched {
        Watch::Not => Ok((run_as(command, another, &Faults::default(), terms.limit)?.0, Trace::default())),
        Watch::Traced(faults) => run_as(command, another, faults, terms.limit),
    }
}

/// Runs a command as process 1 of a PID namespace.
fn to_end(command: &mut Command, terms: Terms<'_>) -> io::Result<Ended> {
    capabilities::bound()?;
    if terms.confined {
        sandbox::confine(command, terms.user)?;
    }
    let start = Instant::now();
    let exit = command.spawn().and_then(|mut child| wait(&mut child, terms.limit))?;
    let took = start.elapsed();
    Ok(Ended { exit, took, left_running: end_the_rest()? })
}

/// Runs a command under a supervisor, which this process becomes.
fn supervised(mut command: Command, terms: Terms<'_>, faults: &Faults) -> io::Result<(Ended, Trace)> {
    let (watched, watching) = Watched::pair()?;
    let (tether, held) = Tether::new()?;
    let mut held = Some(held);
    let ours = &mut held;
    let linker = apart(move || {
        // As long as the fork had this end, too, it could not tell that we are gone.
        drop(ours.take());
        tether.renew()?;
        watch(&mut command, Scope::of(&faults.list), watching);
        to_end(&mut command, terms)
    })?;
    capabilities::be_like(terms.user)?;
    let listener = match watched.listener() {
        Ok(listener) => listener,
        // Why it could not be started is more to the point.
        Err(error) => return linker.finish().and(Err(error)),
    };
    let mut supervisor = Supervisor::new(listener, faults.clone())?;
    supervisor.serve(None, None)?;
    Ok((linker.finish()?, supervisor.into_trace()))
}

/// A command as a shell would take it.
pub(super) fn line(program: &Path, invocation: &Invocation) -> String {
    let environment = invocation.environment.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
    let program = program.display().to_string();
    let words = [&program].into_iter().chain(&invocation.arguments).map(|word| quoted(word));
    environment.chain(words).collect::<Vec<_>>().join(" ")
}

/// A word as a shell would take it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "%+,-./:=@_".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<Exit> {
    let pid = rustix::process::Pid::from_child(child);
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    let timeout = Timespec { tv_sec: limit.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: 0 };
    let ended = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&timeout))?;
    if ended == 0 {
        child.kill()?;
        child.wait()?;
        return Ok(Exit::TimedOut(limit.as_secs()));
    }
    child.wait().map(exit)
}

/// Ends all others of the PID namespace that we are process 1 of, and says how many were still running.
fn end_the_rest() -> io::Result<usize> {
    // What has ended by itself waits for us to be told.
    while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(_)) {}
    let mut ended = 0;
    loop {
        match kill(nix::unistd::Pid::from_raw(-1), Signal::SIGKILL) {
            Ok(()) => {}
            Err(Errno::ESRCH) => return Ok(ended),
            Err(errno) => return Err(errno.into()),
        }
        if waitpid(None, None).is_ok() {
            ended += 1;
        }
    }
}

/// How a process ended.
pub(super) fn exit(status: ExitStatus) -> Exit {
    status.code().map_or_else(|| Exit::Signal(status.signal().unwrap_or(0)), Exit::Code)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::line;
    use crate::linker::{Invocation, Program};

    #[test]
    fn a_command_is_what_a_shell_would_take() {
        let command = Invocation::of(Program::Linker).words("-c").word("echo \"$1\" 'a'").word("").set("A", "b c");
        let expected = r#"A='b c' /bin/sh -c 'echo "$1" '\''a'\''' ''"#;
        assert_eq!(line(Path::new("/bin/sh"), &command), expected);
    }
}
