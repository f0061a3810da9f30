//! What a run of uv costs that is watched.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use exdev::linker::store::{Lock, Store, cache_dir};
use exdev::package::{Form, NAME, Size, package};
use exdev::pairing::Names;
use exdev::trace::WakeUp;

use crate::table::{median, row, say};
use crate::watched::{By, run};
use crate::{in_memory, on_disk};

/// How often uv runs, for a median: a run with the large package can take many seconds on a disk.
const RUNS: usize = 7;
const LARGE_RUNS: usize = 3;

/// How much longer a run may take.
const BUDGET: f64 = 1.1;

/// All figures of uv; a sentence where there is none.
pub fn figures() -> Result<()> {
    let store = Store::new(cache_dir()?, Lock::built_in()?);
    let uv = match store.resolve(&"uv".parse()?) {
        Ok(uv) => uv,
        Err(error) => {
            say(format_args!("no figures of uv: {error}"));
            return Ok(());
        }
    };
    let program = uv.program.context("uv is a program")?;
    for (folder, place) in [(on_disk()?, "on disk"), (in_memory()?, "in memory")] {
        for size in [Size::Small, Size::Large] {
            for mode in ["default", "copy"] {
                let (native, watched) = seconds_of(&program, folder.path(), size, mode)?;
                let label = format!("uv {}, {mode}, {size}, {place}, watched", uv.version);
                let (ratio, native) = (watched / native, native * 1000.0);
                row(label, format_args!("{native:.0} ms x {ratio:.2}"), format_args!("x {BUDGET}"), ratio <= BUDGET);
            }
        }
    }
    Ok(())
}

/// How long a run takes, by itself and watched.
fn seconds_of(program: &Path, folder: &Path, size: Size, mode: &str) -> Result<(f64, f64)> {
    let folder = tempfile::tempdir_in(folder)?;
    let wheels = folder.path().join("wheels");
    fs::create_dir(&wheels)?;
    Form::Wheel.write(package(size, Names::POSIX), &wheels)?;
    let mut rounds: [Vec<f64>; 2] = Default::default();
    // The first run fills the cache.
    seconds(program, folder.path(), mode, By::Itself)?;
    let runs = if size == Size::Large { LARGE_RUNS } else { RUNS };
    for _ in 0..runs {
        for (figures, by) in rounds.iter_mut().zip([By::Itself, By::Supervisor(WakeUp::Here)]) {
            figures.push(seconds(program, folder.path(), mode, by)?);
        }
    }
    let [native, watched] = rounds.map(median);
    Ok((native, watched))
}

fn seconds(program: &Path, folder: &Path, mode: &str, by: By) -> Result<f64> {
    let target = folder.join("target");
    let mut command = Command::new(program);
    command
        .args(["pip", "install", "--offline", "--no-index", "--quiet", NAME, "--find-links"])
        .arg(folder.join("wheels"));
    command.arg("--target").arg(&target).arg("--cache-dir").arg(folder.join("cache"));
    if mode != "default" {
        command.args(["--link-mode", mode]);
    }
    let start = Instant::now();
    run(command, by).with_context(|| format!("running {}", program.display()))?;
    let seconds = start.elapsed().as_secs_f64();
    fs::remove_dir_all(&target)?;
    Ok(seconds)
}
