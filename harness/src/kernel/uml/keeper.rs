//! The keeper: boots a guest in namespaces of its own, and ends it when the client is gone or the guest no longer shows life.
//!
//! Invariant: the keeper is process 1 of a PID namespace, so that whatever ends it ends the guest.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::boot::{self, Booted};
use super::installed::installed;
use super::memory;
use super::settings::Settings;
use crate::filesystem::SetupError;
use crate::kernel::{agent, root};

/// How long a guest may show no sign of life, unless told otherwise. It shows one each second, once it has booted.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Boots a guest for the client behind `stream`, and returns when either is gone.
///
/// # Errors
/// The stream broke. What keeps a guest from being started is the reply to every request.
pub fn keep(stream: UnixStream, scratch: &str, patience: Duration) -> io::Result<()> {
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
    agent::enter_namespaces(stream.as_fd())?;
    // The guest's memory is a file in there, and little else is.
    root::enter(&exdev, &(memory::GUEST + (64 << 20)).to_string())?;
    boot::prepare(&kernel, &Settings::of_here(scratch))?;
    boot::boot(&kernel, stream.as_fd())
}

fn watch(client: BorrowedFd<'_>, mut booted: Booted, patience: Duration) -> io::Result<()> {
    let guest = pidfd_open(Pid::from_child(&booted.process), PidfdFlags::empty())?;
    loop {
        let mut fds = [
            PollFd::new(&client, PollFlags::empty()),
            PollFd::new(&guest, PollFlags::IN),
            PollFd::new(&booted.beats, PollFlags::IN),
        ];
        let limit = Timespec { tv_sec: patience.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: 0 };
        let showed = poll(&mut fds, Some(&limit))?;
        let [client, guest, beats] = fds.map(|fd| !fd.revents().is_empty());
        if client {
            return Ok(());
        } else if guest {
            let status = booted.process.wait()?;
            return Err(io::Error::other(format!("the guest kernel ended: {status}")));
        } else if showed == 0 {
            return Err(io::Error::other(format!("the guest showed no sign of life for {} s", patience.as_secs())));
        } else if beats {
            hear(&mut booted.beats)?;
        }
    }
}

fn hear(beats: &mut PipeReader) -> io::Result<()> {
    let mut beat = [0; 64];
    match beats.read(&mut beat)? {
        0 => Err(io::Error::other("the guest closed its second serial line")),
        _ => Ok(()),
    }
}
