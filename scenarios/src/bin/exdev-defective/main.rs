//! Test material: linkers that are defective on purpose, each the reference linker with one defect. They prove that the harness
//! catches it. Nobody is to install anything by them.

mod cache;
mod choice;
mod content;
mod defect;
mod failure;
mod names;
mod outside;
mod places;
mod together;
mod words;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use defect::{Defect, SOUND};
use exdev::linker::reference::{Job, Mode};

/// Every defect, by the part of the linker that has it; first none at all.
const DEFECTS: [&[Defect]; 9] = [
    &[SOUND],
    names::DEFECTS,
    content::DEFECTS,
    choice::DEFECTS,
    words::DEFECTS,
    cache::DEFECTS,
    failure::DEFECTS,
    outside::DEFECTS,
    together::DEFECTS,
];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let ended = order(&arguments).and_then(|(defect, job)| defect.run(&job).map_err(|error| error.to_string()));
    ended.unwrap_or_else(|problem| {
        // Who cannot be heard has the exit code.
        let _ = writeln!(io::stderr(), "error: {problem}");
        ExitCode::from(2)
    })
}

/// What the arguments ask for.
fn order(arguments: &[String]) -> Result<(&'static Defect, Job), String> {
    let [name, option, mode, cache, target] = arguments else {
        return Err(format!("write exdev-defective DEFECT --mode MODE CACHE TARGET; the defects are {}", known()));
    };
    let defect = DEFECTS.iter().copied().flatten().find(|defect| defect.name == name);
    let defect = defect.ok_or_else(|| format!("`{name}` is no defect; the defects are {}", known()))?;
    if option != "--mode" {
        return Err(format!("`{option}` is no option; write --mode"));
    }
    let mode: Mode = mode.parse().map_err(|error: exdev::word::UnknownWord| error.to_string())?;
    Ok((defect, Job { policy: defect.policy, mode, cache: cache.into(), target: target.into() }))
}

/// The names of all defects.
fn known() -> String {
    DEFECTS.iter().copied().flatten().map(|defect| defect.name).collect::<Vec<_>>().join(", ")
}
