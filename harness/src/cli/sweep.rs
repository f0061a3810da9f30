//! `exdev run --sweep`: every single call of a class goes wrong, one in each run.

use std::io::Write as _;

use super::exit::{Exit, Failure, OrExit, written};
use super::run::{Arguments, FEW, exit};
use crate::kernel::Choice;
use crate::kernel::pool::{Launcher, Pool};
use crate::outcome::{Outcome, Report};
use crate::plan::{PlanError, Shard, select};
use crate::report::{self, Detail, Progress, Style};
use crate::run::{Conclusion, Watch, run as execute};
use crate::scenario::Scenario;
use crate::sweep::{Book, BookError, Wish, baselines, fault_runs};

/// Runs the scenarios without a fault, and then with each that can be met.
pub fn perform(
    arguments: &Arguments,
    launcher: &Launcher,
    choice: Choice,
    wishes: &[Wish],
    scenarios: &[Scenario],
) -> Result<Exit, Failure> {
    let shard = arguments.selection.shard()?;
    let folder = arguments.out.as_ref();
    let mut book = folder.map(|folder| Book::open(folder, wishes, scenarios)).transpose().or_unavailable()?;
    let pool = arguments.agents.pool(launcher, usize::MAX)?;
    let baselines = baselines(scenarios, wishes);
    let mut report = missing(&pool, choice, &baselines, &mut book)?;
    let runs = fault_runs(&baselines, wishes, |id| report.outcomes.iter().find(|outcome| outcome.id == id));
    let runs = part(runs, shard).or_usage()?;
    let faulty = missing(&pool, choice, &runs, &mut book)?;
    let detail = if arguments.verbose || baselines.len() <= FEW { Detail::All } else { Detail::Broken };
    let table = report::swept(&report, &faulty, detail);
    report.outcomes.extend(faulty.outcomes);
    report.not_run.extend(faulty.not_run);
    report.broken_setups.extend(faulty.broken_setups);
    written(print(arguments, &report, &table))?;
    Ok(exit(arguments, &report))
}

/// Runs what the book does not know yet; what it knows is in the report, too.
fn missing(pool: &Pool, choice: Choice, plan: &[Scenario], book: &mut Option<Book>) -> Result<Report, Failure> {
    let known: Vec<Option<Outcome>> =
        plan.iter().map(|run| book.as_ref().and_then(|book| book.outcome(&run.id()).cloned())).collect();
    let unknown: Vec<_> =
        plan.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(run, _)| run.clone()).collect();
    let mut keeper = Keeper { progress: Progress::new(unknown.len()), book: book.as_mut(), failed: None };
    let mut report = execute(pool, &unknown, choice, &mut keeper);
    let Keeper { progress, failed, .. } = keeper;
    progress.finish();
    failed.map_or(Ok(()), Err).or_unavailable()?;
    let mut new = std::mem::take(&mut report.outcomes).into_iter().peekable();
    for (run, known) in plan.iter().zip(known) {
        let ran = || new.next_if(|outcome| outcome.id == run.id());
        report.outcomes.extend(known.or_else(ran));
    }
    Ok(report)
}

/// One part of the runs. A linker that makes no such call has none.
fn part(runs: Vec<Scenario>, shard: Option<Shard>) -> Result<Vec<Scenario>, PlanError> {
    if runs.is_empty() { Ok(runs) } else { select(runs, &[], shard) }
}

/// Shows how far a sweep is, and writes down what is done.
struct Keeper<'a> {
    progress: Progress,
    book: Option<&'a mut Book>,
    failed: Option<BookError>,
}

impl Watch for Keeper<'_> {
    fn started(&mut self, id: &str) {
        self.progress.start(id);
    }

    fn done(&mut self, id: &str) {
        self.progress.done(id);
    }

    fn concluded(&mut self, conclusion: &Conclusion) {
        if let (Some(book), Conclusion::Ran(outcome), None) = (&mut self.book, conclusion, &self.failed) {
            self.failed = book.add(outcome.as_ref().clone()).err();
        }
    }
}

fn print(arguments: &Arguments, report: &Report, table: &str) -> std::io::Result<()> {
    let mut output = anstream::stdout().lock();
    if arguments.json {
        return writeln!(output, "{}", report::to_json(report));
    }
    write!(output, "{table}{}", report::findings(report, Style::terminal()))
}
