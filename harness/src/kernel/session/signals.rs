//! Signals that a caller sends to exdev, and means the command.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd};

use nix::libc::SI_KERNEL;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// What ends or tells a program something, unless it takes care of that.
const PASSED_ON: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2];

/// What is of use to us alone: the size of the terminal has changed, and we may take it back from the background.
const OURS: [Signal; 2] = [Signal::SIGWINCH, Signal::SIGTTOU];

/// Signals are caught, for this process and those that it forks, until [`release`].
#[derive(Debug)]
pub struct Signals {
    caught: SignalFd,
}

/// A signal that was sent to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// The terminal sent it to its whole foreground process group.
    ByTerminal(i32),
    /// Somebody sent it to us.
    BySomebody(i32),
    /// The size of the terminal has changed.
    Resized,
}

impl Signals {
    /// Catches signals from now on.
    pub fn catch() -> nix::Result<Self> {
        all().thread_block()?;
        Ok(Self { caught: SignalFd::with_flags(&all(), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)? })
    }

    /// The next one that was caught, if there is one that matters.
    pub fn next(&self) -> nix::Result<Option<Caught>> {
        let Some(info) = self.caught.read_signal()? else { return Ok(None) };
        let signal = i32::try_from(info.ssi_signo).unwrap_or(0);
        let passed_on = PASSED_ON.iter().any(|known| *known as i32 == signal);
        Ok(if signal == Signal::SIGWINCH as i32 {
            Some(Caught::Resized)
        } else if !passed_on {
            None
        } else if info.ssi_code == SI_KERNEL {
            Some(Caught::ByTerminal(signal))
        } else {
            (!is_inside(info.ssi_pid)).then_some(Caught::BySomebody(signal))
        })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.caught.as_fd()
    }
}

/// Lets signals through again, to what this process then starts.
pub fn release() -> nix::Result<()> {
    all().thread_unblock()
}

fn all() -> SigSet {
    PASSED_ON.into_iter().chain(OURS).collect()
}

/// Whether a process is in a PID namespace below ours: the command, or what it has started, has sent the signal to its whole process
/// group, which we are in, and has no need to hear of it again.
fn is_inside(process: u32) -> bool {
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/pid"));
    match (namespace(&process.to_string()), namespace("self")) {
        (Ok(theirs), Ok(ours)) => theirs != ours,
        _ => false,
    }
}
