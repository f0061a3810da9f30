//! What a cell costs: provisioning, exdev's own share of it, 1,000 of them, and what a guest adds. `cargo bench -p exdev`
//!
//! Invariant: figures are printed beside their budgets and judge nothing; the exit code only says whether they could be had.

#![expect(clippy::cast_precision_loss, reason = "a number of cells is small")]

use std::collections::BTreeMap;
use std::fs;
use std::process;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use exdev::kernel::Choice;
use exdev::kernel::pool::{Launcher, Pool};
use exdev::linker::reference::Policy;
use exdev::linker::{Family, Linker};
use exdev::outcome::Outcome;
use exdev::pairing::{Filesystem, Pairing};
use exdev::run::{Conclusion, Watch, run, run_one};
use exdev::scenario::Scenario;

use table::{growth, line, median, milliseconds, row, say};

mod guest;
mod table;

/// How often a pairing is made for a median.
const RUNS: usize = 40;

/// How many cells the long run has.
const CELLS: usize = 1_000;

/// A quarter of the long run: long enough for what grows to show, and for what is made once to have been made.
const QUARTER: usize = CELLS / 4;

const PROVISION_BUDGET: f64 = 0.015;
const OVERHEAD_BUDGET: f64 = 0.025;
const TOTAL_BUDGET: f64 = 60.0;

/// How much memory, in KiB, the client may take for each outcome, all of which it holds until they are reported.
const OUTCOME_BUDGET: f64 = 4.0;

fn main() -> Result<()> {
    let (separate, square) = if nix::unistd::geteuid().is_root() {
        (["ext4:xfs", "btrfs:ext4", "xfs:btrfs"].as_slice(), "ext4,xfs,btrfs,tmpfs")
    } else {
        say("Only root can mount ext4, xfs and btrfs: these figures are of tmpfs and overlay-tmpfs alone.\n");
        (["tmpfs:tmpfs", "tmpfs:overlay-tmpfs", "overlay-tmpfs:tmpfs"].as_slice(), "tmpfs,overlay-tmpfs")
    };
    line("", "figure", "budget", "");
    for pairing in separate {
        one_at_a_time(pairing.parse()?)?;
    }
    let square = square.split(',').map(str::parse).collect::<Result<Vec<Filesystem>, _>>()?;
    many(&Pairing::square(&square))?;
    guest::guests()
}

/// The medians of one pairing, with one agent.
fn one_at_a_time(pairing: Pairing) -> Result<()> {
    let pool = pool(1);
    // The first cell starts the agent and makes its templates.
    ran(run_one(&pool, &scenario(pairing), Choice::Auto))?;
    let (provision, overhead) = medians(&pool, pairing, Choice::Auto, RUNS)?;
    milliseconds(format_args!("provision {pairing}, median of {RUNS}"), provision, PROVISION_BUDGET);
    milliseconds(format_args!("exdev's own share of {pairing}, median"), overhead, OVERHEAD_BUDGET);
    Ok(())
}

/// How long it takes to make a pairing, and how long its cell takes beyond the linker's own runs.
fn medians(pool: &Pool, pairing: Pairing, choice: Choice, runs: usize) -> Result<(f64, f64)> {
    let (mut provision, mut overhead) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        let conclusion = run_one(pool, &scenario(pairing), choice);
        let whole = start.elapsed().as_secs_f64();
        let seconds = ran(conclusion)?.seconds;
        provision.push(seconds.provision);
        overhead.push(whole - seconds.link - seconds.prime);
    }
    Ok((median(provision), median(overhead)))
}

