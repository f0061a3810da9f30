//! Executes a plan: hands its scenarios to the agents and collects what they saw, judged, in the order of the plan.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use crate::explain::Discreet;
use crate::kernel::Choice;
use crate::kernel::pool::{Answer, Event, Pool};
use crate::kernel::wire::{Reply, Request};
use crate::outcome::{BrokenSetup, Machine, NotRun, Outcome, Report};
use crate::pairing::Directories;
use crate::scenario::Scenario;
use crate::verdict::judge;

/// What came of one scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum Conclusion {
    /// It ran.
    Ran(Box<Outcome>),
    /// This machine cannot run it.
    NotRun(NotRun),
    /// It could not be set up.
    Broken(BrokenSetup),
}

/// Watches a run.
pub trait Watch {
    /// A scenario was taken up.
    fn started(&mut self, id: &str);
    /// A scenario is done.
    fn done(&mut self, id: &str);
    /// This came of it.
    fn concluded(&mut self, _conclusion: &Conclusion) {}
}

/// Runs every scenario of a plan, each in one of the chosen kernels.
pub fn run(pool: &Pool, plan: &[Scenario], choice: Choice, watch: &mut impl Watch) -> Report {
    report(conclusions(pool, plan, choice, watch))
}

/// What came of every scenario of a plan, in the order of the plan, each run in one of the chosen kernels.
pub fn conclusions(pool: &Pool, plan: &[Scenario], choice: Choice, watch: &mut impl Watch) -> Vec<Conclusion> {
    let (tell, hear) = channel();
    for (number, scenario) in plan.iter().enumerate() {
        pool.submit(number, Request::Run(Box::new(scenario.clone())), choice, &tell);
    }
    drop(tell);
    let mut conclusions: Vec<Option<Conclusion>> = plan.iter().map(|_| None).collect();
    for event in hear {
        match event {
            Event::Started(number) => watch.started(&plan[number].id()),
            Event::Answered(number, answer) => {
                watch.done(&plan[number].id());
                let conclusion = conclude(&plan[number], *answer);
                watch.concluded(&conclusion);
                conclusions[number] = Some(conclusion);
            }
        }
    }
    let all = plan.iter().zip(conclusions);
    all.map(|(scenario, conclusion)| conclusion.unwrap_or_else(|| conclude(scenario, Answer::lost()))).collect()
}

/// The report of what came of some scenarios, in their order.
#[must_use]
pub fn report(conclusions: impl IntoIterator<Item = Conclusion>) -> Report {
    let mut report = Report { machine: machine(), ..Report::default() };
    for conclusion in conclusions {
        match conclusion {
            Conclusion::Ran(outcome) => report.outcomes.push(*outcome),
            Conclusion::NotRun(not_run) => report.not_run.push(not_run),
            Conclusion::Broken(broken) => report.broken_setups.push(broken),
        }
    }
    report
}

/// What a run is made with here.
fn machine() -> Machine {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Machine {
        exdev: env!("CARGO_PKG_VERSION").to_owned(),
        kernel_release: release.trim().to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
    }
}

/// Runs one scenario in one of the chosen kernels.
#[must_use]
pub fn run_one(pool: &Pool, scenario: &Scenario, choice: Choice) -> Conclusion {
    conclude(scenario, pool.ask(Request::Run(Box::new(scenario.clone())), choice))
}

/// Shortens paths below the home directory.
fn discreet(outcome: Outcome) -> Outcome {
    let discreet = Discreet::new(std::env::home_dir().as_deref());
    let shown = |path: &Path| PathBuf::from(discreet.text(&path.to_string_lossy()));
    let directories = outcome.directories.as_ref();
    let directories = directories.map(|it| Directories { cache: shown(&it.cache), target: shown(&it.target) });
    Outcome { directories, ..outcome }
}

fn conclude(scenario: &Scenario, Answer { kernel, reply }: Answer) -> Conclusion {
    let (id, pairing, linker) = (scenario.id(), scenario.ends.to_string(), scenario.linker.to_string());
    match reply {
        Reply::Ran(record) => Conclusion::Ran(Box::new(discreet(judge(scenario, kernel, &record)))),
        Reply::NotHere { reason, mend } => Conclusion::NotRun(NotRun { id, pairing, linker, reason, mend }),
        Reply::Broken { problem } => Conclusion::Broken(BrokenSetup { id, pairing, linker, problem }),
        Reply::Provisioned(_) | Reply::Meanwhile(_) | Reply::Ended(_) => {
            let problem = "the agent answered another question than was asked; this is a bug in exdev".to_owned();
            Conclusion::Broken(BrokenSetup { id, pairing, linker, problem })
        }
    }
}
