//! What is to be run, and what client and agent tell each other while it runs.
//!
//! Invariant: the client answers [`Told::Wants`] once, with at most [`CHUNK`] bytes, and the agent asks only when it could pass
//! them on at once. So neither ever waits for the other to read, and no more than that is on the way to the agent.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustix::fs::Mode;
use rustix::process::umask;
use serde::{Deserialize, Serialize};

use crate::linker::User;
use crate::pairing::{Filesystem, Pairing};

/// So many bytes, as base64 in a message, are on the way to an agent at once.
///
/// A guest's serial line holds 4096 bytes that wait to be read. When it is all but full, User-Mode Linux stops to listen
/// (`line_throttle` in `arch/um/drivers/line.c`), and in version 6.1 it never begins again. They are also fewer than can be written
/// to a pipe that can be written to at all, see pipe(7), `PIPE_BUF`.
pub const CHUNK: usize = 2048;

/// A command, and the filesystems that it is to find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Filesystems, each with the variable that is to hold its path.
    pub named: Vec<(String, Filesystem)>,
    /// A pairing, whose ends are to be in the variables `CACHE` and `TARGET`.
    pub pairing: Option<Pairing>,
    /// The program, which is searched for as execvp(3) does.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where it starts.
    pub start: Start,
    /// As whom.
    pub caller: Caller,
    /// How many rows and columns the caller's terminal has, if all that the command reads and writes is to be one.
    pub terminal: Option<(u16, u16)>,
}

impl Errand {
    /// Itself in pieces, each as long as a request may be.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn pieces(&self) -> io::Result<Vec<String>> {
        let text = BASE64_STANDARD.encode(serde_json::to_vec(self)?);
        let pieces = text.as_bytes().chunks(CHUNK).map(|piece| String::from_utf8_lossy(piece).into_owned());
        Ok(pieces.collect())
    }

    /// The errand that pieces make up.
    ///
    /// # Errors
    /// They make up none.
    pub fn read(pieces: &str) -> io::Result<Self> {
        let text = BASE64_STANDARD.decode(pieces).map_err(io::Error::other)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

/// The directory that a command starts in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// The caller's own.
    Here(PathBuf),
    /// The directory of the pairing's target.
    BesideTarget,
}

/// Who has a command run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    user: (u32, u32),
    /// The supplementary groups.
    pub groups: Vec<u32>,
    /// The permissions that new files do not get.
    pub umask: u32,
}

impl Caller {
    /// Whoever runs this process.
    ///
    /// # Errors
    /// The groups cannot be found.
    pub fn of_here() -> io::Result<Self> {
        let mask = umask(Mode::empty());
        umask(mask);
        let groups = nix::unistd::getgroups()?.into_iter().map(nix::unistd::Gid::as_raw).collect();
        let user = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
        Ok(Self { user, groups, umask: mask.bits() })
    }

    /// User and group.
    #[must_use]
    pub const fn user(&self) -> User {
        User { uid: self.user.0, gid: self.user.1 }
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// It was never started: execve(2) gave this errno.
    NotStarted(i32),
}

/// Variables of the command's environment, each with the path that it holds.
pub type Made = Vec<(String, PathBuf)>;

/// What the client says to a command's agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// Start it.
    Go,
    /// It is to read this; with nothing, that was all.
    Input(Bytes),
    /// It got this signal.
    Signal(i32),
    /// The terminal now has so many rows and columns.
    Size(u16, u16),
    /// Nobody reads this any more.
    Deaf(Stream),
}

/// What the agent tells of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// All is made, and the command waits for [`Word::Go`].
    Made(Made),
    /// The command could read something, or the agent another request.
    Wants,
    /// It wrote something.
    Wrote(Stream, Bytes),
}

/// Where a command writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Its standard output.
    Output,
    /// Its standard error.
    Error,
}

/// Any bytes, which travel as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(pub Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, base64::DecodeError> {
        BASE64_STANDARD.decode(text).map(Self)
    }
}

impl From<Bytes> for String {
    fn from(Bytes(bytes): Bytes) -> Self {
        BASE64_STANDARD.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_survives_being_cut_into_pieces() {
        let errand = Errand {
            named: vec![("A".to_owned(), Filesystem::Ext4)],
            pairing: "ext4+bind".parse().ok(),
            program: "sh".into(),
            arguments: vec!["\u{fc}".repeat(10_000).into()],
            start: Start::BesideTarget,
            caller: Caller::of_here().unwrap(),
            terminal: Some((24, 80)),
        };
        let pieces = errand.pieces().unwrap();
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() <= CHUNK), "{pieces:?}");
        assert_eq!(Errand::read(&pieces.concat()).unwrap(), errand);
    }

    #[test]
    fn any_bytes_survive_the_way() {
        let word = Word::Input(Bytes((0..=255).collect()));
        let text = serde_json::to_string(&word).unwrap();
        assert_eq!(serde_json::from_str::<Word>(&text).unwrap(), word);
    }
}
