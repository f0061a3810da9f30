//! What the policies do, told once more: no file is touched here, and nothing of the linker's own code is used.
//!
//! Invariant: pure. A prediction is made from a case alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Mode, Policy};
use crate::errno::Errno;
use crate::outcome::Strategy;

/// What is placed, how, and what goes wrong.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the linker does on a refusal.
    pub policy: Policy,
    /// What it is asked for.
    pub mode: Mode,
    /// The package, in the order of its paths.
    pub files: Vec<String>,
    /// Which of these a target has already, with other bytes.
    pub prior: BTreeSet<usize>,
    /// With what the pairing refuses a strategy, for every file.
    pub refuses: BTreeMap<Strategy, Errno>,
    /// With what one file alone is refused a strategy.
    pub odd: Option<(usize, Strategy, Errno)>,
    /// The one attempt that goes wrong.
    pub fault: Option<Fault>,
}

/// One attempt that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Among the attempts by this strategy; among all where it is `None`.
    pub of: Option<Strategy>,
    /// Its number among these, from 1.
    pub at: usize,
    /// How it goes wrong.
    pub effect: Effect,
}

/// What goes wrong with one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The strategy is refused.
    Refused(Errno),
    /// Something that goes with it fails.
    Around(Errno),
}

/// What is to come of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Whether every file was placed.
    pub succeeds: bool,
    /// By what each file of the target was placed in the end; those that were there before are not among them.
    pub placed: BTreeMap<usize, Strategy>,
    /// The fallbacks that were announced: from what, with which errno, to what.
    pub warnings: Vec<(Strategy, Errno, Strategy)>,
}

const EEXIST: Errno = Errno(nix::libc::EEXIST);

/// What comes of a case.
#[must_use]
pub fn expect(case: &Case) -> Expected {
    let mut model = Model { case, attempts: Vec::new(), expected: Expected::default() };
    let whole = match case.mode {
        Mode::Default | Mode::Hardlink => vec![Strategy::HardLink, Strategy::Copy],
        Mode::Clone => vec![Strategy::Reflink, Strategy::HardLink, Strategy::Copy],
        Mode::Symlink => vec![Strategy::Symlink, Strategy::Copy],
        Mode::Copy => vec![Strategy::Copy],
    };
    let succeeds = match case.policy {
        Policy::PerFile => model.apart(0, &whole),
        Policy::FirstFile => case.files.is_empty() || model.first(&whole),
        Policy::Restart | Policy::Staged => model.together(&whole),
        Policy::Strict => model.together(&whole[..1]),
    };
    Expected { succeeds, ..model.expected }
}

struct Model<'a> {
    case: &'a Case,
    attempts: Vec<Strategy>,
    expected: Expected,
}

impl Model<'_> {
    /// What one attempt meets.
    fn attempt(&mut self, file: usize, strategy: Strategy) -> Result<(), Effect> {
        self.attempts.push(strategy);
        let alike = |of: Option<Strategy>| self.attempts.iter().filter(|by| of.is_none_or(|of| of == **by)).count();
        let is_met = |fault: &Fault| fault.of.is_none_or(|of| of == strategy) && alike(fault.of) == fault.at;
        let fault = self.case.fault.filter(is_met).map(|fault| fault.effect);
        let everywhere = self.case.refuses.get(&strategy).copied();
        let odd = self.case.odd.filter(|(at, of, _)| (*at, *of) == (file, strategy)).map(|(.., errno)| errno);
        let taken = (self.case.policy != Policy::Staged && self.case.prior.contains(&file)).then_some(EEXIST);
        let refusal = everywhere.or(odd).or(taken).map(Effect::Refused);
        match fault.or(refusal) {
            None => {
                self.expected.placed.insert(file, strategy);
                Ok(())
            }
            // Only the staged policy tells the one from the other.
            Some(Effect::Around(errno)) if self.case.policy != Policy::Staged => Err(Effect::Refused(errno)),
            Some(effect) => Err(effect),
        }
    }

    /// Whether the files from this one on are placed, each by the first strategy that it is not refused.
    fn apart(&mut self, from: usize, chain: &[Strategy]) -> bool {
        (from..self.case.files.len()).all(|file| self.one(file, chain).is_some())
    }

    fn one(&mut self, file: usize, chain: &[Strategy]) -> Option<Strategy> {
        for (number, strategy) in chain.iter().enumerate() {
            match (self.attempt(file, *strategy), chain.get(number + 1)) {
                (Ok(()), _) => return Some(*strategy),
                (Err(Effect::Refused(errno)), Some(next)) if errno != EEXIST => self.warn(*strategy, errno, *next),
                _ => return None,
            }
        }
        None
    }

    fn first(&mut self, chain: &[Strategy]) -> bool {
        match self.one(0, chain) {
            Some(used) => self.apart(1, &[used]),
            None => false,
        }
    }

    /// All files by one strategy, the first of the chain that none of them is refused; nothing where there is none.
    fn together(&mut self, chain: &[Strategy]) -> bool {
        for (number, strategy) in chain.iter().enumerate() {
            match (self.round(*strategy), chain.get(number + 1)) {
                (Ok(()), _) => return true,
                (Err(effect), next) => {
                    self.expected.placed.clear();
                    match (effect, next) {
                        (Effect::Refused(errno), Some(next)) if errno != EEXIST => self.warn(*strategy, errno, *next),
                        _ => return false,
                    }
                }
            }
        }
        false
    }

    fn round(&mut self, strategy: Strategy) -> Result<(), Effect> {
        let staged = self.case.policy == Policy::Staged;
        let count = self.case.files.len();
        let mut order: Vec<usize> = (0..count).collect();
        if staged && count > 3 {
            let telling = [0, count - 1, (count - 1) / 2];
            order.retain(|file| !telling.contains(file));
            order = telling.into_iter().chain(order).collect();
        }
        for file in order {
            let met = self.attempt(file, strategy);
            let exhausted = staged && strategy == Strategy::HardLink && met == Err(Effect::Refused(Errno::EMLINK));
            // With another inode, it is tried again.
            if exhausted { self.attempt(file, strategy)? } else { met? }
        }
        Ok(())
    }

    fn warn(&mut self, from: Strategy, errno: Errno, to: Strategy) {
        if !self.expected.warnings.iter().any(|(known, _, other)| (*known, *other) == (from, to)) {
            self.expected.warnings.push((from, errno, to));
        }
    }
}
