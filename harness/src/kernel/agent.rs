//! The agent: serves requests from inside a kernel, one after the other.
//!
//! Invariant: an agent has one thread, and between two requests nothing of the last one remains, but what linkers have learned of
//! the host and copies of the caches that they have filled.

use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;

use super::given::{Site, names};
use super::kept::Kept;
use super::learned::Learned;
use super::namespace::{self, Apart, Tether};
use super::root;
use super::session::{Errand, Told, View};
use super::wire::{Reply, Request, receive, send};
use crate::filesystem::{Power, RUN_AS_ROOT, SetupError, Workshop};
use crate::linker::User;
use crate::normalize::Words;
use crate::package::Size;
use crate::pairing::Names;
use crate::scenario::Identity;

/// Everything that an agent needs for its cells.
#[derive(Debug)]
pub struct Agent {
    pub(super) workshop: Workshop,
    pub(super) tether: Tether,
    pub(super) own: User,
    /// Where it works if it makes no filesystems.
    pub(super) ground: Option<Ground>,
    pub(super) learned: Learned,
    pub(super) kept: Kept,
    /// What has come of an errand.
    pieces: String,
}

/// Directories that an agent works in.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) site: Site,
    /// The names that both ends can hold.
    pub(super) names: Names,
}

/// Serves the client behind `stream` in directories that are there, without a namespace, until it hangs up.
///
/// # Errors
/// The stream broke. What goes wrong in a request is a reply.
pub fn serve_here(stream: OwnedFd, site: Site) -> io::Result<()> {
    match Agent::here(stream.as_fd(), site) {
        Ok(mut agent) => reply(stream, |request, client| agent.answer(request, client)),
        Err(error) => refuse(stream, &error),
    }
}

/// Serves the client behind `stream` until it hangs up. `scratch` is how much memory images and trees may take, as a size
/// that tmpfs(5) understands.
///
/// # Errors
/// The namespaces cannot be made, or the stream broke. What goes wrong in a request is a reply.
pub fn serve(stream: OwnedFd, scratch: &str) -> io::Result<()> {
    match start(stream.as_fd(), scratch) {
        Ok(mut agent) => reply(stream, |request, client| agent.answer(request, client)),
        Err(error) => refuse(stream, &error),
    }
}

/// Gives every request the same answer: the reason why there is no agent to serve it.
///
/// # Errors
/// The stream broke.
pub fn refuse(stream: OwnedFd, error: &SetupError) -> io::Result<()> {
    reply(stream, |_, _| refused(error))
}

