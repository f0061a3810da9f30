//! What a command reads from and writes to where it cannot have the caller's own: pipes, or a terminal made for it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Command, Stdio};

use rustix::mount::{MountFlags, mount};
use rustix::process::{ioctl_tiocsctty, setsid};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, unlockpt};
use rustix::termios::{Winsize, tcgetwinsize, tcsetwinsize};

use super::errand::Stream;
use crate::filesystem::SetupError;

/// Our ends; those that are closed, or that the command never had, are `None`.
#[derive(Debug, Default)]
pub struct Pipes {
    input: Option<File>,
    output: Option<File>,
    error: Option<File>,
}

impl Pipes {
    /// Gives pipes to a command that is to be started.
    pub fn lay(command: &mut Command) -> io::Result<Self> {
        let [(stdin, input), (output, stdout), (error, stderr)] = [io::pipe()?, io::pipe()?, io::pipe()?];
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        let file = |end: OwnedFd| Some(File::from(end));
        Ok(Self { input: file(input.into()), output: file(output.into()), error: file(error.into()) })
    }

    /// Gives a new terminal to a command that is to be started. This process begins a session for it, see `tty_ioctl(4)`,
    /// `TIOCSCTTY`.
    pub fn terminal(command: &mut Command, size: (u16, u16)) -> Result<Self, SetupError> {
        Self::open_terminal(command, size).map_err(SetupError::failed("make a terminal in", "/dev/pts"))
    }

    fn open_terminal(command: &mut Command, (rows, columns): (u16, u16)) -> io::Result<Self> {
        mount("devpts", "/dev/pts", "devpts", MountFlags::empty(), Some(c"newinstance,ptmxmode=666,mode=620"))?;
        let ours = OpenOptions::new().read(true).write(true).open("/dev/pts/ptmx")?;
        unlockpt(&ours)?;
        let theirs = ioctl_tiocgptpeer(&ours, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        setsid()?;
        ioctl_tiocsctty(&theirs)?;
        for stream in [Command::stdin, Command::stdout, Command::stderr] {
            stream(command, Stdio::from(theirs.try_clone()?));
        }
        let pipes = Self { input: Some(ours.try_clone()?), output: Some(ours), error: None };
        pipes.resize(rows, columns)?;
        Ok(pipes)
    }

    /// Tells the terminal its size.
    pub fn resize(&self, rows: u16, columns: u16) -> io::Result<()> {
        let Some(terminal) = &self.output else { return Ok(()) };
        let size = tcgetwinsize(terminal)?;
        Ok(tcsetwinsize(terminal, Winsize { ws_row: rows, ws_col: columns, ..size })?)
    }

    /// What can be waited for, to be written to.
    pub fn input(&self) -> Option<BorrowedFd<'_>> {
        self.input.as_ref().map(AsFd::as_fd)
    }

    /// What can be waited for, to be read from.
    pub fn of(&self, stream: Stream) -> Option<BorrowedFd<'_>> {
        let file = match stream {
            Stream::Output => &self.output,
            Stream::Error => &self.error,
        };
        file.as_ref().map(AsFd::as_fd)
    }

    /// Has the command read this; nothing is the end.
    pub fn write(&mut self, bytes: &[u8]) {
        let written = self.input.as_mut().is_some_and(|input| input.write_all(bytes).is_ok());
        // It may have closed its end.
        if bytes.is_empty() || !written {
            self.input = None;
        }
    }

    /// Reads some of what the command wrote; at the end, nothing.
    pub fn read(&mut self, stream: Stream) -> Vec<u8> {
        let file = match stream {
            Stream::Output => &mut self.output,
            Stream::Error => &mut self.error,
        };
        let mut buffer = vec![0; 16 * 1024];
        // A terminal that nobody has open any more gives EIO.
        let count = file.as_mut().and_then(|file| file.read(&mut buffer).ok()).unwrap_or(0);
        if count == 0 {
            *file = None;
        }
        buffer.truncate(count);
        buffer
    }

    /// Reads no more of this: writing there fails from now on.
    pub fn close(&mut self, stream: Stream) {
        match stream {
            Stream::Output => self.output = None,
            Stream::Error => self.error = None,
        }
    }
}
