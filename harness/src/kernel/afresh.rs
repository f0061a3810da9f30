//! The same run without its faults, in a pairing made anew: only that tells whether a fault is to blame where running a linker again
//! fails.

use super::agent::Agent;
use super::cell::Trial;
use super::prime::Filled;
use super::wire::Record;
use crate::filesystem::{Cell, SetupError};
use crate::outcome::Exit;
use crate::scenario::Scenario;
use crate::trace::Effect;

/// Whether what was done to the first run may be why running the linker again failed: a fault, the limit, or what cannot be watched
/// and was refused. A call that was delayed is not told from others in the trace; of a linker whose cache was pruned nobody asks it.
pub(super) fn is_needed(scenario: &Scenario, record: &Record) -> bool {
    let Record { exit, again, trace, .. } = record;
    let fails = again.as_ref().is_some_and(|again| !again.exit.is_success());
    let delayed = || scenario.faults.iter().any(|fault| matches!(fault.effect, Effect::Delay(_)));
    let disturbed = trace.injected() > 0 || matches!(exit, Exit::TimedOut(_)) || !trace.gaps.is_empty() || delayed();
    fails && !trace.pruned && disturbed
}

impl Agent {
    /// How the linker ends there.
    pub(super) fn afresh(&mut self, scenario: &Scenario) -> Result<Exit, SetupError> {
        let trial = self.trial(scenario)?;
        let mut cell = self.cell(&trial)?;
        let exit = self.place_afresh(&trial, &mut cell);
        self.leave_prior(&trial)?;
        self.check_room(&trial)?;
        let exit = exit?;
        trial.leave()?;
        Ok(exit)
    }

    fn place_afresh(&mut self, trial: &Trial<'_>, cell: &mut Cell) -> Result<Exit, SetupError> {
        match self.prime(trial)? {
            Filled::Ready(carried) => {
                self.get_ready(trial, cell, &carried)?;
                Ok(trial.run_unwatched(&trial.adapter.link(&trial.place, trial.mode))?.exit)
            }
            Filled::Failed(ran) => {
                Err(Trial::failure("the linker, filling its cache,", trial.place.cache(), ran.exit, &ran.stderr))
            }
        }
    }
}
