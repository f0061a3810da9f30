//! Hears of every watched call of a process tree, makes it or has a fault refuse it, and notes what it got.
//!
//! Invariants: one thread serves all, so there is one order of events, and ordinals count over the whole process tree. Whatever of
//! the linker's is held open here is closed before the linker goes on: a program that it has just written can be executed.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Stat, fstat};
use rustix::process::{Pid, Signal, getpgid, kill_process_group};

use super::call::{Call, Subject, path_of};
use super::class::Class;
use super::context::{Context, Contexts};
use super::event::{Answer, Event, Gap, Trace};
use super::fault::{Effect, Faults};
use super::filter::{OURS, X32};
use super::perform::{Made, go_to, perform, writing_flags};
use super::signature::{Signature, What, find};
use crate::errno::Errno;
use crate::sys::seccomp::{Notification, Response, hand_over, receive, respond, still_waits, wake_up_here};

/// Watches one process tree.
#[derive(Debug)]
pub struct Supervisor {
    listener: OwnedFd,
    faults: Faults,
    contexts: Contexts,
    counts: [usize; Class::ALL.len()],
    delayed: Vec<Delayed>,
    trace: Trace,
}

/// A call that waits for its time.
#[derive(Debug)]
struct Delayed {
    due: Instant,
    notification: Notification,
    signature: &'static Signature,
    class: Class,
    ordinal: usize,
}

/// Why a supervisor stopped serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// No process is left that it could serve.
    AllGone,
    /// What it was to stop at has happened.
    Event,
    /// The time is over.
    Deadline,
}

impl Supervisor {
    /// A supervisor of the processes behind this listener. We must be who the linker is, and have one thread.
    pub fn new(listener: OwnedFd, faults: Faults) -> io::Result<Self> {
        wake_up_here(&listener);
        let contexts = Contexts::new()?;
        let (counts, delayed, trace) = (Default::default(), Vec::new(), Trace::default());
        Ok(Self { listener, faults, contexts, counts, delayed, trace })
    }

    /// Serves until no process is left, `event` becomes readable, or the deadline has come.
    pub fn serve(&mut self, event: Option<BorrowedFd<'_>>, deadline: Option<Instant>) -> io::Result<Stop> {
        loop {
            let listener = self.listener.as_fd();
            let mut fds = vec![PollFd::new(&listener, PollFlags::IN)];
            fds.extend(event.as_ref().map(|event| PollFd::new(event, PollFlags::IN)));
            let due = self.delayed.iter().map(|delayed| delayed.due).chain(deadline).min();
            match poll(&mut fds, due.map(until).as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let (calls, happened) = (fds[0].revents(), fds.get(1).is_some_and(|event| !event.revents().is_empty()));
            if calls.contains(PollFlags::IN) {
                self.next()?;
            } else if calls.intersects(PollFlags::HUP | PollFlags::ERR) {
                return Ok(Stop::AllGone);
            } else if happened {
                return Ok(Stop::Event);
            }
            self.make_due()?;
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(Stop::Deadline);
            }
        }
    }

    /// What was seen.
    #[must_use]
    pub fn into_trace(mut self) -> Trace {
        self.trace.gaps.sort_unstable();
        self.trace.gaps.dedup();
        self.trace
    }

