//! What a link costs that is watched, beside one that strace watches.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use exdev::trace::WakeUp;

use crate::table::{median, row, say};
use crate::watched::{By, run};
use crate::{in_memory, say_no_strace, this_program};

/// How many links are made, and how often, for a median.
const LINKS: usize = 20_000;
const ROUNDS: usize = 7;

/// The share of what strace adds that watching may add.
const BUDGET: f64 = 0.25;

/// All figures of links.
pub fn figures() -> Result<()> {
    for threads in [1, 4] {
        added(threads)?;
    }
    Ok(())
}

fn added(threads: usize) -> Result<()> {
    let ways = [By::Itself, By::Supervisor(WakeUp::Here), By::Supervisor(WakeUp::Anywhere), By::Strace];
    let mut rounds = ways.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (by, figures) in ways.into_iter().zip(&mut rounds) {
            figures.extend(measure(by, threads)?);
        }
    }
    let by = if threads == 1 { "a link".to_owned() } else { format!("a link, {threads} threads,") };
    let [native, here, anywhere, strace] = rounds;
    let native = median(native);
    say(format_args!("{by} by itself: {native:.2} us"));
    let added = |figures| median(figures) - native;
    let (here, anywhere) = (added(here), added(anywhere));
    if strace.is_empty() {
        say(format_args!("{by} watched: {here:.2} us more; as before Linux 6.6: {anywhere:.2} us more"));
        say_no_strace();
        return Ok(());
    }
    let strace = added(strace);
    say(format_args!("{by} under strace: {strace:.2} us more"));
    for (label, figure) in [("watched", here), ("watched as before Linux 6.6", anywhere)] {
        let share = figure / strace;
        let figure = format!("{figure:.2} us, x {share:.3}");
        row(format_args!("{by} {label}, adds"), figure, format_args!("x {BUDGET}"), share <= BUDGET);
    }
    Ok(())
}

/// Microseconds for each link.
fn measure(by: By, threads: usize) -> Result<Option<f64>> {
    let folder = in_memory()?;
    let mut command = Command::new(this_program()?);
    command.arg("links").arg(folder.path()).arg(threads.to_string());
    let Some(output) = run(command, by).context("making links")? else { return Ok(None) };
    Ok(Some(output.trim().parse()?))
}

/// Makes the links, and prints the microseconds that each has taken.
pub fn link(folder: &Path, threads: usize) -> Result<()> {
    let from = folder.join("from");
    fs::write(&from, "")?;
    let start = Instant::now();
    thread::scope(|scope| {
        let each = |thread: usize| {
            let from = &from;
            move || (thread..LINKS).step_by(threads).try_for_each(|at| fs::hard_link(from, folder.join(at.to_string())))
        };
        let threads: Vec<_> = (1..threads).map(|thread| scope.spawn(each(thread))).collect();
        let own = each(0)();
        let others = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?.context("a link"));
        own.context("a link").and(others.collect::<Result<()>>())
    })?;
    let micros = start.elapsed().as_secs_f64() * 1e6;
    say(format_args!("{}", micros / LINKS as f64));
    Ok(())
}
