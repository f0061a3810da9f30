//! Makes a call as somebody else: a process that has changed its credentials, or is in a sandbox that we are not in.
//!
//! Such a call is made by a fork of ours that has become like that process first; there is no way back for it. Its descriptors
//! are ours, so that what it opens is open here.

use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use nix::sys::wait::waitpid;
use nix::unistd::ForkResult;
use rustix::process::{Gid, Uid, fchdir};
use rustix::thread::{
    CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};

use super::status::Standing;
use crate::errno::Errno;
use crate::sys::replay::{Word, exit_now, fork_sharing_descriptors, replay, restrict_self};

/// What it takes to be like another process.
#[derive(Debug)]
pub struct Disguise {
    /// Who it is.
    pub standing: Standing,
    /// The Landlock rulesets that it is under, in the order in which it went under them.
    pub rulesets: Vec<Rc<Ruleset>>,
}

/// A Landlock ruleset, and how a process went under it, see `landlock_restrict_self(2)`.
#[derive(Debug)]
pub struct Ruleset {
    /// Our own copy of its descriptor.
    pub file: OwnedFd,
    /// The flags.
    pub flags: u64,
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
        let told = apart(|| match self.put_on().and_then(|()| Ok(fchdir(directory)?)) {
            Ok(()) => match replay(number, words) {
                Ok(result) => [0, result],
                Err(errno) => [1, errno.into()],
            },
            Err(error) => [2, error.raw_os_error().unwrap_or(0).into()],
        })?;
        let errno = |value| Errno(i32::try_from(value).unwrap_or(0));
        match told {
            [0, result] => Ok(Ok(result)),
            [1, value] => Ok(Err(errno(value))),
            [_, value] => Err(io::Error::other(format!("exdev cannot become who it is ({})", errno(value)))),
        }
    }

    /// Whether a process can be like this at all.
    pub fn fits(&self) -> io::Result<bool> {
        Ok(apart(|| [i64::from(self.put_on().is_err()), 0])?[0] == 0)
    }

    fn put_on(&self) -> io::Result<()> {
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
        // So has every linker, see `watch`.
        set_no_new_privs(true)?;
        self.rulesets.iter().try_for_each(|ruleset| restrict_self(ruleset.file.as_raw_fd(), ruleset.flags))
    }
}

/// Does something in a fork that has our descriptors, and returns the two numbers that came of it.
fn apart(work: impl FnOnce() -> [i64; 2]) -> io::Result<[i64; 2]> {
    let (mut hear, mut tell) = io::pipe()?;
    match fork_sharing_descriptors()? {
        ForkResult::Child => {
            // Nothing of ours may be dropped here: the descriptors are the parent's.
            let _ = tell.write_all(&work().map(i64::to_ne_bytes).concat());
            exit_now()
        }
        ForkResult::Parent { child } => {
            let mut told = [0; 16];
            // It has the pipe's ends because we have: once it has ended, nobody else will write.
            waitpid(child, None)?;
            drop(tell);
            hear.read_exact(&mut told)?;
            Ok([0, 8].map(|at| i64::from_ne_bytes(std::array::from_fn(|byte| told[at + byte]))))
        }
    }
}