    fn next(&mut self) -> io::Result<()> {
        let notification = match receive(&self.listener) {
            Ok(notification) => notification,
            // The one who called is gone.
            Err(error) if matches!(error.raw_os_error(), Some(nix::libc::ENOENT | nix::libc::EINTR)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let number = notification.data.nr.unsigned_abs();
        if notification.data.arch != OURS || number >= X32 {
            return self.refuse(&notification, Gap::ForeignAbi);
        }
        let Some(signature) = find(i64::from(number), notification.data.args[1]) else {
            return self.respond(&notification, Response::Proceed);
        };
        match signature.what {
            What::Place(class) => self.place(notification, signature, class, None),
            What::Context => {
                self.contexts.forget();
                self.respond(&notification, Response::Proceed)
            }
            What::Ruleset => self.restrict(&notification),
            What::Ring => self.refuse(&notification, Gap::IoUring),
        }
    }

    fn make_due(&mut self) -> io::Result<()> {
        let now = Instant::now();
        while let Some(at) = self.delayed.iter().position(|delayed| delayed.due <= now) {
            let Delayed { notification, signature, class, ordinal, .. } = self.delayed.remove(at);
            self.place(notification, signature, class, Some(ordinal))?;
        }
        Ok(())
    }

    /// Makes a call, unless a fault is about it. One that was delayed has its ordinal already.
    fn place(
        &mut self,
        notification: Notification,
        signature: &'static Signature,
        class: Class,
        counted: Option<usize>,
    ) -> io::Result<()> {
        let read = self.read(&notification, signature);
        if !still_waits(&self.listener, notification.id) {
            return Ok(());
        }
        let mut content = Content::Kept;
        if let Ok((thread, call)) = &read {
            match concern(class, call, thread) {
                Some(found) => content = found,
                None => return self.respond(&notification, Response::Proceed),
            }
        }
        let ordinal = counted.unwrap_or_else(|| self.count(class));
        let delay = self.faults.delay(class, ordinal);
        if counted.is_none() && !delay.is_zero() {
            let due = Instant::now() + delay;
            self.delayed.push(Delayed { due, notification, signature, class, ordinal });
            return Ok(());
        }
        let (from, to) = (None, String::new());
        let mut event = Event { class, ordinal, from, to, answer: Answer::Done, inode: None, confined: false };
        if let Ok((thread, call)) = &read {
            event.confined = thread.disguise.as_ref().is_some_and(|disguise| !disguise.rulesets.is_empty());
            event.from = call.from.as_ref().map(|from| from.shown(thread));
            event.to = call.to.as_ref().map(|to| to.shown(thread)).unwrap_or_default();
        }
        let response = match (self.faults.effect(class, ordinal), read) {
            (Some(Effect::Errno(errno)), _) => {
                event.answer = Answer::Injected(errno);
                Some(Response::Failed(errno.0))
            }
            (Some(Effect::Kill | Effect::Delay(_)), _) => {
                kill_group_of(&notification)?;
                event.answer = Answer::Killed;
                None
            }
            (None, Ok((thread, call))) => Some(self.make(&notification, &mut event, call, &thread, content)),
            (None, Err(error)) => {
                event.answer = Answer::Unseen(error.to_string());
                Some(Response::Proceed)
            }
        };
        self.trace.events.push(event);
        response.map_or(Ok(()), |response| self.respond(&notification, response))
    }

    fn read(&mut self, notification: &Notification, signature: &Signature) -> io::Result<(Rc<Context>, Call)> {
        let thread = self.contexts.of(notification.pid.cast_signed())?;
        go_to(&thread)?;
        let call = Call::read(signature, &notification.data.args, &thread)?;
        Ok((thread, call))
    }

    fn count(&mut self, class: Class) -> usize {
        let count = &mut self.counts[class as usize];
        *count += 1;
        *count
    }

    /// Makes the call, and notes what it got.
    fn make(
        &self,
        notification: &Notification,
        event: &mut Event,
        mut call: Call,
        thread: &Context,
        content: Content,
    ) -> Response {
        if event.class == Class::Write {
            event.inode = inode(&call);
            event.answer = Answer::Unseen("writes are counted, not made".to_owned());
            return Response::Proceed;
        }
        match perform(event.class, &mut call, thread) {
            Ok(Ok(Made::Number(number))) => {
                event.inode = inode(&call);
                Response::Returned(number)
            }
            Ok(Ok(Made::File(file, close_on_exec))) => {
                event.to = path_of(&file).to_string_lossy().into_owned();
                if content == Content::Emptied {
                    event.inode = fstat(&file).ok().map(|found| (found.st_dev, found.st_ino));
                }
                match hand_over(&self.listener, notification.id, &file, close_on_exec) {
                    Ok(number) => Response::Returned(number),
                    Err(error) => refused(event, Errno::from(&error)),
                }
            }
            Ok(Err(errno)) => refused(event, errno),
            Err(error) => {
                event.answer = Answer::Unseen(error.to_string());
                Response::Proceed
            }
        }
    }

    fn restrict(&mut self, notification: &Notification) -> io::Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at the lower half alone")]
        let ruleset = notification.data.args[0] as i32;
        // One that is none will be refused by the kernel; and then the thread is not restricted, either.
        let _ = self.contexts.restrict(notification.pid.cast_signed(), ruleset);
        self.respond(notification, Response::Proceed)
    }

    fn refuse(&mut self, notification: &Notification, gap: Gap) -> io::Result<()> {
        if !self.trace.gaps.contains(&gap) {
            self.trace.gaps.push(gap);
        }
        self.respond(notification, Response::Failed(nix::libc::ENOSYS))
    }

    fn respond(&self, notification: &Notification, response: Response) -> io::Result<()> {
        match respond(&self.listener, notification.id, response) {
            // The one who called was killed meanwhile.
            Err(error) if error.raw_os_error() == Some(nix::libc::ENOENT) => Ok(()),
            result => result,
        }
    }
}

fn refused(event: &mut Event, errno: Errno) -> Response {
    event.answer = Answer::Refused(errno);
    Response::Failed(errno.0)
}

/// What a call does to what was in a file before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// It is what it was, or there is more of it.
    Kept,
    /// There is none: the file is new, or was emptied.
    Emptied,
}

