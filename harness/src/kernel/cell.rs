//! One cell inside the agent: provision, prime, link, observe; and take everything down.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::afresh;
use super::agent::Agent;
use super::lay_out;
use super::port::Port;
use super::prime::Filled;
use super::process::{self, Ran, Road, Terms, Watch};
use super::sandbox;
use super::wire::{Again, Record};
use super::write_through::{changed, write_to};
use crate::facts::Confinement;
use crate::filesystem::{Cell, SetupError, provision};
use crate::linker::{Adapter, Invocation, Linker, Place, Program, User};
use crate::observe::{Depth, ObserveError, Tree, observe};
use crate::outcome::{Exit, Seconds, Step};
use crate::package::{self, Form, Size};
use crate::pairing::{Ends, Pairing, Relation};
use crate::probe::{Call, Findings, findings, probe};
use crate::scenario::{AtOnce, Identity, Prior, Scenario};
use crate::trace::{Fault, Faults, Trace};

impl Agent {
    /// Makes a pairing and takes it down; the seconds that making it took.
    pub(super) fn provision_only(&mut self, pairing: Pairing) -> Result<f64, SetupError> {
        let user = self.user(Identity::User)?;
        if is_confined(pairing) {
            sandbox::check()?;
        }
        let start = Instant::now();
        let mut cell = provision(&mut self.workshop, pairing, Place::new(Size::Small, pairing.names()), user)?;
        let took = start.elapsed().as_secs_f64();
        cell.settle(&mut self.workshop, || Ok(Vec::new()))?;
        Ok(took)
    }

    /// Runs one scenario.
    pub(super) fn run(&mut self, scenario: &Scenario) -> Result<Record, SetupError> {
        let record = self.run_once(scenario)?;
        let afresh = if afresh::is_needed(scenario, &record) { Some(self.afresh(scenario)?) } else { None };
        Ok(Record { afresh, ..record })
    }

