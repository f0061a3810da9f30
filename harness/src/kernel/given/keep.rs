//! The keeper of what is ours in given directories.
//!
//! Invariant: the keeper outlives every process that came of the one beside it, and then removes what it made, whatever ended them: a
//! signal to it, to its process group, or to any of them. If the keeper itself is killed, the kernel kills the others.

use std::env;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};
use rustix::process::{getpid, set_child_subreaper};
use tempfile::Builder;

use super::error::GivenError;
use super::remove::remove;
use super::room::is_too_full;
use super::site::Site;
use crate::errno::Errno;
use crate::kernel::descendants::end_descendants;
use crate::kernel::namespace::Tether;
use crate::package::Package;
use crate::pairing::Directories;
use crate::sys;

/// What the name of each directory of ours begins with.
const PREFIX: &str = ".exdev-";

/// What ends a program, unless it takes care of that.
const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];

/// Who we are once there is a keeper.
#[derive(Debug)]
pub enum Kept {
    /// The process that does the work, here.
    Working(Site),
    /// The keeper, after the end of the other: with this code, and with nothing of ours left.
    Ended(u8),
}

/// Makes a directory of ours in each of the given ones, and one for everything else; and continues in a process beside this one, which
/// waits for its end, and then removes them. If a signal ended it, this process ends by the same.
///
/// The caller has one thread.
///
/// # Errors
/// Nothing can be made there, there is no room for the package, or something that was made cannot be removed again.
pub fn keep(directories: &Directories, package: &Package) -> Result<Kept, GivenError> {
    let here = Path::new("/proc/self");
    let failed = |operation| GivenError::failed(operation, here);
    // From here on no signal can come between making something and knowing of it.
    let signals: SigSet = ENDING.into_iter().chain([Signal::SIGCHLD]).collect();
    signals.thread_block().map_err(|errno| failed("block the signals of")(errno.into()))?;
    let held = Held::make(directories, package)?;
    set_child_subreaper(Some(getpid())).map_err(|errno| failed("adopt the orphans of")(errno.into()))?;
    let (tether, holds) = Tether::new().map_err(failed("make a pipe for"))?;
    match sys::fork().map_err(failed("fork"))? {
        ForkResult::Child => {
            let site = held.hand_over();
            drop(holds);
            tether.renew().map_err(failed("tie"))?;
            signals.thread_unblock().map_err(|errno| failed("let signals through to")(errno.into()))?;
            Ok(Kept::Working(site))
        }
        ForkResult::Parent { child } => {
            drop(tether);
            let ended = wait(child, &signals).and_then(|status| end_descendants(&[]).map(|_| status));
            drop(holds);
            held.release()?;
            match ended.map_err(failed("wait for the work of"))? {
                WaitStatus::Exited(_, code) => Ok(Kept::Ended(code.to_le_bytes()[0])),
                WaitStatus::Signaled(_, signal, _) => Ok(Kept::Ended(end_by(signal, &signals))),
                _ => Ok(Kept::Ended(1)),
            }
        }
    }
}

/// Waits for the end of the work; what is to end us, ends it.
fn wait(child: Pid, signals: &SigSet) -> io::Result<WaitStatus> {
    loop {
        let signal = signals.wait()?;
        if signal != Signal::SIGCHLD {
            // If it has ended just now, we are told next.
            let _ = kill(child, signal);
        }
        match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
            WaitStatus::StillAlive => {}
            status => return Ok(status),
        }
    }
}

/// Ends this process by a signal; what a shell would say of that, where the signal does not.
fn end_by(signal: Signal, signals: &SigSet) -> u8 {
    if ENDING.contains(&signal) {
        let _ = raise(signal);
        let _ = signals.thread_unblock();
    }
    128 + (signal as i32).to_le_bytes()[0]
}

/// Directories that are removed when this is dropped.
#[derive(Debug)]
struct Held {
    made: Vec<PathBuf>,
}

impl Held {
    fn make(directories: &Directories, package: &Package) -> Result<Self, GivenError> {
        let mut held = Self { made: Vec::new() };
        for (end, path) in [("cache", &directories.cache), ("target", &directories.target)] {
            let made = held.add(path).map_err(|error| match Errno::from(&error) {
                errno if errno.is_no_room() => GivenError::Full { end, path: path.clone() },
                errno => GivenError::Unwritable { end, path: path.clone(), errno },
            })?;
            if is_too_full(&made, package).map_err(GivenError::failed("write to", path))? {
                return Err(GivenError::Full { end, path: path.clone() });
            }
        }
        let temporary = env::temp_dir();
        let temporary = temporary.canonicalize().map_err(GivenError::failed("find TMPDIR", &temporary))?;
        held.add(&temporary).map_err(GivenError::failed("make a directory in TMPDIR", &temporary))?;
        Ok(held)
    }

    fn add(&mut self, parent: &Path) -> io::Result<PathBuf> {
        // Linkers may run as another user, who must get through it.
        let mode = Permissions::from_mode(0o755);
        let mut met = None;
        let new = Builder::new().prefix(PREFIX).make_in(parent, |path| {
            let tried = fs::create_dir(path);
            met = tried.as_ref().err().and_then(io::Error::raw_os_error);
            tried
        });
        // An error is told with a path by then, and its errno is gone.
        let new = new.map_err(|error| met.map_or(error, io::Error::from_raw_os_error))?;
        let path = new.into_temp_path().keep().map_err(|error| error.error)?;
        self.made.push(path.clone());
        // Where all directories have the same permission bits, these have to do.
        let _ = fs::set_permissions(&path, mode);
        Ok(path)
    }

    /// Leaves the removal to the other process.
    fn hand_over(mut self) -> Site {
        let mut parts = std::mem::take(&mut self.made).into_iter();
        let mut next = || parts.next().unwrap_or_default();
        Site { cache: next(), target: next(), own: next() }
    }

    fn release(mut self) -> Result<(), GivenError> {
        let removed = |path: PathBuf| remove(&path).map_err(GivenError::failed("remove", &path));
        let all: Vec<_> = std::mem::take(&mut self.made).into_iter().map(removed).collect();
        all.into_iter().collect()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for path in self.made.drain(..) {
            let _ = remove(&path);
        }
    }
}
