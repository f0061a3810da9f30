//! Hears of every watched call of a process tree, makes it or has a fault refuse it, and notes what it got.
//!
//! Invariants: one thread serves all, so there is one order of events, and ordinals count over the whole process tree. Whatever of
//! the linker's is held open here is closed before the linker goes on: a program that it has just written can be executed.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::fstat;
use rustix::process::{Pid, Signal, getpgid, kill_process_group};

use super::call::{Call, Subject};
use super::class::Class;
use super::concern::{Content, OfTheKernel, concern};
use super::context::{Context, Contexts};
use super::event::{Answer, Event, Gap, Trace};
use super::fault::{Effect, Faults};
use super::filter::{OURS, X32};
use super::paths::{Paths, path_of};
use super::perform::{Made, Stance};
use super::signature::{Signature, What, find};
use crate::clear::clear;
use crate::errno::Errno;
use crate::sys::seccomp::{Notification, Response, WakeUp, hand_over, receive, respond, set_wake_up, still_waits};

/// Watches one process tree.
#[derive(Debug)]
pub struct Supervisor {
    listener: OwnedFd,
    faults: Faults,
    contexts: Contexts,
    of_the_kernel: OfTheKernel,
    stance: Stance,
    paths: Paths,
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
        set_wake_up(&listener, WakeUp::Here);
        Ok(Self {
            listener,
            faults,
            contexts: Contexts::new()?,
            of_the_kernel: OfTheKernel::mounted()?,
            stance: Stance::new()?,
            paths: Paths::default(),
            counts: Default::default(),
            delayed: Vec::new(),
            trace: Trace::default(),
        })
    }

    /// Has those who wait woken up in another way than usual: to see what that costs.
    pub fn wake_up(&mut self, way: WakeUp) {
        set_wake_up(&self.listener, way);
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
        let number = notification.data.nr.cast_unsigned();
        if notification.data.arch == OURS && notification.data.nr < 0 {
            // No call has such a number, which is what the kernel will say.
            return self.respond(&notification, Response::Proceed);
        }
        if notification.data.arch != OURS || number >= X32 {
            return self.refuse(&notification, Gap::ForeignAbi);
        }
        let Some(signature) = find(i64::from(number), &notification.data.args) else {
            return self.respond(&notification, Response::Proceed);
        };
        match signature.what {
            What::Place(class) => self.place(notification, signature, class, None),
            What::Context => {
                self.contexts.change(notification.pid.cast_signed(), signature.number);
                self.respond(&notification, Response::Proceed)
            }
            What::Adoption => {
                self.contexts.expect_adoptions();
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
        let read = match read.and_then(|(thread, call)| self.understand(class, thread, call)) {
            Ok(Some(known)) => Ok(known),
            Ok(None) => return self.respond(&notification, Response::Proceed),
            Err(error) => Err(error),
        };
        let ordinal = counted.unwrap_or_else(|| self.count(class));
        let delay = self.faults.delay(class, ordinal);
        if counted.is_none() && !delay.is_zero() {
            let due = Instant::now() + delay;
            self.delayed.push(Delayed { due, notification, signature, class, ordinal });
            return Ok(());
        }
        let (from, to) = (None, String::new());
        let mut event = Event { class, ordinal, from, to, answer: Answer::Done, inode: None, confined: false };
        if let Ok(known) = &read {
            event.confined = known.thread.disguise.as_ref().is_some_and(|disguise| !disguise.rulesets.is_empty());
            event.from.clone_from(&known.from);
            event.to.clone_from(&known.to);
        }
        let mut effect = self.faults.effect(class, ordinal);
        if effect == Some(Effect::Prune) {
            // Where not all can be removed, the rest is gone. On a filesystem that is read-only, nothing is.
            let kept = clear(&self.faults.cache).is_err_and(|error| error.kind() == io::ErrorKind::ReadOnlyFilesystem);
            self.trace.pruned |= !kept;
            effect = None;
        }
        let response = match (effect, read) {
            (Some(Effect::Errno(errno)), _) => {
                event.answer = Answer::Injected(errno);
                Some(Response::Failed(errno.0))
            }
            (Some(Effect::Kill | Effect::Prune | Effect::Delay(_)), _) => {
                kill_group_of(&notification)?;
                event.answer = Answer::Killed;
                None
            }
            (None, Ok(known)) => Some(self.make(&notification, &mut event, known)),
            (None, Err(error)) => Some(unseen(&mut event, &error)),
        };
        self.paths.may_change(&event);
        self.trace.events.push(event);
        response.map_or(Ok(()), |response| self.respond(&notification, response))
    }

    fn read(&mut self, notification: &Notification, signature: &Signature) -> io::Result<(Rc<Context>, Call)> {
        let mut read = || {
            let thread = self.contexts.of(notification.pid.cast_signed())?;
            let call = Call::read(signature, &notification.data.args, &thread)?;
            Ok((thread, call))
        };
        read().map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::PermissionDenied => io::Error::other("it does not let itself be looked into"),
            _ => error,
        })
    }

    /// What a call is about; nothing where it is none of our business.
    fn understand(&mut self, class: Class, thread: Rc<Context>, call: Call) -> io::Result<Option<Known>> {
        if call.is_relative() {
            self.stance.go_to(&thread)?;
        }
        let Some(content) = concern(class, &call, &self.of_the_kernel)? else { return Ok(None) };
        let mut shown = |subject| self.paths.shown(subject, &thread);
        let from = call.from.as_ref().map(&mut shown).transpose()?;
        let to = call.to.as_ref().map(shown).transpose()?.unwrap_or_default();
        Ok(Some(Known { thread, call, content, from, to }))
    }

    fn count(&mut self, class: Class) -> usize {
        let count = &mut self.counts[class as usize];
        *count += 1;
        *count
    }

    /// Makes the call, and notes what it got.
    fn make(&mut self, notification: &Notification, event: &mut Event, known: Known) -> Response {
        let Known { thread, mut call, content, .. } = known;
        if event.class == Class::Write {
            event.inode = inode(&call);
            return unseen(event, &io::Error::other("writes are counted, not made"));
        }
        match self.stance.perform(event.class, &mut call, &thread) {
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
                    // It was killed, and was not told.
                    Err(error) if error.raw_os_error() == Some(nix::libc::ENOENT) => Response::Proceed,
                    Err(error) => refused(event, Errno::from(&error)),
                }
            }
            Ok(Err(errno)) => refused(event, errno),
            Err(error) => unseen(event, &error),
        }
    }

    fn restrict(&mut self, notification: &Notification) -> io::Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at the lower half alone")]
        let ruleset = notification.data.args[0] as i32;
        self.contexts.restrict(notification.pid.cast_signed(), ruleset, notification.data.args[1]);
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

/// A call that can be made here, and what it is about.
struct Known {
    thread: Rc<Context>,
    call: Call,
    content: Content,
    from: Option<String>,
    to: String,
}

fn unseen(event: &mut Event, why: &io::Error) -> Response {
    event.answer = Answer::Unseen(why.to_string());
    Response::Proceed
}

fn refused(event: &mut Event, errno: Errno) -> Response {
    event.answer = Answer::Refused(errno);
    Response::Failed(errno.0)
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