    /// Who places what where, once all that this needs is there.
    pub(super) fn trial<'a>(&self, scenario: &'a Scenario) -> Result<Trial<'a>, SetupError> {
        let user = self.user(scenario.identity)?;
        let road = if self.ground.is_some() { Road::Here } else { Road::Apart };
        let adapter = scenario.linker.adapter();
        let port = Port::of(road, &adapter.forms()).map_err(SetupError::failed("find a port on", "127.0.0.1"))?;
        let trial = Trial {
            linker: &scenario.linker,
            adapter,
            mode: &scenario.mode,
            ends: &scenario.ends,
            place: self.place(scenario, user)?.served_at(port.number()),
            port,
            road,
            user,
            prior: scenario.prior,
            at_once: scenario.at_once,
            limit: scenario.limit,
            faults: &scenario.faults,
        };
        lay_out::package(&trial.place, &trial.adapter.forms())?;
        self.programs(&trial)?;
        lay_out::directories(&trial.place, trial.user)?;

        if trial.is_confined() {
            sandbox::check()?;
        }
        Ok(trial)
    }

    fn run_once(&mut self, scenario: &Scenario) -> Result<Record, SetupError> {
        let trial = self.trial(scenario)?;
        let start = Instant::now();
        let mut cell = self.cell(&trial)?;
        let provision = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let record = match self.prime(&trial)? {
            Filled::Ready(carried) => self.link(&trial, &mut cell, &carried, start),
            Filled::Failed(ran) => self.unfilled(&trial, &mut cell, ran),
        };
        self.leave_prior(&trial)?;
        // Where nothing can grow, the linker fails as well as we do; nothing of that is the linker's doing.
        self.check_room(&trial)?;
        let record = record?;
        if record.step == Step::Prime {
            drop(cell);
            self.prime_elsewhere(&trial, &record)?;
        }
        trial.leave()?;
        Ok(Record { seconds: Seconds { provision, ..record.seconds }, ..record })
    }

    /// Places the package from a cache that was begun to be filled at `start`.
    fn link(
        &mut self,
        trial: &Trial<'_>,
        cell: &mut Cell,
        carried: &[(String, String)],
        start: Instant,
    ) -> Result<Record, SetupError> {
        self.get_ready(trial, cell, carried)?;
        let prime = start.elapsed().as_secs_f64();

        let findings = self.findings(trial)?;
        let before = self.look(trial)?;
        let ran = trial.run_watched()?;
        let link = ran.took.as_secs_f64();

        let start = Instant::now();
        let record = self.observe(trial, cell, before, ran, findings.as_ref())?;
        let observe = start.elapsed().as_secs_f64();
        Ok(Record { findings, seconds: Seconds { provision: 0.0, prime, link, observe }, ..record })
    }

    /// Leaves nothing to do but to place the package.
    pub(super) fn get_ready(
        &mut self,
        trial: &Trial<'_>,
        cell: &mut Cell,
        carried: &[(String, String)],
    ) -> Result<(), SetupError> {
        cell.settle(&mut self.workshop, || trial.cached())?;
        self.as_user(trial.user, || trial.begin(carried))??;
        trial.prepare()?;
        self.lay_prior(trial)
    }

    /// What the linker's user can tell of the two directories. Where nothing can be tried, there is nothing to predict from.
    pub(super) fn findings(&self, trial: &Trial<'_>) -> Result<Option<Findings>, SetupError> {
        let (cache, target) = (trial.place.cache(), trial.place.target());
        let look = || Ok(findings(cache, target).ok());
        let found = self.like_linker(trial, look)?.map_err(SetupError::failed("probe", target))?;
        Ok(found.map(|mut found| {
            // Who acts as another user than its parent cannot tell, see `facts::confinement`.
            if trial.is_confined() {
                found.facts.process.confinement = Confinement::Confined;
            }
            found
        }))
    }

    /// Does something as the linker's user, and in its sandbox.
    fn like_linker<T>(
        &self,
        trial: &Trial<'_>,
        work: impl FnOnce() -> io::Result<T>,
    ) -> Result<io::Result<T>, SetupError>
    where
        T: Serialize + DeserializeOwned,
    {
        self.as_user(trial.user, || if trial.is_confined() { sandbox::within(work) } else { work() })
    }

    fn observe(
        &self,
        trial: &Trial<'_>,
        cell: &Cell,
        before: Trees,
        ran: Ran,
        findings: Option<&Findings>,
    ) -> Result<Record, SetupError> {
        let (cache, target) = (trial.place.cache(), trial.place.target());
        let after = if trial.may_share(findings) {
            self.look_at(trial, Depth::Extents(&cell.holder(cache)), Depth::Extents(&cell.holder(target)))?
        } else {
            self.look(trial)?
        };
        let (cache_end, target_end) = cell.ends()?;
        let package = trial.adapter.expects(&trial.place, &before.cache);
        let files: Vec<_> = package::cached(&package, &after.cache).into_values().collect();
        let probe = self.like_linker(trial, || probe(cache, &files, target, trial.user))?;
        let probe = probe.map_err(SetupError::failed("probe", target))?;
        let (written_through, again) = if trial.at_once.is_some() {
            (None, None)
        } else if ran.exit.is_success() {
            self.as_user(trial.user, || write_to(&trial.place, &after.target, &after.cache))??;
            (Some(self.seen(trial, || changed(&trial.place, &after.cache))?), None)
        } else {
            (None, Some(self.again(trial)?))
        };
        Ok(Record {
            place: trial.place.clone(),
            step: Step::Link,
            command: ran.command,
            kernel_release: kernel_release(),
            exit: ran.exit,
            stdout: ran.stdout,
            stderr: ran.stderr,
            cache_before: before.cache,
            cache_after: after.cache,
            target_before: before.target,
            target: after.target,
            probe,
            findings: None,
            written_through,
            cache_end,
            target_end,
            trace: ran.trace,
            again,
            afresh: None,
            left_running: ran.left_running,
            seconds: Seconds::default(),
        })
    }

    /// Runs the linker once more, with nothing in its way but what the pairing itself puts there.
    fn again(&self, trial: &Trial<'_>) -> Result<Again, SetupError> {
        let Ran { exit, stdout, stderr, .. } = trial.run_unwatched(&trial.adapter.link(&trial.place, trial.mode))?;
        let Trees { cache: cache_after, target } = self.look(trial)?;
        Ok(Again { exit, stdout, stderr, cache_after, target })
    }

    pub(super) fn look(&self, trial: &Trial<'_>) -> Result<Trees, SetupError> {
        self.look_at(trial, Depth::Bytes, Depth::Bytes)
    }

    fn look_at(&self, trial: &Trial<'_>, cache: Depth<'_>, target: Depth<'_>) -> Result<Trees, SetupError> {
        self.seen(trial, || {
            let (cache, target) = (observe(trial.place.cache(), cache)?, observe(trial.place.target(), target)?);
            Ok(Trees { cache, target })
        })
    }

    /// What is seen, as the linker's user where we are refused: a server may take root for nobody, who may not look into what is the
    /// user's alone.
    fn seen<T>(&self, trial: &Trial<'_>, look: impl Fn() -> Result<T, ObserveError>) -> Result<T, SetupError> {
        match look() {
            Err(error) if error.is_refused() => Ok(self.as_user(trial.user, look)??),
            seen => Ok(seen?),
        }
    }
}

