//! Runs a command where we are, without a namespace: under a supervisor that is a fork of this process.
//!
//! Invariant: when `run_here` returns, nothing that the command started is alive: whatever outlives its parents becomes the
//! supervisor's child, see `PR_SET_CHILD_SUBREAPER(2const)`, and is ended by it. If the supervisor is killed, the command is, too.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open, set_child_subreaper, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};

use super::namespace::Tether;
use super::nested::beside;
use super::process::exit;
use crate::outcome::Exit;
use crate::sys;
use crate::trace::{Fault, Faults, Scope, Stop, Supervisor, Trace, Watched, watch};

/// How a command ended.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ended {
    /// Its own end.
    pub exit: Exit,
    /// How long it took.
    pub took: Duration,
    /// How many processes it left running, which were ended.
    pub left_running: usize,
}

/// Runs a command to its end, with these faults in its calls. Interrupts from the terminal are for the command.
///
/// # Errors
/// It could not be started, or not be watched.
pub fn run_here(command: Command, faults: &[Fault], limit: Option<Duration>) -> io::Result<(Ended, Trace)> {
    let (tether, held) = Tether::new()?;
    let mut held = Some(held);
    let ours = &mut held;
    let supervisor = beside(move || {
        drop(ours.take());
        tether.renew()?;
        supervised(command, faults, limit)
    })?;
    sys::ignore_interrupts();
    supervisor.finish()
}

fn supervised(mut command: Command, faults: &[Fault], limit: Option<Duration>) -> io::Result<(Ended, Trace)> {
    set_child_subreaper(Some(rustix::process::getpid()))?;
    let (watched, watching) = Watched::pair()?;
    watch(&mut command, Scope::of(faults), watching);
    sys::replay::before_exec(&mut command, || {
        Ok(set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?)
    });
    let start = Instant::now();
    let mut child = command.spawn()?;
    drop(command);
    sys::ignore_interrupts();
    let mut supervisor = Supervisor::new(watched.listener()?, Faults(faults.to_vec()))?;
    let handle = pidfd_open(rustix::process::Pid::from_child(&child), PidfdFlags::empty())?;
    let stop = supervisor.serve(Some(handle.as_fd()), limit.map(|limit| start + limit))?;
    let exit = match (stop, limit) {
        (Stop::Deadline, Some(limit)) => {
            child.kill()?;
            child.wait()?;
            Exit::TimedOut(limit.as_secs())
        }
        _ => exit(child.wait()?),
    };
    let took = start.elapsed();
    let left_running = end_descendants()?;
    Ok((Ended { exit, took, left_running }, supervisor.into_trace()))
}

/// Ends all that are our children, and those that become so by that; how many were still running.
fn end_descendants() -> io::Result<usize> {
    // What has ended by itself waits for us to be told.
    while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(_)) {}
    let mut ended = 0;
    loop {
        for child in children()? {
            match kill(child, Signal::SIGKILL) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        match waitpid(None, None) {
            Ok(_) => ended += 1,
            Err(Errno::ECHILD) => return Ok(ended),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Our children, by looking at all processes.
fn children() -> io::Result<Vec<Pid>> {
    let ours = std::process::id();
    let is_ours = |pid: &i32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok()) == Some(ours)
    };
    let entries = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(entries.filter(is_ours).map(Pid::from_raw).collect())
}
