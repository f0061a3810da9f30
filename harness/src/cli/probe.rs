//! `exdev probe`: what two directories support, and what each linker would do with them.

use std::io::Write;
use std::path::PathBuf;

use super::exit::{Exit, Failure, OrExit, written};
use super::select::lock;
use crate::linker::reference::Policy;
use crate::linker::{Family, Linker};
use crate::predict::predictions;
use crate::probe::findings;
use crate::report::{self, Probed, Style};

/// Tries every placing call from the cache into the target, with files of its own and with two of the cache's. Nothing is left behind.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The directory that files would be placed from, for example what `uv cache dir` prints
    cache: PathBuf,
    /// The directory that they would be placed into, for example a virtual environment's site-packages
    target: PathBuf,
    /// Print all that was found as JSON; harness/probe.schema.json describes it
    #[arg(long)]
    json: bool,
}

/// Probes.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let linkers = linkers()?;
    let found = findings(&arguments.cache, &arguments.target).or_unavailable()?;
    let predicted = predictions(&found, &linkers);
    let probed = Probed::new(found, predicted);
    let text = if arguments.json { report::to_json(&probed) } else { report::probed(&probed, Style::terminal()) };
    written(write!(anstream::stdout(), "{text}"))?;
    Ok(Exit::Kept)
}

/// Every linker that exdev knows something of. None of them is run, so none is fetched.
fn linkers() -> Result<Vec<Linker>, Failure> {
    let known = |family, label: &str| Linker::new(family, label, label);
    let lock = lock(None)?;
    let pinned = lock.pins("uv").iter().map(|pin| known(Family::UV, &pin.version));
    let policies = Policy::ALL.into_iter().map(|policy| known(Family::REFERENCE, policy.name()));
    Ok(pinned.chain(policies).collect())
}
