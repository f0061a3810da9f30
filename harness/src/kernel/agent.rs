//! The agent: serves requests from inside a kernel, one after the other.
//!
//! Invariant: an agent has one thread, and between two requests nothing of the last one remains.

use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::Mode;

use super::namespace::{self, Tether};
use super::root;
use super::wire::{Reply, Request, receive, send};
use crate::filesystem::{Power, RUN_AS_ROOT, SetupError, Workshop};
use crate::linker::User;
use crate::scenario::Identity;

/// Everything that an agent needs for its cells.
#[derive(Debug)]
pub struct Agent {
    pub(super) workshop: Workshop,
    pub(super) tether: Tether,
    pub(super) own: User,
}

/// Serves the client behind `stream` until it hangs up. `scratch` is how much memory images and trees may take, as a size
/// that tmpfs(5) understands.
///
/// # Errors
/// The namespaces cannot be made, or the stream broke. What goes wrong in a request is a reply.
pub fn serve(stream: OwnedFd, scratch: &str) -> io::Result<()> {
    match start(stream.as_fd(), scratch) {
        Ok(mut agent) => reply(stream, |request| agent.answer(request)),
        Err(error) => refuse(stream, &error),
    }
}

/// Gives every request the same answer: the reason why there is no agent to serve it.
///
/// # Errors
/// The stream broke.
pub fn refuse(stream: OwnedFd, error: &SetupError) -> io::Result<()> {
    reply(stream, |_| refused(error))
}

fn reply(stream: OwnedFd, mut answer: impl FnMut(Request) -> Reply) -> io::Result<()> {
    let mut output = File::from(stream);
    let mut input = BufReader::new(output.try_clone()?);
    while let Some(request) = receive(&mut input)? {
        send(&mut output, &answer(request))?;
    }
    Ok(())
}

fn start(client: BorrowedFd<'_>, scratch: &str) -> Result<Agent, SetupError> {
    let own = User { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() };
    // Asked for before the namespaces are entered: in a chroot, the answer means nothing afterwards.
    let exdev = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
    let (power, tether) = enter_namespaces(client)?;
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
    root::enter(&exdev, scratch)?;
    let workshop = Workshop::new(root::IMAGES.into(), power);
    Ok(Agent { workshop, tether, own })
}

/// Continues in namespaces of our own, see [`namespace::enter`].
pub(super) fn enter_namespaces(client: BorrowedFd<'_>) -> Result<(Power, Tether), SetupError> {
    namespace::enter(client).map_err(|_| {
        SetupError::not_here(
            "this machine allows us no namespaces",
            "run it as root, or allow user namespaces (on Ubuntu: \
             sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)",
        )
    })
}

impl Agent {
    fn answer(&mut self, request: Request) -> Reply {
        let answer = match request {
            Request::Run(scenario) => self.run(&scenario).map(|record| Reply::Ran(Box::new(record))),
            Request::Provision(pairing) => self.provision_only(pairing).map(Reply::Provisioned),
        };
        answer.unwrap_or_else(|error| refused(&error))
    }

    /// The user that runs the linker.
    pub(super) fn user(&self, identity: Identity) -> Result<User, SetupError> {
        match (self.workshop.power, identity) {
            (Power::Root, Identity::User) => Ok(User::ORDINARY),
            (Power::Root, Identity::Root) => Ok(User::ROOT),
            (Power::UserNamespace, Identity::User) => Ok(self.own),
            (Power::UserNamespace, Identity::Root) => {
                Err(SetupError::not_here("an ordinary user cannot run a linker as root", RUN_AS_ROOT))
            }
        }
    }
}

fn refused(error: &SetupError) -> Reply {
    match error {
        SetupError::NotHere { reason, mend } => Reply::NotHere { reason: reason.clone(), mend: mend.clone() },
        error => Reply::Broken { problem: error.to_string() },
    }
}
