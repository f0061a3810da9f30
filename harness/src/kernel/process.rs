//! Runs a linker: as its user, with bounded capabilities and an empty environment, without input, within a time limit.
//!
//! Invariant: when `run` returns, nothing that the linker started is alive. No linker is process 1 of a PID namespace: signals
//! that it does not handle would not reach it, and orphans would become its children.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{PidfdFlags, pidfd_open};

use super::capabilities;
use super::nested::nested;
use crate::filesystem::libraries;
use crate::linker::{Invocation, Place, User};
use crate::outcome::Exit;

/// How long a linker may take. The slowest of them places 20,000 files in a few seconds.
const LIMIT: Duration = Duration::from_secs(120);

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The command, as a shell would take it.
    pub command: String,
    /// How it ended.
    pub exit: Exit,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

/// Runs a command to its end.
pub fn run(program: &Path, invocation: &Invocation, place: Place, user: User) -> io::Result<Ran> {
    let (mut stdout, mut stderr) = (memory_file()?, memory_file()?);
    let mut command = Command::new(program);
    command
        .args(&invocation.arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", place.home())
        .env("TMPDIR", place.temporary())
        .env("LC_ALL", "C.UTF-8")
        .envs(libraries().map(|libraries| ("LD_LIBRARY_PATH", libraries)))
        .envs(invocation.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(place.home())
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    if nix::unistd::geteuid().is_root() {
        command.uid(user.uid).gid(user.gid);
    }
    let (exit, took) = nested(|| {
        capabilities::bound()?;
        let start = Instant::now();
        let exit = command.spawn().and_then(|mut child| wait(&mut child))?;
        Ok((exit, start.elapsed()))
    })?;
    Ok(Ran { command: line(program, invocation), exit, stdout: text(&mut stdout)?, stderr: text(&mut stderr)?, took })
}

/// A command as a shell would take it: adapters write no word that needs quotes.
fn line(program: &Path, invocation: &Invocation) -> String {
    let environment = invocation.environment.iter().map(|(name, value)| format!("{name}={value}"));
    let words = environment.chain([program.display().to_string()]).chain(invocation.arguments.iter().cloned());
    words.collect::<Vec<_>>().join(" ")
}

fn wait(child: &mut Child) -> io::Result<Exit> {
    let pid = rustix::process::Pid::from_child(child);
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    let limit = Timespec { tv_sec: LIMIT.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: 0 };
    let ended = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&limit))?;
    if ended == 0 {
        child.kill()?;
        child.wait()?;
        return Ok(Exit::TimedOut(LIMIT.as_secs()));
    }
    child.wait().map(exit)
}

fn exit(status: ExitStatus) -> Exit {
    status.code().map_or_else(|| Exit::Signal(status.signal().unwrap_or(0)), Exit::Code)
}

fn memory_file() -> io::Result<File> {
    Ok(memfd_create("output", MemfdFlags::CLOEXEC)?.into())
}

fn text(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
