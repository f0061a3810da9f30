//! Ends what this process has started, and what that has.
//!
//! We are to be a subreaper, see `PR_SET_CHILD_SUBREAPER(2const)`: then whatever outlives its parents becomes our child.

use std::fs;
use std::io;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Ends all that are our children, and those that become so by that, but for these others; how many were still running.
pub fn end_descendants(others: &[Pid]) -> io::Result<usize> {
    // What has ended by itself waits for us to be told.
    while reap()? {}
    let mut ended = 0;
    loop {
        let mut left = children()?;
        left.retain(|child| !others.contains(child));
        if left.is_empty() {
            return Ok(ended);
        }
        for &child in &left {
            match kill(child, Signal::SIGKILL) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        for child in left {
            match waitpid(child, None) {
                Ok(_) => ended += 1,
                Err(Errno::ECHILD) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

/// Waits for one that has ended; whether there was any.
fn reap() -> io::Result<bool> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => Ok(false),
        Ok(_) => Ok(true),
        Err(errno) => Err(errno.into()),
    }
}

/// Our children, by looking at all processes.
pub fn children() -> io::Result<Vec<Pid>> {
    let ours = std::process::id();
    let is_ours = |pid: &i32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok()) == Some(ours)
    };
    let entries = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(entries.filter(is_ours).map(Pid::from_raw).collect())
}
