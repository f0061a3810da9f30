//! Exit codes, and errors that know theirs.

use std::fmt::Display;
use std::io;

use anyhow::Context;

/// What a command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All was kept.
    Kept,
    /// A rule was broken, or the linker failed.
    Broken,
    /// The command line cannot be meant.
    Usage,
    /// Something could not be set up, or was not run under `--require`; `EX_UNAVAILABLE` of sysexits.h(3head).
    Unavailable,
    /// A command of the caller's ended with this code, or, as a shell says it, with 128 and its signal.
    Passed(u8),
}

impl Exit {
    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Kept => 0,
            Self::Broken => 1,
            Self::Usage => 2,
            Self::Unavailable => 69,
            Self::Passed(code) => code,
        }
    }
}

/// Why a command failed, and the code that it ends with.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// One sentence.
    pub error: anyhow::Error,
}

/// Gives an error its exit code.
pub trait OrExit<T> {
    /// The command line cannot be meant.
    fn or_usage(self) -> Result<T, Failure>;
    /// Something could not be set up.
    fn or_unavailable(self) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrExit<T> for Result<T, E> {
    fn or_usage(self) -> Result<T, Failure> {
        self.map_err(|error| Failure { exit: Exit::Usage, error: error.into() })
    }

    fn or_unavailable(self) -> Result<T, Failure> {
        self.map_err(|error| Failure { exit: Exit::Unavailable, error: error.into() })
    }
}

/// What became of writing results. A reader that has seen enough (`| head`) is no failure.
pub fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("failed to write to standard output").or_unavailable()
        }
        _ => Ok(()),
    }
}

/// Says something to the person at the terminal, on standard error.
pub fn say(what: impl Display) {
    anstream::eprintln!("exdev: {what}");
}
