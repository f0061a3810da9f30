//! What the filter costs calls that are not watched.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use exdev::trace::WakeUp;

use crate::table::{line, median, say};
use crate::watched::{By, run};
use crate::{in_memory, this_program};

/// How often each call is made, and in how many rounds, for a median.
const CALLS: usize = 50_000;
const ROUNDS: usize = 15;

const NAMES: [&str; 5] = ["getpid", "stat", "read", "ioctl", "open and close, for reading"];

/// The cost of each call with and without the filter. The noise is how far the middle half of the rounds without it is apart.
pub fn figures() -> Result<()> {
    let mut rounds: [Vec<[f64; 5]>; 2] = Default::default();
    for _ in 0..ROUNDS {
        for (figures, by) in rounds.iter_mut().zip([By::Itself, By::Supervisor(WakeUp::Here)]) {
            figures.push(measure(by)?);
        }
    }
    for (at, name) in NAMES.iter().enumerate() {
        let [mut native, watched] =
            rounds.each_ref().map(|round| round.iter().map(|figures| figures[at]).collect::<Vec<_>>());
        native.sort_by(f64::total_cmp);
        let noise = native[ROUNDS * 3 / 4] - native[ROUNDS / 4];
        let (native, watched) = (median(native), median(watched));
        let figure = format!("{:+.0} of {native:.0} ns", watched - native);
        line(&format!("{name}, under the filter"), &figure, "nothing", &format!("noise {noise:.0} ns"));
    }
    Ok(())
}

/// Nanoseconds for each call.
fn measure(by: By) -> Result<[f64; 5]> {
    let folder = in_memory()?;
    let mut command = Command::new(this_program()?);
    command.arg("calls").arg(folder.path());
    let output = run(command, by)?.context("nothing was measured")?;
    let figures = output.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    figures.try_into().map_err(|_| anyhow::anyhow!("it is not as many figures as calls"))
}

/// Makes the calls, and prints the nanoseconds that each has taken.
pub fn call(folder: &Path) -> Result<()> {
    let path = folder.join("file");
    fs::write(&path, "some text")?;
    let file = File::open(&path)?;
    let mut byte = [0];
    let figures = [
        time(|| {
            black_box(rustix::process::getpid());
            Ok(())
        })?,
        time(|| Ok(fs::metadata(&path).map(drop)?))?,
        time(|| Ok(file.read_at(&mut byte, 0).map(drop)?))?,
        time(|| Ok(rustix::io::ioctl_fionread(file.as_fd()).map(drop)?))?,
        time(|| Ok(File::open(&path).map(drop)?))?,
    ];
    for figure in figures {
        say(figure);
    }
    Ok(())
}

fn time(mut call: impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..CALLS {
        call()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e9 / CALLS as f64)
}
