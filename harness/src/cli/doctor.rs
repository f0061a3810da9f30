//! `exdev doctor`: what this machine can run, found by doing it, and what mends the rest.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::mpsc::channel;

use serde::Serialize;

use super::exit::{Exit, Failure, written};
use super::run::Agents;
use crate::kernel::host::Event;
use crate::kernel::wire::{Reply, Request};
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

/// What is known of one pairing on this machine.
#[derive(Serialize)]
struct Finding {
    pairing: Pairing,
    kernel: &'static str,
    /// How long it took to make, in seconds, if it could be made.
    seconds: Option<f64>,
    /// Why it could not be made.
    reason: Option<String>,
    /// What mends that; absent where something failed that should have worked.
    mend: Option<String>,
}

/// Tries every filesystem alone and every relation.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let pairings: Vec<_> =
        Pairing::all().into_iter().filter(|pairing| !matches!(pairing, Pairing::Separate { .. })).collect();
    let pool = arguments.agents.pool(&arguments.agents.launcher()?, pairings.len())?;
    let (tell, hear) = channel();
    for (number, pairing) in pairings.iter().enumerate() {
        pool.submit(number, Request::Provision(*pairing), &tell);
    }
    drop(tell);
    let mut findings: Vec<_> = hear
        .into_iter()
        .filter_map(|event| match event {
            Event::Answered(number, reply) => Some(finding(pairings[number], *reply)),
            Event::Started(_) => None,
        })
        .collect();
    findings.sort_by_key(|finding| (finding.pairing.cache(), finding.pairing));
    written(if arguments.json { print_json(&findings) } else { print(&findings) })?;
    let broken = findings.iter().any(|finding| finding.reason.is_some() && finding.mend.is_none());
    Ok(if broken { Exit::Unavailable } else { Exit::Kept })
}

fn finding(pairing: Pairing, reply: Reply) -> Finding {
    let (seconds, reason, mend) = match reply {
        Reply::Provisioned(seconds) => (Some(seconds), None, None),
        Reply::NotHere { reason, mend } => (None, Some(reason), Some(mend)),
        Reply::Broken { problem } => (None, Some(problem), None),
        Reply::Ran(_) => (None, Some("the agent answered another question than was asked".to_owned()), None),
    };
    Finding { pairing, kernel: "host", seconds, reason, mend }
}

fn print(findings: &[Finding]) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    writeln!(output, "{:<24}kernel: host", "pairing")?;
    for finding in findings {
        writeln!(output, "{:<24}{}", finding.pairing.to_string(), line(finding))?;
    }
    let mut mends: BTreeMap<&str, usize> = BTreeMap::new();
    for mend in findings.iter().filter_map(|finding| finding.mend.as_deref()) {
        *mends.entry(mend).or_default() += 1;
    }
    if !mends.is_empty() {
        writeln!(output, "\nTo mend:")?;
    }
    mends.iter().try_for_each(|(mend, count)| writeln!(output, "  {count:>3} of the above: {mend}"))
}

fn line(finding: &Finding) -> String {
    match (finding.seconds, &finding.reason, &finding.mend) {
        (Some(seconds), ..) => format!("yes, made in {:.1} ms", seconds * 1000.0),
        (None, Some(reason), Some(_)) => format!("no: {reason}"),
        (None, reason, _) => format!("broken: {}", reason.as_deref().unwrap_or_default()),
    }
}

fn print_json(findings: &[Finding]) -> io::Result<()> {
    writeln!(anstream::stdout(), "{}", serde_json::to_string_pretty(findings)?)
}
