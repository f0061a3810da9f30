//! The caller's terminal, which a command may leave otherwise than it found it.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use rustix::process::{Pid, getpgrp};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, tcsetpgrp};

/// What the terminal is put back to on drop.
#[derive(Debug)]
pub struct Terminal {
    /// Our process group, if it was the one in the foreground.
    foreground: Option<Pid>,
    settings: Option<Termios>,
}

impl Terminal {
    /// Remembers the terminal that is our standard input, if it is one.
    pub fn keep() -> Self {
        let ours = getpgrp();
        Self { foreground: tcgetpgrp(io::stdin()).ok().filter(|&group| group == ours), settings: None }
    }

    /// Passes on each byte as it is typed: the terminal at the other end makes of it what there is to make.
    pub fn make_raw(&mut self) -> io::Result<()> {
        let settings = tcgetattr(io::stdin())?;
        let mut raw = settings.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        self.settings = Some(settings);
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A shell that was in the foreground and is gone has left nobody there.
        if let Some(group) = self.foreground
            && tcgetpgrp(io::stdin()).is_ok_and(|now| now != group)
        {
            let _ = tcsetpgrp(io::stdin(), group);
        }
        if let Some(settings) = &self.settings {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, settings);
        }
    }
}

/// How many rows and columns the caller's terminal has, if all of our three streams are one.
#[must_use]
pub fn size() -> Option<(u16, u16)> {
    let all = io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
    let size = all.then(|| tcgetwinsize(io::stdin().as_fd()).ok()).flatten()?;
    Some((size.ws_row, size.ws_col))
}
