//! `exdev run`: the matrix.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use anyhow::Context;

use super::exit::{Exit, Failure, OrExit, say, written};
use super::given::{Given, Otherwise};
use super::kernels::Kernels;
use super::reported;
use super::select::Selection;
use super::sweep;
use crate::kernel::given::{Kept, keep};
use crate::kernel::pool::{Launcher, Pool};
use crate::kernel::{Choice, Kernel};
use crate::outcome::Report;
use crate::package::{Size, package};
use crate::pairing::Names;
use crate::report::{self, Progress, Style};
use crate::run::{Watch, run as execute};
use crate::scenario::Scenario;
use crate::sweep::Wish;

/// What `exdev run` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Reported cases, with commas between, and nothing else: run the scenarios of each, and see whether its claims hold; see
    /// `exdev list scenarios`
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with_all = Selection::OPTIONS, conflicts_with_all = ["cache", "target", "sweep"])]
    scenario: Vec<String>,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Fail if anything cannot be run here
    #[arg(long)]
    pub(super) require: bool,
    /// Print all that is known of each scenario: warnings, errors, reason, every rule. Up to four scenarios get this anyway
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Print the report as JSON instead of tables
    #[arg(long)]
    pub(super) json: bool,
    /// Have every single call of a class go wrong, one in each run, with commas between: CLASS=EFFECT, for example link=EXDEV,write=kill,
    /// all=EIO. Each scenario runs once without a fault, to count its calls. `--shard` takes a part of the runs with a fault, and with
    /// --out, each outcome is a line of sweep.jsonl in that folder, so that what was interrupted goes on when it is asked for again
    #[arg(long, value_name = "CLASS=EFFECT", value_delimiter = ',', conflicts_with = "faults")]
    pub(super) sweep: Vec<String>,
    /// Write report.json and junit.xml into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

impl Arguments {
    /// The versions that are pinned, if not those built in.
    pub(super) const fn lock(&self) -> Option<&PathBuf> {
        self.selection.lock()
    }

    /// Whether what is to be kept can be written.
    pub(super) fn check_out(&self) -> Result<(), Failure> {
        self.out.as_deref().map_or(Ok(()), report::check_writable).or_unavailable()
    }
}

/// Where the agents are, how many, and how large.
#[derive(Debug, clap::Args)]
pub struct Agents {
    #[command(flatten)]
    pub(super) kernels: Kernels,
    /// How many scenarios run at once; one per processor unless given
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl Agents {
    /// The agents, no more than there is work for.
    pub fn pool(&self, launcher: &Launcher, most: usize) -> Result<Pool, Failure> {
        let jobs = self.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
        Pool::new(launcher, jobs.min(most)).context("failed to start so many threads; lower --jobs").or_unavailable()
    }
}

/// So few scenarios are shown in full, and take no time worth a word.
pub(super) const FEW: usize = 4;

/// Runs the selection, or reported cases.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.scenario.is_empty() { matrix(arguments) } else { reported::run(arguments, &arguments.scenario) }
}

fn matrix(arguments: &Arguments) -> Result<Exit, Failure> {
    let kernels = &arguments.agents.kernels;
    let said = arguments.selection.names_filesystems() || kernels.are_named();
    let given = arguments.given.directories(if said { Otherwise::Said } else { Otherwise::Unsaid })?;
    let (launcher, choice) = (kernels.launcher()?, kernels.choice()?);
    let wishes = arguments.sweep.iter().map(|text| text.parse::<Wish>()).collect::<Result<Vec<_>, _>>().or_usage()?;
    let scenarios = if wishes.is_empty() {
        arguments.selection.scenarios(given.as_ref())?
    } else {
        arguments.selection.scenarios_of_all_shards(given.as_ref())?
    };
    arguments.check_out()?;
    let perform = |launcher: &Launcher, choice| {
        if wishes.is_empty() {
            perform(arguments, launcher, choice, &scenarios)
        } else {
            sweep::perform(arguments, launcher, choice, &wishes, &scenarios)
        }
    };
    let Some(given) = given else { return perform(&launcher, choice) };
    let largest = scenarios.iter().map(|scenario| scenario.package).max().unwrap_or(Size::Small);
    match keep(&given, package(largest, Names::POSIX)).or_unavailable()? {
        Kept::Ended(code) => Ok(Exit::Passed(code)),
        Kept::Working(site) => {
            let launcher = Launcher { site: Some(site), ..launcher };
            perform(&launcher, Choice::Only(Kernel::Host))
        }
    }
}

fn perform(
    arguments: &Arguments,
    launcher: &Launcher,
    choice: Choice,
    scenarios: &[Scenario],
) -> Result<Exit, Failure> {
    let report = report(arguments, launcher, choice, scenarios)?;
    written(print(arguments, &report))?;
    Ok(exit(arguments, &report))
}

/// Runs all, says how long it took, and writes what is to be kept.
pub(super) fn report(
    arguments: &Arguments,
    launcher: &Launcher,
    choice: Choice,
    scenarios: &[Scenario],
) -> Result<Report, Failure> {
    let pool = arguments.agents.pool(launcher, scenarios.len())?;
    let mut progress = Progress::new(scenarios.len());
    let start = Instant::now();
    let report = execute(&pool, scenarios, choice, &mut progress);
    progress.finish();
    if report.outcomes.len() > FEW {
        say(report::spent(&report, start.elapsed()));
    }
    if let Some(folder) = &arguments.out {
        report::write(&report, folder).or_unavailable()?;
    }
    Ok(report)
}

impl Watch for Progress {
    fn started(&mut self, id: &str) {
        self.start(id);
    }

    fn done(&mut self, id: &str) {
        Self::done(self, id);
    }
}

fn print(arguments: &Arguments, report: &Report) -> std::io::Result<()> {
    let mut output = anstream::stdout().lock();
    if arguments.json {
        writeln!(output, "{}", report::to_json(report))
    } else {
        let style = Style::terminal();
        writeln!(output, "{}", report::matrix(report, style))?;
        let all = report.outcomes.len() + report.not_run.len() + report.broken_setups.len();
        if arguments.verbose || all <= FEW {
            report.outcomes.iter().try_for_each(|outcome| writeln!(output, "{}", report::card(outcome)))?;
        } else if report.outcomes.iter().any(|outcome| !outcome.warnings.is_empty() || !outcome.exit.is_success()) {
            writeln!(output, "--verbose shows each warning and error, and the reason\n")?;
        }
        write!(output, "{}{}", report::scores(report), report::findings(report, style))
    }
}

/// What a run that has found this ends with.
pub(super) fn exit(arguments: &Arguments, report: &Report) -> Exit {
    let incomplete = arguments.require && !report.not_run.is_empty();
    if incomplete || !report.broken_setups.is_empty() {
        Exit::Unavailable
    } else if report.outcomes.iter().any(|outcome| outcome.broken().next().is_some()) {
        Exit::Broken
    } else {
        Exit::Kept
    }
}
