//! The agent: serves requests from inside a kernel, one after the other.
//!
//! Invariant: an agent has one thread, and between two requests nothing of the last one remains.

use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::fs::Mode;

use super::capabilities;
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
pub fn serve(stream: UnixStream, scratch: &str) -> io::Result<()> {
    let mut output = stream.try_clone()?;
    let started = start(&stream, scratch);
    let mut input = BufReader::new(stream);
    let mut agent = match started {
        Ok(agent) => agent,
        // Every request gets the same answer: the reason why there is no agent to serve it.
        Err(error) => {
            while receive::<Request>(&mut input)?.is_some() {
                send(&mut output, &refused(&error))?;
            }
            return Ok(());
        }
    };
    while let Some(request) = receive(&mut input)? {
        send(&mut output, &agent.answer(request))?;
    }
    Ok(())
}

fn start(stream: &UnixStream, scratch: &str) -> Result<Agent, SetupError> {
    let own = User { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() };
    // Asked for before the namespaces are entered: in a chroot, the answer means nothing afterwards.
    let exdev = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
    let (power, tether) = namespace::enter(stream.as_fd()).map_err(|_| {
        SetupError::not_here(
            "this machine allows us no namespaces",
            "run it as root, or allow user namespaces (on Ubuntu: \
             sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)",
        )
    })?;
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
    root::enter(&exdev, scratch)?;
    capabilities::bound().map_err(SetupError::failed("give up capabilities for", "the linkers"))?;
    let workshop = Workshop::new(root::IMAGES.into(), power);
    Ok(Agent { workshop, tether, own })
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
