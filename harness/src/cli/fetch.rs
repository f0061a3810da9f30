//! `exdev fetch`: gets the programs under test before they are needed.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::PathBuf;

use super::exit::{Exit, Failure, OrExit, written};
use super::select::store;
use crate::linker::store::{Found, Lock};
use crate::linker::{Family, LinkerName, Wanted};

/// Fetches linkers and verifies them, so that a later run needs no network.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// The linkers, like uv@0.6.1; every pinned one if none is named
    linkers: Vec<String>,
    /// The versions that are pinned, instead of those built in
    #[arg(long, value_name = "FILE", env = "EXDEV_LOCK")]
    lock: Option<PathBuf>,
}

/// Fetches the linkers one after the other, with a line on standard output for each.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let store = store(arguments.lock.as_ref())?;
    let named = arguments.linkers.iter().map(|name| name.parse::<LinkerName>());
    let named = named.collect::<Result<Vec<_>, _>>().or_usage()?;
    let wanted = if named.is_empty() { pinned(store.lock()) } else { named };
    for name in &wanted {
        let (linker, found) = store.obtain(name).or_unavailable()?;
        let found = match found {
            Found::Present => "present",
            Found::Fetched => "fetched",
        };
        written(writeln!(io::stdout(), "{linker}  {found}"))?;
    }
    Ok(Exit::Kept)
}

/// Each pinned version once, though several kinds can be of one program.
fn pinned(lock: &Lock) -> Vec<LinkerName> {
    let mut seen = HashSet::new();
    let families = Family::all().filter_map(|family| Some((family, family.kind().source.pinned_by()?)));
    let families = families.filter(|(_, name)| seen.insert(*name));
    let versions = families.flat_map(|(family, name)| lock.pins(name).iter().map(move |pin| (family, pin)));
    versions.map(|(family, pin)| LinkerName { family, wanted: Wanted::Version(pin.version.clone()) }).collect()
}
