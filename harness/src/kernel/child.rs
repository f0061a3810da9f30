//! A running agent as the client sees it: a child process and a stream to it.
//!
//! Invariant: dropping a [`Child`] hangs up, upon which the process ends, and waits for that.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{self, ChildStderr, ChildStdout, Command, Stdio};
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
    /// Starts an agent in a kernel. Agents with different numbers are to run side by side.
    pub fn start(kernel: Kernel, launcher: &Launcher, number: usize) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(LIMIT))?;
        let mut command = Command::new(&launcher.program);
        command.stdin(OwnedFd::from(theirs));
        match kernel {
            Kernel::Host => command.arg("agent").stdout(Stdio::null()),
            // What is typed at a terminal, and interrupts above all, is for the client to pass on.
            Kernel::Uml => command.arg("guest").stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0),
        };
        match &launcher.site {
            Some(site) => command.arg("--here").args(site.parts().map(|(_, part)| part)),
            None => command.args(["--scratch", &launcher.scratch]),
        };
        if kernel == Kernel::Uml {
            command.args(["--processor", &number.to_string()]);
        }
        if let (Kernel::Uml, Some(patience)) = (kernel, launcher.patience) {
            command.args(["--patience", &patience.as_secs().to_string()]);
        }
        // From here on it is ended if anything fails.
        let mut child = Self { kernel, stream: Some(BufReader::new(ours)), process: command.spawn()?, console: None };
        // The command holds the other end of the stream until it is dropped.
        drop(command);
        child.console = child.process.stdout.take().map(Console::listen).transpose()?;
        Ok(child)
    }

    /// Sends a request and waits for the answer.
    pub fn exchange(&mut self, request: &Request) -> Exchange {
        match self.converse(request) {
            Ok(Some(reply)) => Exchange::Answered(reply),
            Ok(None) => Exchange::Failed(self.ended()),
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

    /// The stream to it, for those who say more than requests. Without a limit: what it is waited for may take any time.
    pub fn line(&mut self) -> io::Result<&mut BufReader<UnixStream>> {
        let line = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        line.get_ref().set_read_timeout(None)?;
        Ok(line)
    }

    /// Why it has hung up, before it was to.
    pub fn ended(&mut self) -> String {
        match self.end() {
            Ending { told: Some(told), last, .. } => format!("{told}{last}"),
            ending => format!("{} ended in mid-scenario: {ending}", self.name()),
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
    fn end(&mut self) -> Ending {
        self.stream = None;
        let told = self.process.stderr.take().and_then(told);
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let last = self.console.take().map(Console::last_words).unwrap_or_default();
        let last = if last.is_empty() { last } else { format!("; its console ended with: {last}") };
        Ending { told, status, last }
    }
}

/// How an agent ended.
struct Ending {
    /// What the process that we started had to say of it.
    told: Option<String>,
    /// How that process itself ended.
    status: String,
    /// What was last seen on a guest's console.
    last: String,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.told.as_deref().unwrap_or(&self.status), self.last)
    }
}

/// The sentence that exdev ends with when it fails. Only a keeper's is caught: that it may fail is what it is for.
fn told(mut stderr: ChildStderr) -> Option<String> {
    let mut text = String::new();
    // What it wrote before the pipe broke is as good as all.
    let _ = stderr.read_to_string(&mut text);
    let said = lines(&text).join("; ");
    (!said.is_empty()).then(|| said.strip_prefix("exdev: ").unwrap_or(&said).to_owned())
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// The lines that say something.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
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
        let end: Vec<_> = self.reader.join().map(Into::into).unwrap_or_default();
        last_words(&String::from_utf8_lossy(&end))
    }
}

fn last_words(console: &str) -> String {
    let lines = lines(console);
    // What follows a panic is the state of the processor.
    let panic = lines.iter().position(|line| line.starts_with("Kernel panic"));
    let last = panic.map_or(lines.len(), |line| line + 1);
    lines[last.saturating_sub(Console::TOLD)..last].join("; ")
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_end_with_the_panic() {
        let console = "Linux version 6.1\n\n  one\ntwo\nthree\nfour\nfive\r\n\
                       Kernel panic - not syncing: no working init found\nCPU: 0 PID: 1 Comm: swapper\nRIP: 0033\n";
        let panic = "Kernel panic - not syncing: no working init found";
        assert_eq!(last_words(console), format!("one; two; three; four; five; {panic}"));
    }

    #[test]
    fn the_last_words_are_few() {
        assert_eq!(last_words("one\ntwo\n"), "one; two");
        assert_eq!(last_words("\n"), "");
        assert_eq!(last_words("1\n2\n3\n4\n5\n6\n7\n"), "2; 3; 4; 5; 6; 7");
    }
}
