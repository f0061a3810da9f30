//! Signals to this process while a command runs in the same process group: who interrupts at the terminal means the command, and who
//! terminates us means all of it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::sys;

/// What the terminal sends to the command as well.
const INTERRUPTS: [Signal; 2] = [Signal::SIGINT, Signal::SIGQUIT];

/// What ends us.
const TERMINATES: [Signal; 2] = [Signal::SIGTERM, Signal::SIGHUP];

/// Signals are held back from this process, and those that it forks, until this is dropped.
#[derive(Debug)]
pub struct Interrupts {
    caught: SignalFd,
    before: SigSet,
}

impl Interrupts {
    /// Holds signals back from now on; but those that are ignored (as nohup(1) does) stay so.
    pub fn catch() -> io::Result<Self> {
        let wanted = INTERRUPTS.into_iter().chain(TERMINATES).filter(|signal| !sys::is_ignored(*signal as i32));
        let set: SigSet = wanted.collect();
        let before = SigSet::thread_get_mask()?;
        set.thread_block()?;
        Ok(Self { caught: SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?, before })
    }

    /// What was held back before, and is to be held back from the command.
    pub const fn before(&self) -> SigSet {
        self.before
    }

    /// The signal that is to end us, if one has come. Interrupts, which the command has got itself, are forgotten.
    pub fn next(&self) -> io::Result<Option<Signal>> {
        while let Some(caught) = self.caught.read_signal()? {
            let signal = i32::try_from(caught.ssi_signo).ok().and_then(|signal| Signal::try_from(signal).ok());
            if let Some(signal) = signal.filter(|signal| TERMINATES.contains(signal)) {
                return Ok(Some(signal));
            }
        }
        Ok(None)
    }
}

impl AsFd for Interrupts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.caught.as_fd()
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        // What came with the command's last breath was for the command, too.
        while matches!(self.caught.read_signal(), Ok(Some(_))) {}
        let _ = self.before.thread_set_mask();
    }
}