fn reply(stream: OwnedFd, mut answer: impl FnMut(Request, BorrowedFd<'_>) -> Reply) -> io::Result<()> {
    let mut output = File::from(stream);
    let mut input = BufReader::new(output.try_clone()?);
    while let Some(request) = receive(&mut input)? {
        let last = matches!(request, Request::Errand);
        let answer = answer(request, output.as_fd());
        send(&mut output, &answer)?;
        if last {
            // What the client says to a command that has just ended is no request. When it hangs up, it has the answer.
            let _ = io::copy(&mut input, &mut io::sink());
            return Ok(());
        }
    }
    Ok(())
}

fn start(client: BorrowedFd<'_>, scratch: &str) -> Result<Agent, SetupError> {
    let origin = Origin::here()?;
    let (power, tether) = enter_namespaces(client, Apart::Wholly)?;
    Agent::settle(&origin, scratch, power, tether)
}

/// What an agent knows of where it was started. In a chroot, that cannot be asked for once the namespaces are entered.
#[derive(Debug)]
pub(super) struct Origin {
    own: User,
    exdev: PathBuf,
}

impl Origin {
    /// Where we are now.
    pub(super) fn here() -> Result<Self, SetupError> {
        let own = User { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() };
        let exdev = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
        Ok(Self { own, exdev })
    }
}

/// Continues in namespaces of our own, see [`namespace::enter`].
pub(super) fn enter_namespaces(client: BorrowedFd<'_>, apart: Apart) -> Result<(Power, Tether), SetupError> {
    namespace::enter(client, apart).map_err(|_| {
        SetupError::not_here(
            "this machine allows us no namespaces",
            "run it as root, or allow user namespaces (on Ubuntu: \
             sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)",
        )
    })
}

impl Agent {
    /// Moves into a root of its own, in a mount namespace that is nobody else's.
    pub(super) fn settle(origin: &Origin, scratch: &str, power: Power, tether: Tether) -> Result<Self, SetupError> {
        rustix::process::umask(Mode::WGRP | Mode::WOTH);
        root::enter(&origin.exdev, scratch)?;
        let workshop = Workshop::new(root::IMAGES.into(), power);
        Ok(Self {
            workshop,
            tether,
            own: origin.own,
            ground: None,
            learned: Learned::default(),
            kept: Kept::default(),
            pieces: String::new(),
        })
    }

    /// Stays where it is.
    fn here(client: BorrowedFd<'_>, site: Site) -> Result<Self, SetupError> {
        let Origin { own, .. } = Origin::here()?;
        let tether = Tether::to(client).map_err(SetupError::failed("stay tied to", "the client"))?;
        rustix::process::umask(Mode::WGRP | Mode::WOTH);
        let of = |end: &Path| names(end).map_err(SetupError::failed("try names in", end));
        let names = of(&site.cache)?.and(of(&site.target)?);
        let workshop = Workshop::new(site.own.clone(), Power::None);
        let ground = Some(Ground { site, names });
        Ok(Self {
            workshop,
            tether,
            own,
            ground,
            learned: Learned::default(),
            kept: Kept::default(),
            pieces: String::new(),
        })
    }

    fn answer(&mut self, request: Request, client: BorrowedFd<'_>) -> Reply {
        let answer = match request {
            request if self.ground.is_some() && !matches!(request, Request::Run(_)) => {
                Err(SetupError::not_here("this agent makes no filesystems", "ask one that does"))
            }
            Request::Piece(piece) => {
                self.pieces.push_str(&piece);
                Ok(Reply::Meanwhile(Told::Wants))
            }
            Request::Errand => Errand::read(&self.pieces)
                .map_err(SetupError::failed("read", "the errand"))
                .and_then(|errand| self.errand(&errand, View::Ours, client).map(Reply::Ended)),
            Request::Run(scenario) => self.run(&scenario).map(|record| Reply::Ran(Box::new(record))),
            Request::Provision(pairing) => self.provision_only(pairing).map(Reply::Provisioned),
        };
        answer.unwrap_or_else(|error| self.told(refused(&error)))
    }

    /// The reply with no random name in it.
    fn told(&self, reply: Reply) -> Reply {
        let Some(Ground { site, names }) = &self.ground else { return reply };
        let words = Words::of(&site.place(Size::Small, *names));
        match reply {
            Reply::Broken { problem } => Reply::Broken { problem: words.paths(&problem) },
            reply => reply,
        }
    }

    /// The user that runs the linker.
    pub(super) fn user(&self, identity: Identity) -> Result<User, SetupError> {
        match (self.workshop.power, identity) {
            (Power::Root, Identity::User) => Ok(User::ORDINARY),
            (Power::Root, Identity::Root) => Ok(User::ROOT),
            (Power::None, Identity::User) if self.own.uid == User::ROOT.uid => Ok(User::ORDINARY),
            (Power::None, Identity::Root) if self.own.uid == User::ROOT.uid => Ok(self.own),
            (Power::UserNamespace | Power::None, Identity::User) => Ok(self.own),
            (Power::UserNamespace | Power::None, Identity::Root) => {
                Err(SetupError::not_here("an ordinary user cannot run a linker as root", RUN_AS_ROOT))
            }
        }
    }
}

/// The reply that something could not be set up.
pub(super) fn refused(error: &SetupError) -> Reply {
    match error {
        SetupError::NotHere { reason, mend } => Reply::NotHere { reason: reason.clone(), mend: mend.clone() },
        error => Reply::Broken { problem: error.to_string() },
    }
}
