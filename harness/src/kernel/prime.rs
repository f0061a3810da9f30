//! Fills a cell's cache, and finds out whose failure it is that a linker cannot.
//!
//! Invariant: that a linker failed is said of it only where the same command succeeds on another filesystem. A linker that can
//! fill no cache is broken, or something that it needs is missing: that is no verdict on it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::agent::Agent;
use super::cell::{Trees, Trial};
use super::kept::{Filling, Left};
use super::lay_out;
use super::process::Ran;
use super::wire::Record;
use crate::filesystem::{Cell, SetupError, own};
use crate::linker::Place;
use crate::observe::Tree;
use crate::outcome::{Seconds, Step};
use crate::pairing::Ends;
use crate::probe::probe_cache;
use crate::trace::Trace;

/// What came of filling a cache.
pub(super) enum Filled {
    /// It is filled, and the target is to have this from the one that was thrown away.
    Ready(Vec<(String, String)>),
    /// The command that failed.
    Failed(Ran),
}

impl Trial<'_> {
    /// All that decides what its filled cache is like, on filesystems that are made for it. What there is to know of others, and of
    /// what else is done there, nobody knows.
    fn filling(&self) -> Option<Filling> {
        let Ends::Made(pairing) = self.ends else { return None };
        Some(Filling {
            linker: self.linker.to_string(),
            place: self.place.clone(),
            filesystem: pairing.cache(),
            relation: pairing.relation().filter(|relation| relation.is_of_empty_cache()),
            user: self.user,
            begins: self.adapter.begins_with(&self.place, Step::Prime, self.mode),
            command: self.adapter.prime(&self.place),
        })
    }

    /// What the target is to have from the one that is thrown away.
    fn carried(&self, throwaway: &Path) -> Result<Vec<(String, String)>, SetupError> {
        let read = |name: &&str| {
            let path = throwaway.join(name);
            match fs::read_to_string(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                read => Some(read.map(|text| ((*name).to_owned(), text)).map_err(SetupError::failed("read", &path))),
            }
        };
        self.adapter.carries().iter().filter_map(read).collect()
    }
}

impl Agent {
    /// Fills the cache of a trial, with what its linker filled such a one with before if that was kept.
    pub(super) fn prime(&mut self, trial: &Trial<'_>) -> Result<Filled, SetupError> {
        let mut filling = trial.filling().filter(|filling| !self.kept.is_hopeless(filling));
        if let Some(left) = filling.as_ref().and_then(|filling| self.kept.of(filling)) {
            if self.as_user(trial.user, || left.lay_out(&trial.place))?? {
                return Ok(Filled::Ready(left.carried.clone()));
            }
            filling.take().into_iter().for_each(|filling| self.kept.give_up(filling));
        }
        let filled = self.prime_at(trial, &trial.place)?;
        if let Filled::Ready(carried) = &filled {
            self.learned.hear(trial, &trial.place);
            if let Some(filling) = filling {
                match self.as_user(trial.user, || Left::read(&trial.place, carried))? {
                    Some(left) => self.kept.keep(filling, left),
                    None => self.kept.give_up(filling),
                }
            }
        }
        Ok(filled)
    }

    fn prime_at(&self, trial: &Trial<'_>, place: &Place) -> Result<Filled, SetupError> {
        let throwaway = trial.adapter.throwaway(place);
        let begin = || lay_out::target(&throwaway, &trial.adapter.begins_with(place, Step::Prime, trial.mode));
        self.as_user(trial.user, begin)??;
        self.as_user(trial.user, || self.learned.tell(trial, place))?;
        let prepare = trial.adapter.prepare(place, &throwaway);
        let ran = match prepare.map(|invocation| trial.run(&invocation)).transpose()? {
            Some(failed) if !failed.exit.is_success() => failed,
            _ => trial.run_served(&trial.adapter.prime(place))?,
        };
        let filled =
            if ran.exit.is_success() { Filled::Ready(trial.carried(&throwaway)?) } else { Filled::Failed(ran) };
        // What it is in is the linker's, or else ours.
        let owner = if throwaway.starts_with(place.cache()) { trial.user } else { self.own };
        self.as_user(owner, || lay_out::empty(&throwaway))??;
        Ok(filled)
    }

    /// Fills a cache in plain directories of ours. Fails with what `first` died of unless that works.
    pub(super) fn prime_elsewhere(&self, trial: &Trial<'_>, first: &Record) -> Result<(), SetupError> {
        let place = trial.place.elsewhere();
        let ends = [place.cache(), place.target()];
        lay_out::directories(&place, trial.user)?;
        for end in ends {
            lay_out::empty(end)?;
            fs::create_dir_all(end).map_err(SetupError::failed("create", end))?;
            own(end, trial.user)?;
        }
        let again = self.prime_at(trial, &place)?;
        ends.into_iter().try_for_each(lay_out::empty)?;
        if matches!(again, Filled::Ready(_)) {
            return Ok(());
        }
        Err(Trial::failure("the linker, filling its cache,", trial.place.cache(), first.exit, &first.stderr))
    }

    /// What is seen where a linker could not fill its cache.
    pub(super) fn unfilled(&mut self, trial: &Trial<'_>, cell: &mut Cell, ran: Ran) -> Result<Record, SetupError> {
        // Before the relation is settled, which may make the cache read-only.
        let probe = self.as_user(trial.user, || probe_cache(trial.place.cache()))?;
        let findings = self.findings(trial)?;
        // Some targets are there only from then on; there are no cached files that it could be about.
        cell.settle(&mut self.workshop, || Ok(Vec::new()))?;
        let Trees { cache: cache_after, target } = self.look(trial)?;
        let (cache_end, target_end) = cell.ends()?;
        Ok(Record {
            place: trial.place.clone(),
            step: Step::Prime,
            command: ran.command,
            kernel_release: super::cell::kernel_release(),
            exit: ran.exit,
            stdout: ran.stdout,
            stderr: ran.stderr,
            cache_before: Tree::new(),
            cache_after,
            target_before: Tree::new(),
            target,
            probe,
            findings,
            written_through: None,
            cache_end,
            target_end,
            trace: Trace::default(),
            again: None,
            afresh: None,
            left_running: ran.left_running,
            seconds: Seconds { prime: ran.took.as_secs_f64(), ..Seconds::default() },
        })
    }
}
