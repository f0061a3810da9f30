//! What paths and permissions mean to a thread: its directory, its umask, its credentials, its sandbox.
//!
//! Invariant: what is known of a thread is as of its last watched call that could have changed it; see [`What::Context`]. While such
//! a call may be under way, nothing is remembered.
//!
//! [`What::Context`]: super::signature::What::Context

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, statat};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use super::disguise::Disguise;
use super::sandbox::Sandboxes;
use super::status::{Standing, Status};

/// What is known of one thread.
#[derive(Debug)]
pub struct Context {
    /// The thread.
    pub thread: i32,
    /// The process that it is of.
    pub process: i32,
    handle: OwnedFd,
    whose: Whose,
    /// The directory that its relative paths begin in.
    pub directory: OwnedFd,
    /// The permission bits that it does not give.
    pub umask: Mode,
    /// What it takes to be who it is; `None` where we are just so.
    pub disguise: Option<Disguise>,
}

/// What a handle is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The thread.
    Thread,
    /// Its process: kernels before 6.9 have no handles of threads.
    Process,
}

impl Context {
    /// Our own copy of one of its descriptors: both are of one open file. `None` where it has no such descriptor.
    pub fn file(&self, number: i32) -> io::Result<Option<OwnedFd>> {
        copy(&self.handle, number)
    }

    /// Whether the thread has ended; another may have its number then.
    fn is_over(&self) -> bool {
        let mut fds = [PollFd::new(&self.handle, PollFlags::IN)];
        let ended = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0);
        ended || self.whose == Whose::Process && self.thread != self.process && !self.is_thread_of_its_process()
    }

    fn is_thread_of_its_process(&self) -> bool {
        let folder = format!("/proc/{}/task/{}", self.process, self.thread);
        statat(CWD, folder, AtFlags::empty()).is_ok()
    }
}

/// So many threads are remembered at once: two descriptors are open of each.
const MOST: usize = 256;

/// What is known of all threads.
#[derive(Debug)]
pub struct Contexts {
    own: Standing,
    threads: HashMap<i32, Rc<Context>>,
    /// The threads that may be in a call that changes what we know, with the number of that call.
    changing: HashMap<i32, i64>,
    sandboxes: Sandboxes,
}

impl Contexts {
    /// Nothing is known yet. We must be who the linker is.
    pub fn new() -> io::Result<Self> {
        let (threads, changing) = (HashMap::new(), HashMap::new());
        Ok(Self { own: Standing::own()?, threads, changing, sandboxes: Sandboxes::default() })
    }

    /// Forgets what a call may change, which this thread is about to make.
    pub fn change(&mut self, thread: i32, number: i64) {
        self.threads.clear();
        self.changing.insert(thread, number);
    }

    /// Notes that a thread puts itself under a ruleset, which is this descriptor of its own.
    pub fn restrict(&mut self, thread: i32, ruleset: i32, flags: u64) {
        self.threads.clear();
        let noted = Status::read(&thread.to_string()).and_then(|status| {
            let (handle, _) = handle(thread, status.process)?;
            self.sandboxes.restrict(&status, copy(&handle, ruleset)?, flags)
        });
        if noted.is_err() {
            self.sandboxes.lose_track();
        }
    }

    /// From now on, processes may be the parents of others than their own children.
    pub fn expect_adoptions(&mut self) {
        self.sandboxes.expect_adoptions();
    }

    /// What is known of a thread, looked up if need be. It has called, so what it called before is done.
    pub fn of(&mut self, thread: i32) -> io::Result<Rc<Context>> {
        self.changing.remove(&thread);
        self.changing.retain(|&thread, &mut number| may_be_in(thread, number));
        if let Some(known) = self.threads.get(&thread).filter(|known| !known.is_over()) {
            return Ok(Rc::clone(known));
        }
        let context = Rc::new(self.look(thread)?);
        if self.changing.is_empty() && context.disguise.is_none() {
            if self.threads.len() >= MOST {
                self.threads.clear();
            }
            self.threads.insert(thread, Rc::clone(&context));
        }
        Ok(context)
    }

