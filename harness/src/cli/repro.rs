//! `exdev repro`: runs what a pasted report is about.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use anyhow::Context;

use super::exit::{Exit, Failure, OrExit, written};
use super::run::Agents;
use super::select::resolve;
use crate::linker::{Linker, LinkerName};
use crate::outcome::{Outcome, Report};
use crate::plan::Matrix;
use crate::report::{self, Progress, Style, Verdict};
use crate::repro::{Case, MOST, Reproduction, Understanding, understand};
use crate::run::run as execute;
use crate::scenario::{LIMIT, Prior, Scenario};

/// What `exdev repro` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The text of a report: an issue, a mail, a terminal's log, with the output of `df -T`, `mount`, `findmnt` or mountinfo in it;
    /// or the JSON of `exdev explain` or `exdev run`. `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The linker to run, whatever the text says
    #[arg(long, value_name = "LINKER")]
    linker: Option<String>,
    /// Print what was understood, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Print all as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    agents: Agents,
    /// The versions that are pinned, instead of those built in
    #[arg(long, value_name = "FILE", env = "EXDEV_LOCK")]
    lock: Option<PathBuf>,
}

/// A case that can be run.
struct Ready {
    case: Case,
    scenario: Scenario,
}

/// Understands, runs and compares.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (launcher, choice) = (arguments.agents.kernels.launcher()?, arguments.agents.kernels.choice()?);
    let linker = arguments.linker.as_deref().map(str::parse::<LinkerName>).transpose().or_usage()?;
    let text = read(&arguments.file)?;
    let understood = understand(&text, linker.as_ref()).or_usage()?;
    let style = Style::terminal();
    if !arguments.json {
        print(&report::understood(&understood, style))?;
    }
    if arguments.dry_run {
        if arguments.json {
            print(&report::repro_json(&understood, None))?;
        }
        return Ok(Exit::Kept);
    }
    let ready = ready(&understood, arguments.lock.as_ref())?;
    let scenarios: Vec<_> = ready.iter().map(|ready| ready.scenario.clone()).collect();
    let pool = arguments.agents.pool(&launcher, scenarios.len())?;
    let mut progress = Progress::new(scenarios.len());
    let report = execute(&pool, &scenarios, choice, &mut progress);
    progress.finish();
    let verdicts: Vec<_> = ready.iter().map(|ready| compare(ready, &report)).collect();
    if arguments.json {
        print(&report::repro_json(&understood, Some((&report, &verdicts))))?;
    } else {
        print(&results(&report, &verdicts, style))?;
    }
    Ok(exit(&report, &verdicts))
}

/// As much of the text as is looked at, and a byte more, which tells that there is more.
fn read(file: &PathBuf) -> Result<Vec<u8>, Failure> {
    let most = MOST as u64 + 1;
    let mut text = Vec::new();
    let done = if file.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut text)
    } else {
        File::open(file).and_then(|opened| opened.take(most).read_to_end(&mut text))
    };
    done.with_context(|| format!("failed to read {}", file.display())).or_usage()?;
    Ok(text)
}

/// The cases with their linkers, which are fetched if need be.
fn ready(understood: &Understanding, lock: Option<&PathBuf>) -> Result<Vec<Ready>, Failure> {
    let names: Vec<_> = understood.cases.iter().map(|case| case.linker.clone()).collect();
    let linkers = resolve(lock, &names)?;
    let all = understood.cases.iter().zip(linkers).map(|(case, linker)| Ok((case, scenarios(case, linker)?)));
    let all = all.collect::<Result<Vec<_>, Failure>>()?;
    let all = all
        .into_iter()
        .flat_map(|(case, scenarios)| scenarios.into_iter().map(|scenario| Ready { case: case.clone(), scenario }));
    Ok(all.collect())
}

fn scenarios(case: &Case, linker: Linker) -> Result<Vec<Scenario>, Failure> {
    let (modes, ends) = (vec![case.mode.clone()], vec![case.pairing.into()]);
    let (package, identity, prior) = (case.package, case.identity, Prior::Empty);
    let (linkers, at_once, faults) = (vec![linker], None, Vec::new());
    Matrix { linkers, modes, ends, package, identity, prior, at_once, faults, limit: LIMIT }.expand().or_usage()
}

fn compare(ready: &Ready, report: &Report) -> Verdict {
    let id = ready.scenario.id();
    let compared = |outcome: &Outcome| {
        let heard = ready.scenario.linker.adapter().hear("", &outcome.output);
        ready.case.symptom.as_ref().map(|symptom| symptom.compare(outcome, &heard))
    };
    let reproduction = report.outcomes.iter().find(|outcome| outcome.id == id).and_then(compared);
    Verdict { id, reproduction }
}

fn results(report: &Report, verdicts: &[Verdict], style: Style) -> String {
    let cards: Vec<_> = report.outcomes.iter().map(|outcome| format!("\n{}", report::card(outcome))).collect();
    let rest = if is_whole(report) { report::verdicts(verdicts, style) } else { report::findings(report, style) };
    format!("{}\n{rest}", cards.concat())
}

fn is_whole(report: &Report) -> bool {
    report.not_run.is_empty() && report.broken_setups.is_empty()
}

fn print(text: &str) -> Result<(), Failure> {
    written(writeln!(anstream::stdout().lock(), "{}", text.trim_end_matches('\n')))
}

fn exit(report: &Report, verdicts: &[Verdict]) -> Exit {
    let differs = |verdict: &Verdict| matches!(verdict.reproduction, Some(Reproduction::NotReproduced(_)));
    if !is_whole(report) {
        Exit::Unavailable
    } else if verdicts.iter().any(differs) {
        Exit::Broken
    } else {
        Exit::Kept
    }
}
