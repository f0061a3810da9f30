//! Which Landlock rulesets a process is under: the kernel tells nobody, so it has to be followed from the beginning.
//!
//! Invariant: a process of which it is not certain is said to be so, and its calls are made by the kernel.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use super::disguise::{Disguise, Ruleset};
use super::status::Status;

/// What is known of every process that was ever seen. One that was never seen has not restricted itself.
#[derive(Debug, Default)]
pub struct Sandboxes {
    processes: HashMap<i32, Process>,
    track: Track,
    adoption: Adoption,
}

/// Who becomes the parent of those whose own has ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Adoption {
    /// Process 1 of their PID namespace.
    #[default]
    ByTheFirst,
    /// Any process that has asked for it.
    ByAny,
}

/// A process: by its start, for its number may become another's.
#[derive(Debug, Clone)]
struct Process {
    started: u64,
    /// In the order in which it went under them; `None` where not all of its threads are under the same ones.
    rulesets: Option<Vec<Rc<Ruleset>>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Track {
    /// No process is restricted.
    #[default]
    Free,
    /// Some are.
    Kept,
    /// Any may be.
    Lost,
}

impl Sandboxes {
    /// The rulesets that a process is under: its own, or those of the one that it comes from.
    pub fn of(&mut self, status: &Status) -> io::Result<Vec<Rc<Ruleset>>> {
        match self.track {
            Track::Free => return Ok(Vec::new()),
            Track::Lost => return Err(unknown()),
            Track::Kept => {}
        }
        if let Some(known) = self.known(status.process) {
            return known.rulesets.clone().ok_or_else(unknown);
        }
        // Where its parent was never seen, or it may have been adopted, what it has inherited is not known.
        // We may be who adopts, too; a child of our own was there before anybody was restricted.
        let adopted = is_first(status.parent)? || status.parent.unsigned_abs() == std::process::id();
        let own_child = self.adoption == Adoption::ByTheFirst && !adopted;
        let parent = self.known(status.parent).filter(|_| own_child);
        let rulesets = parent.and_then(|parent| parent.rulesets.clone());
        let started = started(status.process)?;
        self.processes.insert(status.process, Process { started, rulesets: rulesets.clone() });
        rulesets.ok_or_else(unknown)
    }

    /// Notes that a thread of this process is about to put itself under a ruleset. What its process has started by now does not go
    /// under it; nor do other threads that it has, of which new ones cannot be told.
    pub fn restrict(&mut self, status: &Status, ruleset: Option<OwnedFd>, flags: u64) -> io::Result<()> {
        let before = self.of(status)?;
        let Some(file) = ruleset else {
            // The kernel will say EBADF.
            return Ok(());
        };
        let mut rulesets = before.clone();
        rulesets.push(Rc::new(Ruleset { file, flags }));
        let disguise = Disguise { standing: status.standing.clone(), rulesets };
        let fits = disguise.fits()?;
        if !fits && (Disguise { standing: status.standing.clone(), rulesets: before.clone() }).fits()? {
            // It is the ruleset, which will not fit the linker, either.
            return Ok(());
        }
        // Whom we cannot be like, we cannot try it for.
        let rulesets = (fits && status.threads == 1).then_some(disguise.rulesets);
        let others = if self.track == Track::Free { processes()? } else { children(status.process)? };
        for other in others {
            // One that has ended meanwhile makes no calls, and has no children.
            if let (None, Ok(started)) = (self.known(other), started(other)) {
                self.processes.insert(other, Process { started, rulesets: Some(before.clone()) });
            }
        }
        let started = started(status.process)?;
        self.processes.insert(status.process, Process { started, rulesets });
        self.track = Track::Kept;
        Ok(())
    }

    /// From now on, any process may be the parent of others than its own children, see `PR_SET_CHILD_SUBREAPER(2const)`.
    pub fn expect_adoptions(&mut self) {
        self.adoption = Adoption::ByAny;
    }

    /// From now on, any process may be restricted.
    pub fn lose_track(&mut self) {
        self.track = Track::Lost;
    }

    fn known(&self, process: i32) -> Option<&Process> {
        let known = self.processes.get(&process)?;
        started(process).is_ok_and(|started| started == known.started).then_some(known)
    }
}

/// Why a call is not made in a process's stead.
fn unknown() -> io::Error {
    io::Error::other("it may be in a sandbox")
}

/// When a process started, in ticks since the boot, see `proc_pid_stat(5)`.
fn started(process: i32) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Its name, which comes second, may hold anything.
    let fields = text.rsplit_once(')').map(|(_, fields)| fields.split_whitespace());
    let started = fields.and_then(|mut fields| fields.nth(19)?.parse().ok());
    started.ok_or_else(|| io::Error::other(format!("/proc/{process}/stat has another form than is known")))
}

/// All processes that there are.
fn processes() -> io::Result<Vec<i32>> {
    let names = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter_map(|name| name.parse().ok()).collect())
}

/// Whether it is process 1 of its PID namespace, which adopts those whose parent has ended.
fn is_first(process: i32) -> io::Result<bool> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let numbers = text.lines().find_map(|line| line.strip_prefix("NSpid:"));
    Ok(numbers.and_then(|numbers| numbers.split_whitespace().last()) == Some("1"))
}

/// The children of a process, which has one thread, see `proc_tid_children(5)`.
fn children(process: i32) -> io::Result<Vec<i32>> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    Ok(text.split_whitespace().filter_map(|number| number.parse().ok()).collect())
}