    fn look(&mut self, thread: i32) -> io::Result<Context> {
        let status = Status::read(&thread.to_string())?;
        let rulesets = self.sandboxes.of(&status)?;
        let Status { process, umask, standing, .. } = status;
        if standing.user_namespace != self.own.user_namespace {
            return Err(io::Error::other("it is in another user namespace"));
        }
        if standing.root != self.own.root {
            return Err(io::Error::other("it has another root directory"));
        }
        let like_us = standing.is_like(&self.own) && rulesets.is_empty();
        let disguise = (!like_us).then_some(Disguise { standing, rulesets });
        let (handle, whose) = handle(thread, process)?;
        let directory = open(&PathBuf::from(format!("/proc/{thread}/cwd")))?;
        Ok(Context { thread, process, handle, whose, directory, umask: Mode::from_raw_mode(umask), disguise })
    }
}

fn copy(handle: &OwnedFd, number: i32) -> io::Result<Option<OwnedFd>> {
    if number < 0 {
        return Ok(None);
    }
    match pidfd_getfd(handle, number, PidfdGetfdFlags::empty()) {
        Ok(copy) => Ok(Some(copy)),
        Err(rustix::io::Errno::BADF) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

fn handle(thread: i32, process: i32) -> io::Result<(OwnedFd, Whose)> {
    const PIDFD_THREAD: PidfdFlags = PidfdFlags::from_bits_retain(OFlags::EXCL.bits());
    let pid = |number| Pid::from_raw(number).ok_or(io::ErrorKind::NotFound);
    match pidfd_open(pid(thread)?, PIDFD_THREAD) {
        Err(rustix::io::Errno::INVAL) => Ok((pidfd_open(pid(process)?, PidfdFlags::empty())?, Whose::Process)),
        opened => Ok((opened?, Whose::Thread)),
    }
}

/// Whether a thread may still be in a call of this number, see `proc_pid_syscall(5)`.
fn may_be_in(thread: i32, number: i64) -> bool {
    match fs::read_to_string(format!("/proc/{thread}/syscall")) {
        // It runs, in that call or after it.
        Ok(text) if text.starts_with("running") => true,
        Ok(text) => text.split_whitespace().next().and_then(|word| word.parse().ok()) == Some(number),
        // Some kernels do not tell, User-Mode Linux among them: it may be, as long as it is there.
        Err(_) => statat(CWD, format!("/proc/{thread}"), AtFlags::empty()).is_ok(),
    }
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    Ok(openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
    use std::thread::{JoinHandle, spawn};

    use super::*;

    #[test]
    fn we_are_who_we_are() {
        let mut contexts = Contexts::new().unwrap();
        let context = contexts.of(std::process::id().cast_signed()).unwrap();
        assert!(context.disguise.is_none());
        assert!(!context.is_over() && context.is_thread_of_its_process());
        assert_eq!(fs::read_link("/proc/self/cwd").unwrap(), crate::trace::paths::path_of(&context.directory));
    }

    /// A thread of ours that is told to end by dropping the sender; and its number.
    fn thread(work: fn(&Receiver<()>)) -> (Sender<()>, JoinHandle<()>, i32) {
        let (end, ends) = channel();
        let (tell, hear) = channel();
        let thread = spawn(move || {
            tell.send(rustix::thread::gettid().as_raw_nonzero().get()).unwrap();
            work(&ends);
        });
        (end, thread, hear.recv().unwrap())
    }

    #[test]
    fn nothing_is_remembered_while_a_call_may_change_it() {
        let mut contexts = Contexts::new().unwrap();
        let own = std::process::id().cast_signed();
        let mut remembers = |changing: i32| {
            contexts.change(changing, nix::libc::SYS_chdir);
            contexts.of(own).unwrap();
            contexts.threads.contains_key(&own)
        };
        // A thread that runs may be anywhere. One that calls has left its last call.
        let (end, busy, number) = thread(|ends| while ends.try_recv() != Err(TryRecvError::Disconnected) {});
        assert!(!remembers(number));
        drop(end);
        busy.join().unwrap();
        assert!(remembers(own));
    }

    #[test]
    fn a_thread_that_waits_for_something_else_has_changed_all_it_would() {
        let (end, waiting, number) = thread(|ends| assert!(ends.recv().is_err()));
        if !fs::exists("/proc/self/syscall").unwrap() {
            return assert!(may_be_in(number, nix::libc::SYS_chdir));
        }
        let waits = || {
            fs::read_to_string(format!("/proc/{number}/syscall"))
                .unwrap()
                .starts_with(&nix::libc::SYS_futex.to_string())
        };
        while !waits() {
            std::thread::yield_now();
        }
        assert!(!may_be_in(number, nix::libc::SYS_chdir));
        assert!(may_be_in(number, nix::libc::SYS_futex));
        drop(end);
        waiting.join().unwrap();
    }
}
