//! Whether there is memory enough for a guest. One that runs out of it is killed without a word.

use std::fs;
use std::path::{Path, PathBuf};

use crate::filesystem::SetupError;

/// How much memory a guest has. What it never touches costs nothing.
pub const GUEST: u64 = 1 << 30;

/// Refuses a guest for which there is not memory enough.
pub fn check() -> Result<(), SetupError> {
    let Some(free) = [machine(), group()].into_iter().flatten().min() else { return Ok(()) };
    if free < GUEST {
        let (wanted, free) = (GUEST >> 20, free >> 20);
        return Err(SetupError::not_here(
            format!("a guest wants {wanted} MiB of memory, and {free} MiB are free"),
            "free some, or run fewer at once with --jobs 1",
        ));
    }
    Ok(())
}

/// What could be had without swapping, see `proc_meminfo(5)`.
fn machine() -> Option<u64> {
    let table = fs::read_to_string("/proc/meminfo").ok()?;
    let line = table.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// What our own control group may still take, see <https://docs.kernel.org/admin-guide/cgroup-v2.html>, `memory.max`.
fn group() -> Option<u64> {
    let table = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = table.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let folder: PathBuf = Path::new("/sys/fs/cgroup").join(path);
    let read = |file: &str| fs::read_to_string(folder.join(file)).ok()?.trim().parse::<u64>().ok();
    Some(read("memory.max")?.saturating_sub(read("memory.current")?))
}
