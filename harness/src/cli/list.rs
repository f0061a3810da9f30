//! `exdev list`: what exdev knows.

use std::io::{self, Write};

use clap::Subcommand;

use super::exit::{Exit, Failure, written};
use super::select::{Selection, lock};
use crate::linker::reference::Policy;
use crate::pairing::{Filesystem, Pairing, Relation};

/// What `exdev list` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Print a JSON array of the names
    #[arg(long, global = true)]
    json: bool,
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
    let named = |name: String| Entry { name, about: "" };
    let entries: Vec<_> = match &arguments.what {
        What::Filesystems => filesystems(),
        What::Pairings => Pairing::all().iter().map(|pairing| named(pairing.to_string())).collect(),
        What::Linkers => linkers()?.into_iter().map(named).collect(),
        What::Scenarios(selection) => selection.scenarios(None)?.iter().map(|scenario| named(scenario.id())).collect(),
    };
    written(if arguments.json { print_json(&entries) } else { print(&entries) })?;
    Ok(Exit::Kept)
}

/// Something that has a name, and perhaps a line on what it is.
struct Entry {
    name: String,
    about: &'static str,
}

fn filesystems() -> Vec<Entry> {
    let kinds = Filesystem::ALL.into_iter().map(|kind| Entry { name: kind.to_string(), about: kind.about() });
    let relations =
        Relation::ALL.into_iter().map(|relation| Entry { name: format!("+{relation}"), about: relation.about() });
    kinds.chain(relations).collect()
}

fn linkers() -> Result<Vec<String>, Failure> {
    let lock = lock(None)?;
    let pinned = lock
        .pins()
        .iter()
        .map(|pin| &pin.version)
        .flat_map(|version| ["uv", "uv-tool", "uv-tool-home"].map(|family| format!("{family}@{version}")));
    let policies = Policy::ALL.into_iter().map(|policy| format!("reference@{policy}"));
    Ok(pinned.chain(policies).collect())
}

fn print(entries: &[Entry]) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let line = |entry: &Entry| format!("{:<width$}  {}", entry.name, entry.about);
    entries.iter().try_for_each(|entry| writeln!(output, "{}", line(entry).trim_end()))
}

fn print_json(entries: &[Entry]) -> io::Result<()> {
    let names: Vec<_> = entries.iter().map(|entry| &entry.name).collect();
    writeln!(anstream::stdout(), "{}", serde_json::to_string_pretty(&names)?)
}