/// What a call does to a file that can be placed; `None` where it is about anything else. Opening that, writing and sending to it
/// is none of our business, and might have us wait.
fn concern(class: Class, call: &Call, thread: &Context) -> Option<Content> {
    let found = || call.to.as_ref().and_then(|to| to.look().ok());
    let kind = |found: &Stat| FileType::from_raw_mode(found.st_mode);
    let kept = |concerns: bool| concerns.then_some(Content::Kept);
    match class {
        Class::Write => kept(found().is_some_and(|found| kind(&found).is_file() && found.st_nlink > 0)),
        Class::Sendfile | Class::Reflink if call.from.is_none() => None,
        Class::Sendfile | Class::Reflink => kept(found().is_some_and(|found| kind(&found).is_file())),
        Class::Open => {
            let flags = writing_flags(call)?;
            match found() {
                Some(found) if kind(&found).is_dir() => Some(Content::Emptied),
                Some(found) if !kind(&found).is_file() || is_of_the_kernel(call, thread) => None,
                Some(_) if flags & nix::libc::O_TRUNC == 0 => Some(Content::Kept),
                _ => Some(Content::Emptied),
            }
        }
        Class::CopyFileRange => kept(call.from.is_some() && call.to.is_some()),
        _ => kept(call.to.is_some()),
    }
}

/// Whether a file is one of proc(5) or sysfs(5), which are not stored anywhere.
fn is_of_the_kernel(call: &Call, thread: &Context) -> bool {
    let path = call.to.as_ref().map(|to| to.shown(thread)).unwrap_or_default();
    path.starts_with("/proc/") || path.starts_with("/sys/")
}

/// Device and inode number of the open file that a call fills.
fn inode(call: &Call) -> Option<(u64, u64)> {
    let Some(Subject::File(file)) = &call.to else { return None };
    fstat(file).ok().map(|found| (found.st_dev, found.st_ino))
}

fn kill_group_of(notification: &Notification) -> io::Result<()> {
    let group = Pid::from_raw(notification.pid.cast_signed()).and_then(|thread| getpgid(Some(thread)).ok());
    match group.map(|group| kill_process_group(group, Signal::KILL)) {
        // It has ended by itself.
        None | Some(Ok(()) | Err(rustix::io::Errno::SRCH)) => Ok(()),
        Some(Err(errno)) => Err(errno.into()),
    }
}

fn until(due: Instant) -> Timespec {
    // Poll counts in milliseconds at best where it is asked to; one too many does no harm, one too few makes it spin.
    let left = due.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
    Timespec { tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: left.subsec_nanos().into() }
}