/// Whether a linker runs in a sandbox there.
pub(super) fn is_confined(pairing: Pairing) -> bool {
    pairing.relation() == Some(Relation::Landlock)
}

/// The release of the kernel that we run in, see uname(2).
pub(super) fn kernel_release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}

/// Who places what, and where.
pub(super) struct Trial<'a> {
    pub(super) linker: &'a Linker,
    pub(super) adapter: Box<dyn Adapter>,
    pub(super) mode: &'a str,
    pub(super) ends: &'a Ends,
    pub(super) place: Place,
    pub(super) user: User,
    pub(super) prior: Prior,
    pub(super) at_once: Option<AtOnce>,
    port: Port,
    road: Road,
    limit: Duration,
    faults: &'a [Fault],
}

/// Cache and target at one moment.
pub(super) struct Trees {
    pub(super) cache: Tree,
    pub(super) target: Tree,
}

impl Trial<'_> {
    /// Whether files at both ends may have extents in common; to look for them is the dearest part of looking. Two filesystems have none,
    /// and a filesystem of a person's own is only synced for that where it has reflinks.
    fn may_share(&self, findings: Option<&Findings>) -> bool {
        match self.ends {
            Ends::Made(_) => !self.ends.are_separate(),
            Ends::Given(_) => findings.is_some_and(|found| found.works(Call::Reflink)),
        }
    }

    /// Whether its linker runs in a sandbox.
    fn is_confined(&self) -> bool {
        self.ends.pairing().is_some_and(is_confined)
    }

    /// Where the package's files are in the cache.
    fn cached(&self) -> Result<Vec<PathBuf>, SetupError> {
        let cache = observe(self.place.cache(), Depth::Bytes)?;
        let package = self.adapter.expects(&self.place, &cache);
        Ok(package::cached(&package, &cache).values().map(|path| self.place.cache().join(path)).collect())
    }

    /// Writes what the target has before anything is done there. A server may take root for nobody: whoever calls this acts as the
    /// user whose files these are.
    fn begin(&self, carried: &[(String, String)]) -> Result<(), SetupError> {
        lay_out::target::<&str>(self.place.target(), &[])?;
        self.places().iter().try_for_each(|place| {
            lay_out::target(place.target(), &self.adapter.begins_with(place, Step::Link, self.mode))?;
            lay_out::target(place.target(), carried)
        })
    }

    /// Makes the target's empty directory into a target, if this linker wants that.
    fn prepare(&self) -> Result<(), SetupError> {
        self.places().iter().try_for_each(|place| {
            let Some(invocation) = self.adapter.prepare(place, place.target()) else { return Ok(()) };
            match self.run(&invocation)? {
                ran if ran.exit.is_success() => Ok(()),
                ran => Err(Self::failure("the linker, preparing its target,", place.target(), ran.exit, &ran.stderr)),
            }
        })
    }

    /// What had to succeed before anything could be tested, and did not. Nothing was tested yet, so this is no verdict on the
    /// linker, whatever it died of.
    pub(super) fn failure(step: &'static str, path: &Path, exit: Exit, stderr: &str) -> SetupError {
        let last = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        SetupError::Program { program: step, path: path.to_path_buf(), said: format!("{exit}, {}", last.trim()) }
    }

    pub(super) fn run(&self, invocation: &Invocation) -> Result<Ran, SetupError> {
        self.run_so(invocation, self.terms())
    }

    /// Runs the command that fills a cache, with the registry for those who take the package from there.
    pub(super) fn run_served(&self, invocation: &Invocation) -> Result<Ran, SetupError> {
        if !self.adapter.forms().contains(&Form::Npm) {
            return self.run(invocation);
        }
        let open = self.port.open().map_err(SetupError::failed("listen at", self.place.registry()))?;
        self.run_so(invocation, Terms { registry: Some(open.listener()), ..self.terms() })
    }

    /// Runs the command that places the package, or those that do at once, and watches.
    fn run_watched(&self) -> Result<Ran, SetupError> {
        let faults = Faults { list: self.faults.to_vec(), cache: self.place.cache().to_path_buf() };
        let (watched, runs) = (Watch::Traced(&faults), self.at_once.map_or(0, |at_once| at_once.runs));
        let terms = Terms { watched, runs, confined: self.is_confined(), ..self.terms() };
        let mut ran = self.run_so(&self.link_command(), terms)?;
        self.call_target_by_its_name(&mut ran.trace);
        Ok(ran)
    }

    /// Runs a command that places the package, for which the kernel makes its calls.
    pub(super) fn run_unwatched(&self, invocation: &Invocation) -> Result<Ran, SetupError> {
        self.run_so(invocation, Terms { confined: self.is_confined(), ..self.terms() })
    }

    /// A trace has paths without symlinks, and the target's own path may be one.
    fn call_target_by_its_name(&self, trace: &mut Trace) {
        let target = self.place.target();
        let Ok(real) = fs::canonicalize(target) else { return };
        for path in trace.events.iter_mut().flat_map(|event| event.from.iter_mut().chain([&mut event.to])) {
            if let Ok(inside) = Path::new(path).strip_prefix(&real) {
                *path =
                    target.components().chain(inside.components()).collect::<PathBuf>().to_string_lossy().into_owned();
            }
        }
    }

    /// Not watched, without a registry, in no sandbox.
    const fn terms(&self) -> Terms<'static> {
        let Self { user, limit, road, .. } = *self;
        Terms { user, limit, watched: Watch::Not, registry: None, road, confined: false, runs: 0 }
    }

    fn run_so(&self, invocation: &Invocation, terms: Terms<'_>) -> Result<Ran, SetupError> {
        let program = self.program(invocation);
        process::run(&program, invocation, &self.place, terms).map_err(SetupError::failed("run", &program))
    }

    /// The program of a command.
    pub(super) fn program(&self, invocation: &Invocation) -> PathBuf {
        match &invocation.program {
            Program::Exdev => self.place.program(Place::EXDEV),
            Program::Linker => self.place.linker(),
            Program::Within(path) => self.place.linker().join(path),
            Program::Needed(name) => self.place.program(name),
            Program::Shell => "/bin/sh".into(),
        }
    }
}
