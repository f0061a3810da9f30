//! A scenario that several tests look at runs once in each test process: equal scenarios have equal outcomes. What came of each can
//! be noted for scripts/repeat, which holds one run of the suite against the next.
//!
//! Invariant: a test that waits for what another one runs holds nothing that a third could wait for.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use exdev::kernel::Choice;
use exdev::outcome::Outcome;
use exdev::run::{self, Conclusion, Watch};
use exdev::scenario::Scenario;
use serde_json::{Value, json};

use crate::trial::pool;

/// The variable with the path of the file that what came of each scenario is appended to.
const OUTCOMES: &str = "EXDEV_OUTCOMES";

/// What came of a scenario; whoever runs it holds the lock meanwhile.
type Slot = Arc<Mutex<Option<Conclusion>>>;

/// What came of each scenario of a plan, in the order of the plan. Those that nobody has run yet run side by side.
pub fn conclusions(plan: &[Scenario], choice: Choice) -> Vec<Conclusion> {
    let slots: Vec<_> = plan.iter().map(|scenario| slot(scenario, choice)).collect();
    let mut own: Vec<(&Scenario, MutexGuard<Option<Conclusion>>)> = Vec::new();
    for (scenario, slot) in plan.iter().zip(&slots) {
        // What cannot be locked is run by another test, or stands in this plan twice.
        own.extend(slot.try_lock().ok().filter(|it| it.is_none()).map(|slot| (scenario, slot)));
    }
    let to_run: Vec<_> = own.iter().map(|(scenario, _)| (*scenario).clone()).collect();
    let ran = run::conclusions(pool(), &to_run, choice, &mut Unwatched);
    for ((scenario, mut slot), conclusion) in own.into_iter().zip(ran) {
        if let Some(ledger) = env::var_os(OUTCOMES) {
            note(Path::new(&ledger), scenario, choice, &conclusion);
        }
        *slot = Some(conclusion);
    }
    let known = |slot: &Slot| slot.lock().ok().and_then(|known| known.clone());
    let lost = || panic!("a test that ran this scenario panicked while it did");
    slots.iter().map(|slot| known(slot).unwrap_or_else(lost)).collect()
}

/// Appends what lasts of a scenario to a file, a line in JSON.
fn note(ledger: &Path, scenario: &Scenario, choice: Choice, conclusion: &Conclusion) {
    let outcome = match conclusion {
        Conclusion::Ran(outcome) => lasting(outcome),
        Conclusion::NotRun(not_run) => json!(not_run),
        Conclusion::Broken(broken) => json!(broken),
    };
    let line = json!({ "scenario": scenario.id(), "kernel": format!("{choice:?}"), "outcome": outcome });
    let written = File::options().append(true).create(true).open(ledger).and_then(|file| {
        let mut whole = line.to_string();
        whole.push('\n');
        // One call, as tests append side by side.
        (&file).write_all(whole.as_bytes())
    });
    written.unwrap_or_else(|error| panic!("{OUTCOMES}: {}: {error}", ledger.display()));
}

/// What of an outcome is the same in every run. Times are not, nor what a kernel counts as it goes; and where a linker has several
/// threads, or runs several times at once, it is chance which of its files meets a fault, and which call comes last.
pub fn lasting(outcome: &Outcome) -> Value {
    let alone = outcome.at_once.is_none();
    let verdicts: BTreeMap<_, _> =
        outcome.contract.iter().map(|(rule, judged)| (rule.to_string(), judged.verdict)).collect();
    json!({
        "id": outcome.id,
        "kernel": outcome.kernel,
        "step": outcome.step,
        "exit": outcome.exit,
        "strategy": alone.then_some(outcome.strategy),
        "said": outcome.said,
        "warnings": outcome.warnings.len(),
        "verdicts": verdicts,
        "reason": alone.then_some(&outcome.reason),
        "predicted": outcome.predicted,
        "command": outcome.command,
    })
}

fn slot(scenario: &Scenario, choice: Choice) -> Slot {
    static SLOTS: OnceLock<Mutex<HashMap<String, Slot>>> = OnceLock::new();
    let mut slots = SLOTS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(slots.entry(format!("{choice:?} {scenario:?}")).or_default())
}

/// Nobody looks on.
pub struct Unwatched;

impl Watch for Unwatched {
    fn started(&mut self, _: &str) {}
    fn done(&mut self, _: &str) {}
}
