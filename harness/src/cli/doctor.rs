//! `exdev doctor`: what this machine can run, found by doing it, and what mends the rest.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::mpsc::channel;

use super::exit::{Exit, Failure, OrExit};
use super::run::Agents;
use crate::kernel::host::Event;
use crate::kernel::wire::{Reply, Request};
use crate::pairing::{Filesystem, Pairing};

/// What `exdev doctor` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    agents: Agents,
}

/// Tries every filesystem alone and every relation.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let pairings: Vec<_> =
        Pairing::all().into_iter().filter(|pairing| !matches!(pairing, Pairing::Separate { .. })).collect();
    let pool = arguments.agents.pool()?;
    let (tell, hear) = channel();
    for (number, pairing) in pairings.iter().enumerate() {
        pool.submit(number, Request::Provision(*pairing), &tell);
    }
    drop(tell);
    let mut found = BTreeMap::new();
    for event in hear {
        if let Event::Answered(number, reply) = event {
            found.insert(pairings[number], *reply);
        }
    }
    print(&found).or_unavailable()?;
    let broken = found.values().any(|reply| matches!(reply, Reply::Broken { .. }));
    Ok(if broken { Exit::Unavailable } else { Exit::Kept })
}

fn print(found: &BTreeMap<Pairing, Reply>) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    writeln!(output, "{:<24}kernel: host", "pairing")?;
    for filesystem in Filesystem::ALL {
        for (pairing, reply) in found.iter().filter(|(pairing, _)| pairing.cache() == filesystem) {
            writeln!(output, "{:<24}{}", pairing.to_string(), line(reply))?;
        }
    }
    let mends = mends(found);
    if !mends.is_empty() {
        writeln!(output, "\nTo mend:")?;
    }
    mends.iter().try_for_each(|(mend, count)| writeln!(output, "  {count:>3} pairings: {mend}"))
}

fn line(reply: &Reply) -> String {
    match reply {
        Reply::Provisioned(seconds) => format!("yes, made in {:.1} ms", seconds * 1000.0),
        Reply::NotHere { reason, .. } => format!("no: {reason}"),
        Reply::Broken { problem } => format!("broken: {problem}"),
        Reply::Ran(_) => "broken: the agent answered another question than was asked".to_owned(),
    }
}

fn mends(found: &BTreeMap<Pairing, Reply>) -> BTreeMap<&str, usize> {
    let mut mends = BTreeMap::new();
    for reply in found.values() {
        if let Reply::NotHere { mend, .. } = reply {
            *mends.entry(mend.as_str()).or_default() += 1;
        }
    }
    mends
}
