//! The agent's own mount, PID and network namespaces, which end with it, and it with its client.
//!
//! Invariant: whoever of client, agent and linker is killed, at whatever instant, the kernel kills the rest. Two things make it so:
//! a parent-death signal (`PR_SET_PDEATHSIG`), and right after setting it a look whether the parent is already gone, which a
//! hung-up pipe tells. Process 1 of a PID namespace takes all others with it.

use std::fs;
use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process;

use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, getegid, geteuid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::filesystem::Power;
use crate::sys;

/// What holds a process to its parent's life.
#[derive(Debug)]
pub struct Tether {
    parent: OwnedFd,
}

impl Tether {
    /// A tether to this process, for a child of it; it holds while this process has the other end, too.
    pub fn new() -> io::Result<(Self, PipeWriter)> {
        let (parent, held) = io::pipe()?;
        Ok((Self { parent: parent.into() }, held))
    }

    /// A tether to the client that has started this process, and hangs up when it is gone.
    pub fn to(client: BorrowedFd<'_>) -> io::Result<Self> {
        let tether = Self { parent: client.try_clone_to_owned()? };
        tether.renew()?;
        Ok(tether)
    }

    /// Asks for the parent-death signal, again after any call that clears it (setfsuid(2) does).
    pub fn renew(&self) -> io::Result<()> {
        tie(self.parent.as_fd())
    }
}

/// What the namespaces keep from the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// Mounts, processes and the network.
    Wholly,
    /// Mounts and processes.
    ButForNetwork,
}

/// Enters new namespaces and continues in their process 1. `client` hangs up when the client is gone.
///
/// # Errors
/// The kernel allows neither the namespaces nor a user namespace to make them in.
pub fn enter(client: BorrowedFd<'_>, apart: Apart) -> io::Result<(Power, Tether)> {
    let power = cut_off(apart)?;
    tie(client)?;
    let (tether, held) = Tether::new()?;
    match sys::fork()? {
        ForkResult::Parent { child } => {
            drop(tether);
            let status = waitpid(child, None);
            drop(held);
            process::exit(match status {
                Ok(WaitStatus::Exited(_, code)) => code,
                _ => 1,
            })
        }
        ForkResult::Child => {
            drop(held);
            tether.renew()?;
            Ok((power, tether))
        }
    }
}

fn cut_off(apart: Apart) -> io::Result<Power> {
    let apart = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | match apart {
            Apart::Wholly => CloneFlags::CLONE_NEWNET,
            Apart::ButForNetwork => CloneFlags::empty(),
        };
    let (user, group) = (geteuid(), getegid());
    if user.is_root() && unshare(apart).is_ok() {
        return Ok(Power::Root);
    }
    unshare(apart | CloneFlags::CLONE_NEWUSER)?;
    // The user stays who they are; only the agent, which has not executed anything since, is privileged in here.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1\n"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1\n"))?;
    Ok(Power::UserNamespace)
}

fn tie(parent: BorrowedFd<'_>) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut fds = [PollFd::new(&parent, PollFlags::empty())];
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
        process::exit(1);
    }
    Ok(())
}
