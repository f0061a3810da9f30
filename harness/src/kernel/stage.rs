//! Sets the stage for a trial, and clears it: on filesystems that are made for it, or in directories that are there.

use std::path::Path;

use super::agent::{Agent, Ground};
use super::cell::Trial;
use super::given::{is_full, offer, remove};
use super::lay_out;
use crate::filesystem::{Cell, SetupError, provision, settle_in};
use crate::linker::{Place, User};
use crate::pairing::Ends;
use crate::scenario::Scenario;

impl Agent {
    /// Where a scenario's linker is to find everything.
    pub(super) fn place(&self, scenario: &Scenario, user: User) -> Result<Place, SetupError> {
        let adapter = scenario.linker.adapter();
        if let Some(reason) = adapter.unfit() {
            return Err(SetupError::not_here(reason, "name or install another version"));
        }
        let own = adapter.names();
        match (&scenario.ends, &self.ground) {
            (Ends::Made(pairing), None) => {
                Ok(Place::new(scenario.package, pairing.names().and(own)).with(&scenario.linker))
            }
            (Ends::Given(_), Some(ground)) => {
                self.check_reach(ground, user)?;
                Ok(ground.site.place(scenario.package, ground.names.and(own)).with(&scenario.linker))
            }
            (Ends::Made(_), Some(_)) => {
                Err(SetupError::not_here("this agent makes no filesystems", "ask one that does"))
            }
            (Ends::Given(_), None) => {
                Err(SetupError::not_here("this agent sees no directories but its own", "ask one that does"))
            }
        }
    }

    /// Root reaches every directory; the user that root has a linker run as may not.
    fn check_reach(&self, ground: &Ground, user: User) -> Result<(), SetupError> {
        for (_, part) in ground.site.parts() {
            if self.as_user(user, || part.read_dir())?.is_err() {
                let shown = part.parent().unwrap_or(part).display();
                let reason = format!("user {} cannot reach {shown}", user.uid);
                return Err(SetupError::not_here(
                    reason,
                    "leave out --as, or give directories that every user can reach",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn programs(&self, trial: &Trial<'_>) -> Result<(), SetupError> {
        match self.ground {
            Some(_) => offer(&trial.place, trial.linker, trial.user, self.own)?,
            None => lay_out::show_programs(&trial.place, trial.linker)?,
        }
        lay_out::needs(&trial.place, trial.linker)
    }

    /// The two ends, empty.
    pub(super) fn cell(&mut self, trial: &Trial<'_>) -> Result<Cell, SetupError> {
        match trial.ends {
            Ends::Made(pairing) => provision(&mut self.workshop, *pairing, trial.place.clone(), trial.user),
            Ends::Given(_) => {
                trial.leave()?;
                let owner = Some(trial.user).filter(|user| *user != self.own);
                settle_in(trial.place.clone(), trial.user, owner)
            }
        }
    }

    /// Makes sure that something could grow there.
    pub(super) fn check_room(&self, trial: &Trial<'_>) -> Result<(), SetupError> {
        let Ends::Given(given) = trial.ends else { return self.workshop.check_room() };
        for path in [&given.cache, &given.target] {
            if is_full(path).map_err(SetupError::failed("look at", path))? {
                return Err(SetupError::NoRoom { path: path.clone() });
            }
        }
        Ok(())
    }
}

impl Trial<'_> {
    /// Removes the two ends, where taking down the cell does not.
    pub(super) fn leave(&self) -> Result<(), SetupError> {
        let clear = |end: &Path| remove(end).map_err(SetupError::failed("remove", end));
        match self.ends {
            Ends::Made(_) => Ok(()),
            Ends::Given(_) => clear(self.place.cache()).and_then(|()| clear(self.place.target())),
        }
    }
}
