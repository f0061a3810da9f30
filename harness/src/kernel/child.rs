//! A running agent as the client sees it: a child process and a stream to it.
//!
//! Invariant: dropping a [`Child`] hangs up, upon which the process ends, and waits for that.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{self, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::name::Kernel;
use super::pool::Launcher;
use super::wire::{Reply, Request, receive, send};

/// How long an agent may take for a request. A linker's own limit is far below.
const LIMIT: Duration = Duration::from_secs(900);

/// What came of a request.
pub enum Exchange {
    /// The agent answered.
    Answered(Reply),
    /// It did not, for this reason, and cannot be asked again.
    Failed(String),
}

/// A running agent.
#[derive(Debug)]
pub struct Child {
    kernel: Kernel,
    stream: Option<BufReader<UnixStream>>,
    process: process::Child,
    console: Option<Console>,
}

impl Child {
    /// Starts an agent in a kernel.
    pub fn start(kernel: Kernel, launcher: &Launcher) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(LIMIT))?;
        let mut command = Command::new(&launcher.program);
        command.stdin(OwnedFd::from(theirs));
        match kernel {
            Kernel::Host => command.arg("agent").stdout(Stdio::null()),
            Kernel::Uml => command.arg("guest").stdout(Stdio::piped()),
        };
        command.args(["--scratch", &launcher.scratch]);
        if let (Kernel::Uml, Some(patience)) = (kernel, launcher.patience) {
            command.args(["--patience", &patience.as_secs().to_string()]);
        }
        let mut process = command.spawn()?;
        let console = process.stdout.take().map(Console::listen).transpose()?;
        Ok(Self { kernel, stream: Some(BufReader::new(ours)), process, console })
    }

    /// Sends a request and waits for the answer.
    pub fn exchange(&mut self, request: &Request) -> Exchange {
        match self.converse(request) {
            Ok(Some(reply)) => Exchange::Answered(reply),
            Ok(None) => {
                let ending = self.end();
                Exchange::Failed(format!("{} ended in mid-scenario: {ending}", self.name()))
            }
            Err(error) => {
                // Whatever it started, the kernel ends with it.
                let _ = self.process.kill();
                let ending = self.end();
                Exchange::Failed(match error.kind() {
                    io::ErrorKind::WouldBlock => {
                        let limit = LIMIT.as_secs();
                        format!("{} did not answer within {limit} s, and was killed: {ending}", self.name())
                    }
                    _ => format!("failed to talk to {}: {error}: {ending}", self.name()),
                })
            }
        }
    }

    fn converse(&mut self, request: &Request) -> io::Result<Option<Reply>> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        match send(stream.get_mut(), request) {
            Err(error) => Err(error),
            Ok(()) => receive(stream),
        }
        .or_else(|error| match error.kind() {
            // It has ended, and how is what there is to say.
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Ok(None),
            _ => Err(error),
        })
    }

    const fn name(&self) -> &'static str {
        match self.kernel {
            Kernel::Host => "the agent",
            Kernel::Uml => "the guest",
        }
    }

    /// Hangs up, waits for the end, and says how it came.
    fn end(&mut self) -> String {
        self.stream = None;
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let last = self.console.take().map(Console::last_words).unwrap_or_default();
        if last.is_empty() { status } else { format!("{status}; its console ended with: {last}") }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// A guest's console, read to its end so that the guest never waits for us; the end is kept.
struct Console {
    reader: JoinHandle<VecDeque<u8>>,
}

impl Console {
    /// So many bytes are kept.
    const KEPT: usize = 64 * 1024;
    /// So many lines are told.
    const TOLD: usize = 6;

    fn listen(mut output: ChildStdout) -> io::Result<Self> {
        let read = move || {
            let (mut end, mut buffer) = (VecDeque::new(), [0; 4096]);
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                end.extend(&buffer[..count]);
                end.drain(..end.len().saturating_sub(Self::KEPT));
            }
            end
        };
        Ok(Self { reader: thread::Builder::new().spawn(read)? })
    }

    fn last_words(self) -> String {
        let Ok(end) = self.reader.join() else { return String::new() };
        let bytes: Vec<_> = end.into();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // What follows a panic is the state of the processor.
        let panic = lines.iter().position(|line| line.starts_with("Kernel panic"));
        let last = panic.map_or(lines.len(), |line| line + 1);
        lines[last.saturating_sub(Self::TOLD)..last].join("; ")
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}
