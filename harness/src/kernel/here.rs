//! Runs a command where we are, without a namespace: under a supervisor that is a fork of this process.
//!
//! Invariant: when `run_here` returns, nothing that the command started is alive: what outlives its parents becomes the supervisor's
//! child, see `PR_SET_CHILD_SUBREAPER(2const)`, and is ended by it. If either of the two is killed, the other ends all that is left:
//! the supervisor notices that we have hung up, and its children become ours. Only who kills both at once can leave something.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open, set_child_subreaper, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};

use super::capabilities;
use super::descendants::{children, end_descendants};
use super::interrupts::Interrupts;
use super::nested::{Forked, beside};
use super::process::exit;
use crate::linker::User;
use crate::outcome::Exit;
use crate::sys;
use crate::trace::{Faults, Scope, Stop, Supervisor, Trace, Watched, watch};

/// How a command ended.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ended {
    /// Its own end.
    pub exit: Exit,
    /// How long it took.
    pub took: Duration,
    /// How many processes it left running, which were ended.
    pub left_running: usize,
}

/// What came of running a command.
#[derive(Debug, Serialize, Deserialize)]
pub enum Finish {
    /// It ran to its end or to its limit, and did this.
    Ended(Ended, Trace),
    /// Its program cannot be executed, with this errno.
    NotStarted(i32),
    /// This signal was to end us, and all was ended.
    Interrupted(i32),
}

/// Runs a command to its end, with these faults in its calls. Interrupts from the terminal are for the command; what is to
/// terminate us ends all.
///
/// # Errors
/// It could not be watched.
pub fn run_here(command: Command, faults: &Faults, limit: Option<Duration>) -> io::Result<Finish> {
    begin(command, None, faults, limit)
}

/// Runs a command to its end, as this user if that is another one than we are.
pub(super) fn run_as(
    mut command: Command,
    user: Option<User>,
    faults: &Faults,
    limit: Duration,
) -> io::Result<(Ended, Trace)> {
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    match begin(command, user, faults, Some(limit))? {
        Finish::Ended(ended, trace) => Ok((ended, trace)),
        Finish::NotStarted(errno) => Err(io::Error::from_raw_os_error(errno)),
        Finish::Interrupted(signal) => Err(io::Error::other(format!("signal {signal} was to end it"))),
    }
}

fn begin(command: Command, user: Option<User>, faults: &Faults, limit: Option<Duration>) -> io::Result<Finish> {
    let interrupts = Interrupts::catch()?;
    let mask = interrupts.before();
    // A shell that has executed us may have left us children.
    let others = children()?;
    set_child_subreaper(Some(rustix::process::getpid()))?;
    let (tether, held) = io::pipe()?;
    let mut held = Some(held);
    let ours = &mut held;
    let supervisor = beside(move || {
        // As long as the fork had this end, too, it could not tell that we are gone.
        drop(ours.take());
        supervised(command, user, faults, limit, &tether, mask)
    })?;
    let signal = attend(&supervisor, &interrupts)?;
    if signal.is_some() {
        drop(held.take());
    }
    let finish = supervisor.finish();
    if finish.is_err() {
        end_descendants(&others)?;
    }
    signal.map_or(finish, |signal| Ok(Finish::Interrupted(signal as i32)))
}

/// Waits until the supervisor has something to say, or is gone, or a signal is to end us.
fn attend(supervisor: &Forked<Finish>, interrupts: &Interrupts) -> io::Result<Option<Signal>> {
    loop {
        let told = supervisor.told();
        let mut fds = [PollFd::new(&told, PollFlags::IN), PollFd::new(interrupts, PollFlags::IN)];
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => continue,
            result => result?,
        };
        let told = !fds[0].revents().is_empty();
        if let Some(signal) = interrupts.next()? {
            return Ok(Some(signal));
        }
        if told {
            return Ok(None);
        }
    }
}

fn supervised(
    mut command: Command,
    user: Option<User>,
    faults: &Faults,
    limit: Option<Duration>,
    tether: &PipeReader,
    mask: SigSet,
) -> io::Result<Finish> {
    set_child_subreaper(Some(rustix::process::getpid()))?;
    let (watched, watching) = Watched::pair()?;
    watch(&mut command, Scope::of(&faults.list), watching);
    sys::replay::before_exec(&mut command, move || {
        mask.thread_set_mask()?;
        Ok(set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?)
    });
    let start = Instant::now();
    let child = command.spawn();
    // It holds the other end of what the listener comes through.
    drop(command);
    user.map_or(Ok(()), capabilities::be_like)?;
    let mut running = match (child, watched.listener()) {
        (Ok(child), Ok(listener)) => Running { child, supervisor: Supervisor::new(listener, faults.clone())? },
        // Under the filter it was, so it was the program.
        (Err(error), Ok(_)) => return Ok(Finish::NotStarted(error.raw_os_error().unwrap_or(0))),
        (Err(error), Err(_)) | (Ok(_), Err(error)) => return Err(error),
    };
    let exit = running.attend(limit.and_then(|limit| Some((limit, start.checked_add(limit)?))), tether);
    let took = start.elapsed();
    let left_running = end_descendants(&[])?;
    Ok(Finish::Ended(Ended { exit: exit?, took, left_running }, running.supervisor.into_trace()))
}

/// A command that runs, and who watches it.
struct Running {
    child: Child,
    supervisor: Supervisor,
}

impl Running {
    /// Serves the command to its end.
    fn attend(&mut self, limit: Option<(Duration, Instant)>, tether: &PipeReader) -> io::Result<Exit> {
        let ended = pidfd_open(rustix::process::Pid::from_child(&self.child), PidfdFlags::empty())?;
        let either = either(&ended, tether)?;
        let stop = self.supervisor.serve(Some(either.as_fd()), limit.map(|(_, deadline)| deadline))?;
        if is_hung_up(tether)? {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match (stop, limit) {
            (Stop::Deadline, Some((limit, _))) => {
                self.child.kill()?;
                self.child.wait()?;
                Ok(Exit::TimedOut(limit.as_secs()))
            }
            _ => self.child.wait().map(exit),
        }
    }
}

/// What becomes readable when the command has ended, or we have been left alone.
fn either(ended: &OwnedFd, tether: &PipeReader) -> io::Result<OwnedFd> {
    let either = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&either, ended, EventData::new_u64(0), EventFlags::IN)?;
    // That the other end is closed is always told.
    epoll::add(&either, tether, EventData::new_u64(1), EventFlags::empty())?;
    Ok(either)
}

fn is_hung_up(tether: &PipeReader) -> io::Result<bool> {
    let mut fds = [PollFd::new(tether, PollFlags::empty())];
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    Ok(fds[0].revents().contains(PollFlags::HUP))
}
