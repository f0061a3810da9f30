//! `exdev list`: what exdev knows.

use std::io::{self, Write};

use clap::Subcommand;

use super::exit::{Exit, Failure, OrExit};
use super::select::{Selection, store};
use crate::linker::reference::Policy;
use crate::pairing::{Filesystem, Pairing, Relation};

/// What `exdev list` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The filesystems that exdev makes, and the relations of two places on one of them
    Filesystems,
    /// Every pairing
    Pairings,
    /// The linkers, with the versions that are pinned
    Linkers,
    /// The names of the scenarios that `exdev run` would run with the same options
    Scenarios(Box<Selection>),
}

/// Lists.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let lines = match &arguments.what {
        What::Filesystems => filesystems(),
        What::Pairings => Pairing::all().iter().map(ToString::to_string).collect(),
        What::Linkers => linkers()?,
        What::Scenarios(selection) => selection.scenarios()?.iter().map(crate::scenario::Scenario::id).collect(),
    };
    print(&lines).or_unavailable()?;
    Ok(Exit::Kept)
}

fn filesystems() -> Vec<String> {
    let kinds = Filesystem::ALL.into_iter().map(|kind| format!("{kind:<16}{}", kind.about()));
    let relations = Relation::ALL.into_iter().map(|relation| {
        let name = format!("+{relation}");
        format!("{name:<16}{}", relation.about())
    });
    kinds.chain([String::new()]).chain(relations).collect()
}

fn linkers() -> Result<Vec<String>, Failure> {
    let store = store(None)?;
    let pinned = store
        .lock()
        .pins()
        .iter()
        .map(|pin| &pin.version)
        .flat_map(|version| [format!("uv@{version}"), format!("uv-tool@{version}")]);
    let policies = Policy::ALL.into_iter().map(|policy| format!("reference@{policy}"));
    Ok(pinned.chain(policies).collect())
}

fn print(lines: &[String]) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(output, "{line}"))
}
