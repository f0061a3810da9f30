//! What watching costs: a link, a whole run of uv, and a call that is not watched. `cargo bench -p exdev --bench trace`
//!
//! Invariant: what is compared ran in turns, so that whatever else the machine does slows all of it. Figures are printed beside
//! their budgets and judge nothing; the exit code only says whether they could be had.

#![expect(clippy::cast_precision_loss, reason = "a number of calls is small")]

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

use table::{line, say};

mod calls;
mod links;
#[expect(dead_code, reason = "some of its lines are those of the other benchmark")]
#[path = "../cells/table.rs"]
mod table;
mod uv;
mod watched;

fn main() -> Result<()> {
    let words: Vec<_> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // This program is what is watched, too.
        ["links", folder, threads] => return links::link(Path::new(folder), threads.parse()?),
        ["calls", folder] => return calls::call(Path::new(folder)),
        _ => {}
    }
    line("", "figure", "budget", "");
    links::figures()?;
    uv::figures()?;
    calls::figures()
}

/// A directory where files cost least, so that what watching adds is the largest share: in memory, where there is such a place.
fn in_memory() -> Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let within = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
    Ok(tempfile::tempdir_in(within)?)
}

/// A directory where temporary files are.
fn on_disk() -> Result<TempDir> {
    Ok(tempfile::tempdir()?)
}

fn this_program() -> Result<PathBuf> {
    Ok(env::current_exe()?)
}

/// Said where strace is not installed.
fn say_no_strace() {
    say("no figures of strace, which is not installed");
}
