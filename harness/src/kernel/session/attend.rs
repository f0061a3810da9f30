//! The client's side of a running command: passes on what is typed and written, and the signals that are meant for it.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize;

use super::errand::{Bytes, CHUNK, Made, Stream, Told, Word};
use super::run::Finish;
use super::signals::{Caught, Signals};
use super::terminal::{self, Terminal};
use crate::kernel::Kernel;
use crate::kernel::wire::{Reply, Request, receive, send};

/// Where a command's client passes things on to.
pub struct Desk<'a> {
    /// What the command writes to its standard output, unless it writes there itself.
    pub output: &'a mut dyn Write,
    /// The same of its standard error.
    pub error: &'a mut dyn Write,
    /// Hears of what was made, and in which kernel, before the command starts.
    pub announce: &'a mut dyn FnMut(Kernel, &Made),
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

/// A client that attends to a command.
#[derive(Debug)]
pub struct Attendant<'a, 'b> {
    /// Where the command runs.
    pub kernel: Kernel,
    /// What the agent is to hear first, one after the other.
    pub requests: VecDeque<Request>,
    /// The stream to its agent.
    pub line: &'a mut BufReader<UnixStream>,
    /// What was sent to us.
    pub signals: &'a Signals,
    /// The terminal, if the command is to have one of its own that ours stands for.
    pub terminal: Option<&'a mut Terminal>,
    /// Where everything goes.
    pub desk: &'a mut Desk<'b>,
}

#[derive(Default)]
struct State {
    started: bool,
    wanted: bool,
}

impl Attendant<'_, '_> {
    /// Attends until the command has ended; `None` if the agent has before.
    pub fn attend(&mut self) -> io::Result<Option<Finish>> {
        let mut state = State::default();
        self.request();
        loop {
            let [replied, signalled, readable] = self.wait(&state)?;
            if signalled {
                while let Some(caught) = self.signals.next()? {
                    match caught {
                        Caught::ByTerminal(signal) | Caught::BySomebody(signal) if !state.started => {
                            return Ok(Some(Finish::Interrupted(signal)));
                        }
                        caught => self.pass_on(caught),
                    }
                }
            }
            if readable {
                let mut buffer = vec![0; CHUNK];
                // What cannot be read has ended.
                let count = rustix::io::read(io::stdin(), &mut buffer).unwrap_or(0);
                buffer.truncate(count);
                state.wanted = false;
                self.say(&Word::Input(Bytes(buffer)));
            }
            if replied {
                match receive::<Reply>(self.line)? {
                    None => return Ok(None),
                    Some(Reply::Meanwhile(told)) => self.hear(told, &mut state)?,
                    Some(Reply::Ended(ending)) => return Ok(Some(Finish::Ended(ending))),
                    Some(reply) => return Ok(Some(Finish::Not(reply))),
                }
            }
        }
    }

    /// Waits for a reply, a signal, or input if that is wanted.
    fn wait(&self, state: &State) -> io::Result<[bool; 3]> {
        if !self.line.buffer().is_empty() {
            return Ok([true, false, false]);
        }
        let stdin = io::stdin();
        let mut fds = [
            PollFd::new(self.line.get_ref(), PollFlags::IN),
            PollFd::new(self.signals, PollFlags::IN),
            PollFd::new(&stdin, PollFlags::IN),
        ];
        let waiting = if state.wanted { 3 } else { 2 };
        poll(&mut fds[..waiting], None)?;
        Ok(fds.map(|fd| !fd.revents().is_empty()))
    }

    fn pass_on(&mut self, caught: Caught) {
        match caught {
            // The command is in the same process group, and got it, too.
            Caught::ByTerminal(_) if self.kernel == Kernel::Host => {}
            Caught::ByTerminal(signal) | Caught::BySomebody(signal) => self.say(&Word::Signal(signal)),
            Caught::Resized => {
                if let Some((rows, columns)) = terminal::size().filter(|_| self.terminal.is_some()) {
                    self.say(&Word::Size(rows, columns));
                }
            }
        }
    }

    fn hear(&mut self, told: Told, state: &mut State) -> io::Result<()> {
        match told {
            Told::Made(made) => {
                (self.desk.announce)(self.kernel, &made);
                if let Some(terminal) = &mut self.terminal {
                    terminal.make_raw()?;
                }
                state.started = true;
                self.say(&Word::Go);
            }
            Told::Wants if !self.requests.is_empty() => self.request(),
            Told::Wants => state.wanted = true,
            Told::Wrote(stream, Bytes(bytes)) => {
                let to = match stream {
                    Stream::Output => &mut self.desk.output,
                    Stream::Error => &mut self.desk.error,
                };
                if to.write_all(&bytes).and_then(|()| to.flush()).is_err() {
                    self.say(&Word::Deaf(stream));
                }
            }
        }
        Ok(())
    }

    fn request(&mut self) {
        if let Some(request) = self.requests.pop_front() {
            self.say(&request);
        }
    }

    /// If the agent is gone, that is heard next.
    fn say(&mut self, word: &impl Serialize) {
        let _ = send(self.line.get_mut(), word);
    }
}
