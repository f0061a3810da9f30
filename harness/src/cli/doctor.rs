//! `exdev doctor`: what this machine can run and in which kernel, found by doing it, and what mends the rest.

use std::io::{self, Write};
use std::sync::mpsc::channel;

use serde::Serialize;

use super::exit::{Exit, Failure, written};
use super::run::Agents;
use crate::kernel::pool::Event;
use crate::kernel::wire::{Reply, Request};
use crate::kernel::{Choice, Kernel};
use crate::pairing::Pairing;

/// What `exdev doctor` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    agents: Agents,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// What is known of one pairing in one kernel.
#[derive(Serialize)]
struct Finding {
    pairing: Pairing,
    kernel: Kernel,
    /// How long it took to make, in seconds, if it could be made.
    seconds: Option<f64>,
    /// Why it could not be made.
    reason: Option<String>,
    /// What mends that; absent where something failed that should have worked.
    mend: Option<String>,
}

/// Tries every filesystem alone and every relation, in every kernel that may serve.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let kernels = arguments.agents.kernels.choice()?.kernels();
    let pairings = Pairing::all().into_iter().filter(|pairing| !matches!(pairing, Pairing::Separate { .. }));
    let mut asked: Vec<_> = pairings.flat_map(|pairing| kernels.iter().map(move |&kernel| (pairing, kernel))).collect();
    asked.sort_by_key(|&(pairing, kernel)| (pairing.cache(), pairing, kernel));
    let pool = arguments.agents.pool(&arguments.agents.kernels.launcher()?, asked.len())?;
    let (tell, hear) = channel();
    for (number, &(pairing, kernel)) in asked.iter().enumerate() {
        pool.submit(number, Request::Provision(pairing), Choice::Only(kernel), &tell);
    }
    drop(tell);
    let mut findings: Vec<_> = hear
        .into_iter()
        .filter_map(|event| match event {
            Event::Answered(number, answer) => Some((number, finding(asked[number].0, answer.kernel, answer.reply))),
            Event::Started(_) => None,
        })
        .collect();
    findings.sort_by_key(|&(number, _)| number);
    let findings: Vec<_> = findings.into_iter().map(|(_, finding)| finding).collect();
    written(if arguments.json { print_json(&findings) } else { print(&findings, kernels) })?;
    let broken = findings.iter().any(|finding| finding.reason.is_some() && finding.mend.is_none());
    Ok(if broken { Exit::Unavailable } else { Exit::Kept })
}

fn finding(pairing: Pairing, kernel: Kernel, reply: Reply) -> Finding {
    let (seconds, reason, mend) = match reply {
        Reply::Provisioned(seconds) => (Some(seconds), None, None),
        Reply::NotHere { reason, mend } => (None, Some(reason), Some(mend)),
        Reply::Broken { problem } => (None, Some(problem), None),
        Reply::Ran(_) | Reply::Meanwhile(_) | Reply::Ended(_) => {
            (None, Some("the agent answered another question than was asked".to_owned()), None)
        }
    };
    Finding { pairing, kernel, seconds, reason, mend }
}

fn print(findings: &[Finding], kernels: &[Kernel]) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    let names = kernels.iter().map(ToString::to_string);
    writeln!(output, "{}", row("pairing", names))?;
    for same in findings.chunk_by(|one, other| one.pairing == other.pairing) {
        let pairing = same.first().map(|finding| finding.pairing.to_string()).unwrap_or_default();
        writeln!(output, "{}", row(&pairing, same.iter().map(cell)))?;
    }
    for &kernel in kernels {
        print_reasons(&mut output, findings, kernel)?;
    }
    Ok(())
}

fn row(first: &str, cells: impl Iterator<Item = String>) -> String {
    let line = cells.fold(format!("{first:<30}"), |line, cell| format!("{line}{cell:<16}"));
    line.trim_end().to_owned()
}

fn cell(finding: &Finding) -> String {
    match (finding.seconds, &finding.mend) {
        (Some(seconds), _) => format!("yes, {:.1} ms", seconds * 1000.0),
        (None, Some(_)) => "no".to_owned(),
        (None, None) => "broken".to_owned(),
    }
}

/// Each reason with the pairings that it keeps from this kernel, and what mends it.
fn print_reasons(output: &mut impl Write, findings: &[Finding], kernel: Kernel) -> io::Result<()> {
    let mut reasons: Vec<(&str, Option<&str>, Vec<String>)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.kernel == kernel) {
        let Some(reason) = finding.reason.as_deref() else { continue };
        let mend = finding.mend.as_deref();
        match reasons.iter_mut().find(|(known, same, _)| *known == reason && *same == mend) {
            Some((.., pairings)) => pairings.push(finding.pairing.to_string()),
            None => reasons.push((reason, mend, vec![finding.pairing.to_string()])),
        }
    }
    for (reason, mend, pairings) in reasons {
        let verdict = if mend.is_some() { "not on" } else { "broken on" };
        writeln!(output, "\n{verdict} {kernel}: {reason}\n    {}", pairings.join(", "))?;
        if let Some(mend) = mend {
            writeln!(output, "    mend: {mend}")?;
        }
    }
    Ok(())
}

fn print_json(findings: &[Finding]) -> io::Result<()> {
    writeln!(anstream::stdout(), "{}", serde_json::to_string_pretty(findings)?)
}
