//! The keeper: boots a guest in namespaces of its own, and ends it when the client is gone or the guest no longer shows life.
//!
//! Invariant: the keeper is process 1 of a PID namespace, so that whatever ends it ends the guest.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::boot::{self, Booted};
use super::installed::installed;
use super::memory;
use super::settings::Settings;
use crate::filesystem::SetupError;
use crate::kernel::namespace::Apart;
use crate::kernel::{agent, root};

/// How long a guest may show no sign of life, unless told otherwise. It shows one each second, once it has booted.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long it may show none after that.
const DOUBT: Duration = Duration::from_secs(5);

/// Boots a guest for the client behind `stream`, and returns when either is gone.
///
/// # Errors
/// The stream broke. What keeps a guest from being started is the reply to every request.
pub fn keep(stream: UnixStream, scratch: &str, processor: usize, patience: Duration) -> io::Result<()> {
    settle(processor);
    match start(&stream, scratch) {
        Ok(booted) => watch(stream.as_fd(), booted, patience),
        Err(error) => agent::refuse(stream.into(), &error),
    }
}

fn start(stream: &UnixStream, scratch: &str) -> Result<Booted, SetupError> {
    let kernel = installed()?;
    memory::check()?;
    let exdev = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
    // The tether needs no renewal: nothing here changes who we are.
    agent::enter_namespaces(stream.as_fd(), Apart::Wholly)?;
    // The guest's memory is a file in there, and little else is.
    root::enter(&exdev, &(memory::GUEST + (64 << 20)).to_string())?;
    boot::prepare(&kernel, &Settings::of_here(scratch))?;
    boot::boot(&kernel, stream.as_fd())
}

/// Stays on one processor, with all that is started from here: a guest has one, and is its kernel and its processes by turns. To
/// wake them up on different ones takes twice as long as all that they do.
fn settle(processor: usize) {
    // Where that cannot be had, it is slower.
    if let Ok(allowed) = sched_getaffinity(None) {
        let count = usize::try_from(allowed.count()).unwrap_or(1).max(1);
        if let Some(ours) = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).nth(processor % count) {
            let mut only = CpuSet::new();
            only.set(ours);
            let _ = sched_setaffinity(None, &only);
        }
    }
}

/// Returns when the client is gone; how else it ends is an error.
fn watch(client: BorrowedFd<'_>, mut booted: Booted, patience: Duration) -> io::Result<()> {
    let guest = pidfd_open(Pid::from_child(&booted.process), PidfdFlags::empty())?;
    // To boot takes longer than from one sign of life to the next.
    let (mut alive, mut doubted, mut limit, mut heard) = (false, false, patience.max(PATIENCE), 3);
    loop {
        let mut fds = [
            PollFd::new(&client, PollFlags::empty()),
            PollFd::new(&guest, PollFlags::IN),
            PollFd::new(&booted.beats, PollFlags::IN),
        ];
        let timeout = Timespec { tv_sec: limit.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: 0 };
        let showed = poll(&mut fds[..heard], Some(&timeout))?;
        let [client, guest, beats] = fds.map(|fd| !fd.revents().is_empty());
        if client {
            return Ok(());
        } else if guest {
            let (status, program) = (booted.process.wait()?, booted.program.display());
            return Err(io::Error::other(if alive {
                format!("the guest ended in mid-scenario: {status}")
            } else {
                format!("the guest kernel {program} did not boot: {status}")
            }));
        } else if showed == 0 && doubted {
            return Err(io::Error::other(format!("the guest showed no sign of life for {} s", patience.as_secs())));
        } else if showed == 0 {
            // We may have been stopped ourselves, and the guest with us: it gets a moment more.
            (doubted, limit) = (true, DOUBT);
        } else if beats && booted.beats.read(&mut [0; 64])? > 0 {
            (alive, doubted, limit) = (true, false, patience);
        } else {
            // It has closed the line, as it does when it ends; that it has ended is seen next.
            heard = 2;
        }
    }
}
