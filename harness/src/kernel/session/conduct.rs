//! Process 1 of the namespace that a command runs in: starts it, passes on to it what the client says, and waits for it.

use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Command;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::SignalFd;
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{WaitOptions, wait};

use super::errand::{Bytes, Ending, Stream, Told, Word};
use super::pipes::Pipes;
use super::signals;
use crate::kernel::wire::{Reply, receive, send};

/// Runs a command to its end, once the client lets it go.
pub fn conduct(mut command: Command, pipes: Pipes, client: BorrowedFd<'_>) -> io::Result<Ending> {
    let client = File::from(client.try_clone_to_owned()?);
    let mut words = BufReader::new(client.try_clone()?);
    if receive::<Word>(&mut words)? != Some(Word::Go) {
        return Err(io::Error::other("the client is gone"));
    }
    signals::release()?;
    let child = match command.spawn() {
        Ok(child) => Pid::from_raw(child.id().cast_signed()),
        Err(error) => return Ok(Ending::NotStarted(error.raw_os_error().unwrap_or(nix::libc::EINVAL))),
    };
    // What it holds of the command's ends would keep them open.
    drop(command);
    let ended = SigSet::from(Signal::SIGCHLD);
    ended.thread_block()?;
    Conductor { child, pipes, client, words, ended: SignalFd::new(&ended)?, asked: false }.until_the_end()
}

struct Conductor {
    child: Pid,
    pipes: Pipes,
    client: File,
    words: BufReader<File>,
    /// Tells that some child has ended.
    ended: SignalFd,
    /// Whether the client was asked for input, and has not answered yet.
    asked: bool,
}

/// What there is to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Hear,
    Reap,
    Ask,
    PassOn(Stream),
}

impl Conductor {
    fn until_the_end(mut self) -> io::Result<Ending> {
        loop {
            if let Some(ending) = self.reap()? {
                self.pass_on_the_rest()?;
                return Ok(ending);
            }
            for task in self.tasks(None)? {
                match task {
                    Task::Hear => self.hear()?,
                    Task::Reap => drop(self.ended.read_signal()?),
                    Task::Ask => {
                        self.asked = true;
                        self.tell(Told::Wants)?;
                    }
                    Task::PassOn(stream) => self.pass_on(stream)?,
                }
            }
        }
    }

    /// Reaps whoever has ended; orphans of the command are our children, too.
    fn reap(&self) -> io::Result<Option<Ending>> {
        while let Some((process, status)) = wait(WaitOptions::NOHANG)? {
            if process.as_raw_nonzero().get() == self.child.as_raw() {
                let signal = || Ending::Signalled(status.terminating_signal().unwrap_or(0));
                return Ok(Some(status.exit_status().map_or_else(signal, Ending::Exited)));
            }
        }
        Ok(None)
    }

    /// Waits until there is something to do.
    fn tasks(&self, limit: Option<&Timespec>) -> io::Result<Vec<Task>> {
        if !self.words.buffer().is_empty() {
            return Ok(vec![Task::Hear]);
        }
        let mut waiting = vec![
            (Task::Hear, PollFd::from_borrowed_fd(self.client.as_fd(), PollFlags::IN)),
            (Task::Reap, PollFd::from_borrowed_fd(self.ended.as_fd(), PollFlags::IN)),
        ];
        if let Some(input) = self.pipes.input().filter(|_| !self.asked) {
            waiting.push((Task::Ask, PollFd::from_borrowed_fd(input, PollFlags::OUT)));
        }
        for stream in [Stream::Output, Stream::Error] {
            if let Some(output) = self.pipes.of(stream) {
                waiting.push((Task::PassOn(stream), PollFd::from_borrowed_fd(output, PollFlags::IN)));
            }
        }
        let (tasks, mut fds): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        poll(&mut fds, limit)?;
        let ready = tasks.into_iter().zip(&fds).filter(|(_, fd)| !fd.revents().is_empty());
        Ok(ready.map(|(task, _)| task).collect())
    }

    fn hear(&mut self) -> io::Result<()> {
        match receive::<Word>(&mut self.words)?.ok_or_else(|| io::Error::other("the client is gone"))? {
            Word::Go => {}
            Word::Input(Bytes(bytes)) => {
                self.asked = false;
                self.pipes.write(&bytes);
            }
            // It may have ended just now.
            Word::Signal(signal) => drop(Signal::try_from(signal).and_then(|signal| kill(self.child, signal))),
            Word::Size(rows, columns) => self.pipes.resize(rows, columns)?,
            Word::Deaf(stream) => self.pipes.close(stream),
        }
        Ok(())
    }

    fn pass_on(&mut self, stream: Stream) -> io::Result<()> {
        match self.pipes.read(stream) {
            bytes if bytes.is_empty() => Ok(()),
            bytes => self.tell(Told::Wrote(stream, Bytes(bytes))),
        }
    }

    /// Passes on what the command has written. What it left behind may go on writing; that is not waited for.
    fn pass_on_the_rest(&mut self) -> io::Result<()> {
        let streams = [Stream::Output, Stream::Error];
        loop {
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            let tasks = self.tasks(Some(&now))?;
            if !tasks.iter().any(|task| matches!(task, Task::PassOn(_))) {
                return Ok(());
            }
            for stream in streams.into_iter().filter(|&stream| tasks.contains(&Task::PassOn(stream))) {
                self.pass_on(stream)?;
            }
        }
    }

    fn tell(&mut self, told: Told) -> io::Result<()> {
        send(&mut self.client, &Reply::Meanwhile(told))
    }
}
