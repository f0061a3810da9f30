//! A defect, and the linker that has it.
//!
//! Invariant: whatever a defect does not replace is done by the reference linker, with the policy that starts over on a refusal.

use std::io::{self, Write};
use std::process::ExitCode;

use exdev::errno::Errno;
use exdev::linker::reference::{Fallback, Job, Line, LinkError, Placing, Policy, Steps, Summary, link_with};

/// How a run ended.
pub type Linked = Result<Summary, LinkError>;

/// The linker with one defect, by the steps that the defect replaces.
pub struct Defect {
    /// Its name.
    pub name: &'static str,
    /// What it does on a refusal.
    pub policy: Policy,
    /// What it does first; `false` if it then takes its work for done.
    pub before: fn(&Job) -> io::Result<bool>,
    /// How it places a file.
    pub place: fn(Placing<'_>) -> io::Result<()>,
    /// What it says of a fallback.
    pub warn: fn(&Fallback) -> Vec<Fallback>,
    /// What it does when every file is placed.
    pub spoil: fn(&Job) -> io::Result<()>,
    /// How it ends.
    pub end: fn(&Job, Linked) -> io::Result<Linked>,
}

/// No defect.
pub const SOUND: Defect = Defect {
    name: "sound",
    policy: Policy::Restart,
    before: |_| Ok(true),
    place: by_the_book,
    warn: |fallback| vec![fallback.clone()],
    spoil: |_| Ok(()),
    end: |_, linked| Ok(linked),
};

impl Defect {
    /// Runs the linker.
    pub fn run(&self, job: &Job) -> io::Result<ExitCode> {
        if !(self.before)(job)? {
            return Ok(ExitCode::SUCCESS);
        }
        let linked = link_with(self, job);
        if linked.is_ok() {
            (self.spoil)(job)?;
        }
        match (self.end)(job, linked)? {
            Ok(summary) => writeln!(io::stdout(), "{}", Line::Placed(&summary)).map(|()| ExitCode::SUCCESS),
            Err(error) => say(Line::Error(&error)).map(|()| ExitCode::FAILURE),
        }
    }
}

impl Steps for Defect {
    fn place(&self, placing: Placing<'_>) -> Result<(), Errno> {
        (self.place)(placing).map_err(|error| Errno::from(&error))
    }

    fn warn(&self, fallback: &Fallback) {
        for said in (self.warn)(fallback) {
            // Who cannot be heard has nobody to tell.
            let _ = say(Line::Warning(&said));
        }
    }
}

/// Places a file as the reference linker does.
pub fn by_the_book(placing: Placing<'_>) -> io::Result<()> {
    placing.by_the_book().map_err(refusal)
}

/// A refusal with this errno.
pub fn refusal(errno: Errno) -> io::Error {
    io::Error::from_raw_os_error(errno.0)
}

/// Prints a line on standard error.
pub fn say(line: Line<'_>) -> io::Result<()> {
    writeln!(io::stderr(), "{line}")
}
