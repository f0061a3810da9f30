//! A scenario in one sentence: `link("uv@0.6.1").on("ext4:tmpfs", |seen| ...)`.
//!
//! Invariant: a scenario that cannot run here never passes silently: it fails, unless the machine's owner has said that it may
//! be missing, and then it is counted.

use std::collections::BTreeMap;
use std::slice;
use std::sync::OnceLock;
use std::thread;

use exdev::kernel::Choice;
use exdev::kernel::pool::{Launcher, Pool};
use exdev::linker::store::{Lock, Store, cache_dir};
use exdev::linker::{Linker, LinkerName};
use exdev::outcome::{Exit, Outcome, Placement, Report, Rule, Step, Verdict};
use exdev::package::Size;
use exdev::pairing::Pairing;
use exdev::report::{card, did, places};
use exdev::run::{conclusions, report};
use exdev::scenario::{AtOnce, Identity, Prior, Scenario};
use exdev::trace::Fault;

use crate::not_run;
use crate::once::{self, Unwatched};

/// A scenario that is being written down.
#[derive(Clone)]
pub struct Trial {
    linker: String,
    mode: String,
    package: Size,
    identity: Identity,
    prior: Prior,
    at_once: Option<AtOnce>,
    faults: Vec<Fault>,
}

/// A linker in its default mode, placing the small package as an ordinary user.
pub fn link(linker: &str) -> Trial {
    let (linker, mode) = (linker.to_owned(), "default".to_owned());
    let (package, identity, prior) = (Size::Small, Identity::User, Prior::Empty);
    Trial { linker, mode, package, identity, prior, at_once: None, faults: Vec::new() }
}

impl Trial {
    /// In this mode, in the linker's own words.
    pub fn mode(self, mode: &str) -> Self {
        Self { mode: mode.to_owned(), ..self }
    }

    /// With this package.
    pub fn package(self, package: Size) -> Self {
        Self { package, ..self }
    }

    /// Run by root, like in a container.
    pub fn by_root(self) -> Self {
        Self { identity: Identity::Root, ..self }
    }

    /// With this in the target before.
    pub fn prior(self, prior: Prior) -> Self {
        Self { prior, ..self }
    }

    /// So many runs at once.
    pub fn at_once(self, runs: &str) -> Self {
        Self { at_once: Some(runs.parse().unwrap_or_else(|error| panic!("{error}"))), ..self }
    }

    /// With this fault, beside those that it has already.
    pub fn fault(mut self, fault: &str) -> Self {
        self.faults.push(fault.parse().unwrap_or_else(|error| panic!("{error}")));
        self
    }

    /// Runs on a pairing and looks at what was seen.
    #[track_caller]
    pub fn on(&self, pairing: &str, look: impl FnOnce(&Seen)) {
        run_and_look(&self.scenario(pairing), look);
    }

    /// The scenario on a pairing.
    pub fn scenario(&self, pairing: &str) -> Scenario {
        let pairing: Pairing = pairing.parse().unwrap_or_else(|error| panic!("{error}"));
        let Self { mode, faults, .. } = self.clone();
        let Self { package, identity, prior, at_once, .. } = *self;
        let scenario = Scenario::new(linker(&self.linker), pairing);
        Scenario { mode, package, identity, prior, at_once, faults, ..scenario }
    }
}

/// Runs a scenario; there is no outcome where it cannot run here, and that is allowed.
#[track_caller]
pub fn outcome(scenario: &Scenario) -> Option<Outcome> {
    outcome_of(run_all(slice::from_ref(scenario), Choice::Auto))
}

/// As [`outcome`], of a scenario that is drawn anew in each run of the suite, and so not noted for the next one.
#[track_caller]
pub fn outcome_of_drawn(scenario: &Scenario) -> Option<Outcome> {
    outcome_of(report(conclusions(pool(), slice::from_ref(scenario), Choice::Auto, &mut Unwatched)))
}

#[track_caller]
fn outcome_of(report: Report) -> Option<Outcome> {
    let Report { outcomes, not_run, broken_setups, .. } = report;
    if let Some(broken) = broken_setups.first() {
        panic!("{} could not be set up: {}", broken.id, broken.problem);
    }
    not_run.iter().for_each(not_run::tolerate_or_fail);
    outcomes.into_iter().next()
}

/// Runs a scenario and looks at what was seen.
#[track_caller]
pub fn run_and_look(scenario: &Scenario, look: impl FnOnce(&Seen)) {
    if let Some(outcome) = outcome(scenario) {
        look(&Seen { outcome });
    }
}

/// Runs many scenarios side by side, but for those that have run already.
pub fn run_all(plan: &[Scenario], choice: Choice) -> Report {
    report(once::conclusions(plan, choice))
}

/// What was seen of a scenario's run, to be asserted on.
pub struct Seen {
    outcome: Outcome,
}

