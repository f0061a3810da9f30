//! `exdev list`: what exdev knows.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;

use super::exit::{Exit, Failure, OrExit, written};
use super::select::{Selection, lock};
use crate::catalogue::rows;
use crate::linker::{Family, Source, custom};
use crate::pairing::{Filesystem, Pairing, Relation};
use crate::report;

/// What `exdev list` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Print a JSON array of the names, or of the reported cases
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
    Linkers(Described),
    /// The reported cases; or, with options that select, the names of the scenarios that `exdev run` would run with them
    Scenarios(Box<Scenarios>),
}

#[derive(Debug, clap::Args)]
struct Described {
    /// A linker that this TOML file describes, too; several times for several
    #[arg(long, value_name = "FILE")]
    linker_file: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Scenarios {
    #[command(flatten)]
    selection: Selection,
    /// How the reported cases are written: text, a line for each scenario, or markdown, the table of the README
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with_all = Selection::OPTIONS)]
    format: Format,
}

/// How the reported cases are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Columns, a line for each scenario.
    Text,
    /// A table, a line for each case.
    Markdown,
}

/// Lists.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let named = |name: String| Entry { name, about: "" };
    let entries: Vec<_> = match &arguments.what {
        What::Filesystems => filesystems(),
        What::Pairings => Pairing::all().iter().map(|pairing| named(pairing.to_string())).collect(),
        What::Linkers(described) => linkers(&described.linker_file)?.into_iter().map(named).collect(),
        What::Scenarios(of) if !of.selection.is_given() => return reported(of, arguments.json),
        What::Scenarios(of) => of.selection.scenarios(None)?.iter().map(|scenario| named(scenario.id())).collect(),
    };
    written(if arguments.json { print_json(&entries) } else { print(&entries) })?;
    Ok(Exit::Kept)
}

/// Lists the reported cases.
fn reported(of: &Scenarios, json: bool) -> Result<Exit, Failure> {
    let rows = rows().or_unavailable()?;
    let text = match of.format {
        _ if json => serde_json::to_string_pretty(&rows).or_unavailable()? + "\n",
        Format::Text => report::catalogue(&rows),
        Format::Markdown => report::catalogue_markdown(&rows, &lock(of.selection.lock())?),
    };
    written(write!(anstream::stdout(), "{text}"))?;
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

/// Kinds of one program version by version, and then the next; those that files describe last.
fn linkers(files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let lock = lock(None)?;
    let mut names = Vec::new();
    let all: Vec<_> = Family::all().collect();
    let program = |family: &Family| family.kind().source.pinned_by().unwrap_or(family.name());
    for kinds in all.chunk_by(|one, next| program(one) == program(next)) {
        let labels: Vec<_> = match kinds[0].kind().source {
            Source::BuiltIn { labels, .. } => labels.iter().map(|label| format!("@{label}")).collect(),
            Source::System { .. } | Source::Toolchain => vec![String::new()],
            _ => lock.pins(program(&kinds[0])).iter().map(|pin| format!("@{}", pin.version)).collect(),
        };
        names.extend(labels.iter().flat_map(|label| kinds.iter().map(move |kind| format!("{}{label}", kind.name()))));
    }
    for file in files {
        names.push(custom::read(file).or_usage()?.to_string());
    }
    Ok(names)
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