/// The long run, with an agent for each processor.
fn many(pairings: &[Pairing]) -> Result<()> {
    let plan: Vec<_> = pairings.iter().copied().cycle().take(CELLS).map(scenario).collect();
    let processors = std::thread::available_parallelism()?.get();
    let mut log = Log { start: Instant::now(), done: 0, marks: BTreeMap::new() };
    let report = run(&pool(processors), &plan, Choice::Auto, &mut log);
    if report.outcomes.len() != CELLS {
        bail!("only {} of {CELLS} cells ran", report.outcomes.len());
    }
    let mark = |done| log.marks.get(&done).context("a cell is missing");
    let (first, before_last, last) = (mark(QUARTER)?, mark(CELLS - QUARTER)?, mark(CELLS)?);
    let label = format!("{CELLS} cells of {} pairings, {processors} agents", pairings.len());
    let total = last.elapsed.as_secs_f64();
    row(label, format_args!("{total:.1} s"), format_args!("{TOTAL_BUDGET} s"), total <= TOTAL_BUDGET);
    let (early, late) = (per_cell(first.elapsed), per_cell(last.elapsed.saturating_sub(before_last.elapsed)));
    growth("a cell of the first and of the last quarter", early, late, "ms");
    growth("peak memory of an agent", f64::from(first.agent), f64::from(last.agent), "KiB");
    let (before, after) = (f64::from(first.client), f64::from(last.client));
    let met = after - before <= OUTCOME_BUDGET * (CELLS - QUARTER) as f64;
    let budget = format!("+{OUTCOME_BUDGET} KiB a cell");
    row("peak memory of the client", format_args!("{before} -> {after} KiB"), budget, met);
    Ok(())
}

/// What is noted of the long run, at each quarter.
struct Log {
    start: Instant,
    done: usize,
    marks: BTreeMap<usize, Mark>,
}

struct Mark {
    elapsed: Duration,
    /// Peak memory in KiB.
    client: u32,
    /// Peak memory of the largest agent in KiB.
    agent: u32,
}

impl Watch for Log {
    fn started(&mut self, _id: &str) {}

    fn done(&mut self, _id: &str) {
        self.done += 1;
        if self.done.is_multiple_of(QUARTER) {
            let (client, agent) = (peak_memory("self"), agents().map(|pid| peak_memory(&pid)).max().unwrap_or(0));
            self.marks.insert(self.done, Mark { elapsed: self.start.elapsed(), client, agent });
        }
    }
}

/// The agents of this process, and what they have forked off and not yet replaced by a program.
fn agents() -> impl Iterator<Item = String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let read = |pid: &str, file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let ours = process::id().to_string();
    // An agent's process 1 is the child of the one that we started, see `proc_pid_status(5)`.
    let parent = move |pid: &str| field(&read(pid, "status"), "PPid:").map(|id| id.to_string()).unwrap_or_default();
    pids.filter(move |pid| read(pid, "cmdline").split('\0').nth(1) == Some("agent") && parent(&parent(pid)) == ours)
}

/// `VmHWM` in KiB, see `proc_pid_status(5)`; zero of a process that has ended.
fn peak_memory(pid: &str) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    field(&status, "VmHWM:").unwrap_or(0)
}

fn field(status: &str, name: &str) -> Option<u32> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse().ok()
}

fn pool(size: usize) -> Pool {
    let launcher =
        Launcher { program: env!("CARGO_BIN_EXE_exdev").into(), scratch: "50%".to_owned(), patience: None, site: None };
    Pool::new(&launcher, size).unwrap_or_else(|error| panic!("failed to start {size} threads: {error}"))
}

fn scenario(pairing: Pairing) -> Scenario {
    let policy = Policy::PerFile;
    let linker = Linker::new(Family::REFERENCE, policy.name(), env!("CARGO_PKG_VERSION"));
    Scenario::new(linker, pairing)
}

fn ran(conclusion: Conclusion) -> Result<Box<Outcome>> {
    match conclusion {
        Conclusion::Ran(outcome) => Ok(outcome),
        Conclusion::NotRun(not_run) => bail!("{} was not run: {}; {}", not_run.id, not_run.reason, not_run.mend),
        Conclusion::Broken(setup) => bail!("{} could not be set up: {}", setup.id, setup.problem),
    }
}

fn per_cell(quarter: Duration) -> f64 {
    quarter.as_secs_f64() * 1000.0 / QUARTER as f64
}