impl Seen {
    /// It exited with this status.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        self.same("exit", &self.outcome.exit, &Exit::Code(code))
    }

    /// It ended while it was at this step.
    #[track_caller]
    pub fn ends_at(&self, step: Step) -> &Self {
        self.same("step", &self.outcome.step, &step)
    }

    /// It printed exactly these errors, line by line.
    #[track_caller]
    pub fn fails_with<const N: usize>(&self, errors: [&str; N]) -> &Self {
        self.same("errors", &self.outcome.errors, &errors.map(str::to_owned).to_vec())
    }

    /// The package's files were placed so, and no others.
    #[track_caller]
    pub fn places(&self, files: impl IntoIterator<Item = (Placement, usize)>) -> &Self {
        self.same("files", &self.outcome.files, &BTreeMap::from_iter(files))
    }

    /// The package as a whole was placed so.
    #[track_caller]
    pub fn placed_by(&self, strategy: Placement) -> &Self {
        self.same("strategy", &self.outcome.strategy, &strategy)
    }

    /// It printed exactly these warnings.
    #[track_caller]
    pub fn warns<const N: usize>(&self, warnings: [&str; N]) -> &Self {
        self.same("warnings", &self.outcome.warnings, &warnings.map(str::to_owned).to_vec())
    }

    /// Whether it printed a warning at all.
    #[track_caller]
    pub fn warned(&self, warned: bool) -> &Self {
        self.same("warned", &!self.outcome.warnings.is_empty(), &warned)
    }

    /// It broke exactly these rules.
    #[track_caller]
    pub fn breaks<const N: usize>(&self, rules: [Rule; N]) -> &Self {
        self.breaks_all(&rules)
    }

    /// It broke exactly these rules.
    #[track_caller]
    pub fn breaks_all(&self, rules: &[Rule]) -> &Self {
        let broken: Vec<_> = self.outcome.broken().map(|(rule, _)| rule).collect();
        self.same("broken rules", &broken.as_slice(), &rules)
    }

    /// This rule was judged so.
    #[track_caller]
    pub fn judged(&self, rule: Rule, verdict: Verdict) -> &Self {
        self.same("verdict", &self.outcome.contract.get(&rule).map(|judgement| judgement.verdict), &Some(verdict))
    }

    /// So many of its calls a fault has refused.
    #[track_caller]
    pub fn meets_faults(&self, calls: usize) -> &Self {
        self.same("injected", &self.outcome.injected, &calls)
    }

    /// It made exactly these attempts to place files.
    #[track_caller]
    pub fn did(&self, attempts: &str) -> &Self {
        self.same("did", &did(&self.outcome.attempts).as_str(), &attempts)
    }

    /// This rule's evidence is exactly this.
    #[track_caller]
    pub fn because<const N: usize>(&self, rule: Rule, evidence: [&str; N]) -> &Self {
        self.because_all(rule, evidence.map(str::to_owned))
    }

    /// This rule's evidence is exactly this.
    #[track_caller]
    pub fn because_all(&self, rule: Rule, evidence: impl IntoIterator<Item = String>) -> &Self {
        let found = self.outcome.contract.get(&rule).map(|judgement| judgement.evidence.clone());
        self.same("evidence", &found, &Some(evidence.into_iter().collect()))
    }

    /// The strategies before the one used were refused for this reason.
    #[track_caller]
    pub fn for_reason(&self, reason: &str) -> &Self {
        self.gave_reason(Some(reason))
    }

    /// The strategies before the one used were refused for this reason, or none was.
    #[track_caller]
    pub fn gave_reason(&self, reason: Option<&str>) -> &Self {
        self.same("reason", &self.outcome.reason.as_deref(), &reason)
    }

    /// The whole outcome is the one in `snapshots/ID.snap`.
    #[track_caller]
    pub fn is_accepted(&self) -> &Self {
        accept(&self.outcome.id, &card(&self.outcome));
        self
    }

    /// The outcome itself.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    #[track_caller]
    fn same<T: PartialEq + std::fmt::Debug>(&self, what: &str, found: &T, expected: &T) -> &Self {
        assert!(
            found == expected,
            "{what}: expected {expected:?}, found {found:?}\n\n{}\n{}",
            card(&self.outcome),
            places(&self.outcome)
        );
        self
    }
}

/// Compares a text with the snapshot of this name.
#[track_caller]
pub fn accept(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(file_name(name), text));
}

/// A name as a file's name: with `_` for `:` and `+`, as in the names of tests.
pub fn file_name(name: &str) -> String {
    name.replace([':', '+'], "_").replace(['/', '@'], "-")
}

/// The agents of this test process.
pub fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(|| {
        let size = thread::available_parallelism().map_or(1, usize::from);
        Pool::new(&launcher(), size).unwrap_or_else(|error| panic!("failed to start {size} threads: {error}"))
    })
}

/// How the agents of tests are started.
pub fn launcher() -> Launcher {
    let program = env!("CARGO_BIN_EXE_exdev-under-test").into();
    Launcher { program, scratch: "50%".to_owned(), patience: None, site: None }
}

/// The linker of this name, fetched if need be.
pub fn linker(name: &str) -> Linker {
    let name: LinkerName = name.parse().unwrap_or_else(|error| panic!("{error}"));
    let lock = Lock::built_in().unwrap_or_else(|error| panic!("{error}"));
    let cache = cache_dir().unwrap_or_else(|error| panic!("{error}"));
    Store::new(cache, lock).resolve(&name).unwrap_or_else(|error| panic!("{error}"))
}
