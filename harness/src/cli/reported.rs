//! `exdev run --scenario NAME`: reported cases, and whether their claims hold.

use std::io::{self, Write};

use super::exit::{Exit, Failure, OrExit, written};
use super::run::{self, Arguments};
use super::select::resolve;
use crate::catalogue::{Row, find};
use crate::outcome::Report;
use crate::report::{self, Claimed, Style};

/// Runs the scenarios of these rows, and says of each claim whether it holds.
pub fn run(arguments: &Arguments, names: &[String]) -> Result<Exit, Failure> {
    let (launcher, choice) = (arguments.agents.kernels.launcher()?, arguments.agents.kernels.choice()?);
    let rows = find(names).or_usage()?;
    arguments.check_out()?;
    let names: Vec<_> = claims(&rows).map(|(_, claim)| claim.linker.clone()).collect();
    let linkers = resolve(arguments.lock(), &names)?;
    let scenarios: Vec<_> = claims(&rows).zip(linkers).map(|((_, claim), linker)| claim.scenario(linker)).collect();
    let report = run::report(arguments, &launcher, choice, &scenarios)?;
    let claimed = claims(&rows).zip(&scenarios).map(|((row, claim), scenario)| {
        let id = scenario.id();
        let outcome = report.outcomes.iter().find(|outcome| outcome.id == id);
        Claimed { row: row.clone(), differences: outcome.map(|outcome| claim.check(outcome)), id }
    });
    let claimed: Vec<_> = claimed.collect();
    written(print(arguments, &report, &claimed))?;
    Ok(exit(&claimed))
}

fn claims(rows: &[Row]) -> impl Iterator<Item = (&Row, &crate::catalogue::Claim)> {
    rows.iter().flat_map(|row| row.claims.iter().map(move |claim| (row, claim)))
}

fn print(arguments: &Arguments, report: &Report, claimed: &[Claimed]) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    if arguments.json {
        return writeln!(output, "{}", report::claims_json(claimed, report));
    }
    if arguments.verbose {
        report.outcomes.iter().try_for_each(|outcome| writeln!(output, "{}", report::card(outcome)))?;
    }
    write!(output, "{}", report::claims(claimed, report, Style::terminal()))
}

/// A claim that could not be held against anything does not hold, and is no difference either.
fn exit(claimed: &[Claimed]) -> Exit {
    let of = |wanted: fn(&Vec<String>) -> bool| claimed.iter().filter_map(|it| it.differences.as_ref()).any(wanted);
    if claimed.iter().any(|it| it.differences.is_none()) {
        Exit::Unavailable
    } else if of(|differences| !differences.is_empty()) {
        Exit::Broken
    } else {
        Exit::Kept
    }
}
