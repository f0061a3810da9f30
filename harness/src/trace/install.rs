//! Puts a command under the filter, and gets hold of what listens to it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::Command;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use rustix::thread::set_no_new_privs;

use super::filter::{Scope, program};
use crate::sys::replay::before_exec;
use crate::sys::seccomp::install;

/// Where a command's listener will come from, once the command is started.
#[derive(Debug)]
pub struct Watched {
    comes_from: UnixStream,
}

/// The other end of [`Watched`].
#[derive(Debug)]
pub struct Watching {
    goes_to: UnixStream,
}

impl Watched {
    /// Both ends. They may be in different processes, and each must be dropped where it is not used.
    pub fn pair() -> io::Result<(Self, Watching)> {
        let (comes_from, goes_to) = UnixStream::pair()?;
        Ok((Self { comes_from }, Watching { goes_to }))
    }

    /// Waits for the command to be under the filter.
    ///
    /// # Errors
    /// It never came to that.
    pub fn listener(self) -> io::Result<OwnedFd> {
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut room);
        let mut byte = [0];
        recvmsg(&self.comes_from, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
        let mut descriptors = ancillary.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
            _ => None,
        });
        descriptors.next().and_then(|mut descriptors| descriptors.next()).ok_or_else(|| {
            io::Error::other(
                "the kernel gives no listener: it lacks seccomp's user notification, or another supervisor has it",
            )
        })
    }
}

/// Has the command put itself under the filter before it executes its program, for good: privileges that a program's
/// set-user-ID bit would give it are not given.
pub fn watch(command: &mut Command, scope: Scope, watching: Watching) {
    let program = program(scope);
    before_exec(command, move || {
        set_no_new_privs(true)?;
        let listener = install(&program)?;
        let descriptors = [listener.as_fd()];
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut room);
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        sendmsg(&watching.goes_to, &[IoSlice::new(&[0])], &mut ancillary, SendFlags::NOSIGNAL)?;
        Ok(())
    });
}
