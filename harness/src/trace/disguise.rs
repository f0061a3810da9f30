//! Makes a call as somebody else: a process that has changed its root or its credentials, or is in a sandbox that we are not in.
//!
//! Such a call is made by a fork of ours that has become like that process first; there is no way back for it. Its descriptors
//! are ours, so that what it opens is open here.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use nix::sys::wait::waitpid;
use nix::unistd::ForkResult;
use rustix::process::{Gid, Uid, chroot, fchdir};
use rustix::thread::{
    CapabilitySet, CapabilitySets, set_capabilities, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use super::context::Standing;
use crate::errno::Errno;
use crate::sys::replay::{Word, exit_now, fork_sharing_descriptors, replay, restrict_self};

/// What it takes to be like another process.
#[derive(Debug)]
pub struct Disguise {
    /// Who it is.
    pub standing: Standing,
    /// Its root, if that is not ours.
    pub root: Option<OwnedFd>,
    /// The Landlock rulesets that it is under, in the order in which it went under them.
    pub rulesets: Vec<Rc<OwnedFd>>,
}

impl Disguise {
    /// Makes the call in this directory; what the kernel writes into its words is lost. The outer error is that we cannot be like
    /// that process.
    pub fn replay(
        &self,
        directory: BorrowedFd<'_>,
        number: i64,
        words: &mut [Word; 6],
    ) -> io::Result<Result<i64, Errno>> {
        let (mut hear, mut tell) = io::pipe()?;
        match fork_sharing_descriptors()? {
            ForkResult::Child => {
                // Nothing of ours may be dropped here: the descriptors are the parent's.
                let told = match self.put_on(directory) {
                    Ok(()) => match replay(number, words) {
                        Ok(result) => [0, result],
                        Err(errno) => [1, errno.into()],
                    },
                    Err(error) => [2, error.raw_os_error().unwrap_or(0).into()],
                };
                let _ = tell.write_all(&told.map(i64::to_ne_bytes).concat());
                exit_now()
            }
            ForkResult::Parent { child } => {
                drop(tell);
                let mut told = [0; 16];
                let read = hear.read_exact(&mut told);
                waitpid(child, None)?;
                read?;
                let [kind, value] = [0, 8].map(|at| i64::from_ne_bytes(std::array::from_fn(|byte| told[at + byte])));
                let errno = Errno(i32::try_from(value).unwrap_or(0));
                match kind {
                    0 => Ok(Ok(value)),
                    1 => Ok(Err(errno)),
                    _ => Err(io::Error::other(format!("we cannot become who it is ({errno})"))),
                }
            }
        }
    }

    fn put_on(&self, directory: BorrowedFd<'_>) -> io::Result<()> {
        if let Some(root) = &self.root {
            fchdir(root.as_fd())?;
            chroot(".")?;
        }
        fchdir(directory)?;
        let Standing { users, groups, supplementary, capabilities, .. } = &self.standing;
        let ours = Standing::own()?;
        if (ours.users, ours.groups, &ours.supplementary) != (*users, *groups, supplementary) {
            let supplementary: Vec<_> = supplementary.iter().map(|&group| Gid::from_raw(group)).collect();
            set_thread_groups(&supplementary)?;
            set_thread_res_gid(Gid::from_raw(groups[0]), Gid::from_raw(groups[3]), Gid::from_raw(groups[2]))?;
            set_thread_res_uid(Uid::from_raw(users[0]), Uid::from_raw(users[3]), Uid::from_raw(users[2]))?;
        }
        let set = CapabilitySet::from_bits_retain(*capabilities);
        if Standing::own()?.capabilities != *capabilities {
            let sets = CapabilitySets { effective: set, permitted: set, inheritable: CapabilitySet::empty() };
            set_capabilities(None, sets)?;
        }
        self.rulesets.iter().try_for_each(|ruleset| restrict_self(ruleset.as_raw_fd(), 0))
    }
}
