//! Work that is done in a fork of this process, perhaps in a PID namespace of its own, whose process 1 that fork is then.
//!
//! Invariant: when work in a namespace of its own is finished, the kernel has ended all that it started, see `pid_namespaces(7)`,
//! and nothing else; and the next child of this process is in its own namespace again.

use std::fs::File;
use std::io::{self, BufReader, PipeReader, PipeWriter};
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;

use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::wire::{receive, send};
use crate::sys;

/// Does the work in a PID namespace of its own, and returns what it returned. Only `/proc` is still that of this process's
/// namespace.
///
/// # Errors
/// The work failed, or there can be no such namespace, or its process 1 was killed.
pub fn nested<T: Serialize + DeserializeOwned>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    apart(work)?.finish()
}

/// Begins the work in a PID namespace of its own.
///
/// # Errors
/// There can be no such namespace.
pub fn apart<T: Serialize + DeserializeOwned>(work: impl FnOnce() -> io::Result<T>) -> io::Result<Forked<T>> {
    let own = File::open("/proc/self/ns/pid")?;
    // ENOSPC, which says that there are too many of them, must not be taken for a full disk.
    unshare(CloneFlags::CLONE_NEWPID)
        .map_err(|errno| io::Error::other(format!("it can have no PID namespace of its own: {}", errno.desc())))?;
    let forked = beside(work);
    setns(own, CloneFlags::CLONE_NEWPID)?;
    forked
}

/// Begins the work beside this process.
///
/// # Errors
/// There can be no other process.
pub fn beside<T: Serialize + DeserializeOwned>(work: impl FnOnce() -> io::Result<T>) -> io::Result<Forked<T>> {
    let (hear, tell) = io::pipe()?;
    match sys::fork()? {
        ForkResult::Child => {
            drop(hear);
            be_first(work, tell)
        }
        ForkResult::Parent { child } => Ok(Forked { child, hear, returns: PhantomData }),
    }
}

/// Work that has begun.
#[derive(Debug)]
pub struct Forked<T> {
    child: Pid,
    hear: PipeReader,
    returns: PhantomData<T>,
}

impl<T: DeserializeOwned> Forked<T> {
    /// What becomes readable when it has something to tell, or has ended.
    pub fn told(&self) -> BorrowedFd<'_> {
        self.hear.as_fd()
    }

    /// Waits for its end, which of process 1 comes once all others in its namespace are gone; and returns what it returned.
    ///
    /// # Errors
    /// The work failed, or it was killed.
    pub fn finish(self) -> io::Result<T> {
        let told = receive(&mut BufReader::new(self.hear));
        let status = waitpid(self.child, None)?;
        match told? {
            Some(Told::Done(result)) => Ok(result),
            Some(Told::Errno(errno)) => Err(io::Error::from_raw_os_error(errno)),
            Some(Told::Problem(problem)) => Err(io::Error::other(problem)),
            None => Err(io::Error::other(format!("the process that does it ended early: {status:?}"))),
        }
    }
}

/// What the fork tells before it ends.
#[derive(Serialize, Deserialize)]
enum Told<T> {
    Done(T),
    Errno(i32),
    Problem(String),
}

/// Ends here even if the work panics: what is further up the stack, mounts above all, is not the fork's to drop.
fn be_first<T: Serialize>(work: impl FnOnce() -> io::Result<T>, mut tell: PipeWriter) -> ! {
    let told = catch_unwind(AssertUnwindSafe(|| {
        let told = work().map_or_else(
            |error| error.raw_os_error().map_or_else(|| Told::Problem(error.to_string()), Told::Errno),
            Told::Done,
        );
        send(&mut tell, &told)
    }));
    process::exit(i32::from(!matches!(told, Ok(Ok(())))))
}
