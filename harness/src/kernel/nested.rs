//! Work that is done in a PID namespace of its own, whose process 1 is a fork of the agent.
//!
//! Invariant: when `nested` returns, the kernel has ended all that the work started, see `pid_namespaces(7)`, and nothing else;
//! and the agent's next child is in the agent's own namespace again.

use std::fs::File;
use std::io::{self, BufReader, PipeReader, PipeWriter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;

use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::wire::{receive, send};
use crate::sys;

/// Does the work, and returns what it returned. Only `/proc` is still that of the agent's namespace.
///
/// # Errors
/// The work failed, or there can be no such namespace, or its process 1 was killed.
pub fn nested<T: Serialize + DeserializeOwned>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let own = File::open("/proc/self/ns/pid")?;
    let (hear, tell) = io::pipe()?;
    // ENOSPC, which says that there are too many of them, must not be taken for a full disk.
    unshare(CloneFlags::CLONE_NEWPID)
        .map_err(|errno| io::Error::other(format!("it can have no PID namespace of its own: {}", errno.desc())))?;
    let forked = match sys::fork() {
        Ok(ForkResult::Child) => be_first(work, tell),
        Ok(ForkResult::Parent { child }) => Ok(child),
        Err(error) => Err(error),
    };
    drop(tell);
    let returned = setns(own, CloneFlags::CLONE_NEWPID);
    let done = forked.and_then(|child| outlive(child, hear));
    returned?;
    done
}

/// What process 1 tells the agent before it ends.
#[derive(Serialize, Deserialize)]
enum Told<T> {
    Done(T),
    Errno(i32),
    Problem(String),
}

/// Ends here even if the work panics: what is further up the stack, mounts above all, is the agent's to drop.
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

/// Waits for process 1, which is possible once all others in its namespace are gone.
fn outlive<T: DeserializeOwned>(first: Pid, hear: PipeReader) -> io::Result<T> {
    let told = receive(&mut BufReader::new(hear));
    let status = waitpid(first, None)?;
    match told? {
        Some(Told::Done(result)) => Ok(result),
        Some(Told::Errno(errno)) => Err(io::Error::from_raw_os_error(errno)),
        Some(Told::Problem(problem)) => Err(io::Error::other(problem)),
        None => Err(io::Error::other(format!("process 1 of its PID namespace ended early: {status:?}"))),
    }
}
