//! Whether there is memory enough for a guest. One that runs out of it is killed without a word.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

use crate::filesystem::SetupError;

/// How much memory a guest has. What it never touches costs nothing.
pub const GUEST: u64 = 1 << 30;

/// What a guest's kernel takes beside it.
const KERNEL: u64 = 64 << 20;

/// How far the kernel's heap may be from its program, see `randomize_va_space` in `proc_sys_kernel(5)`: it leaves so much of the
/// file that holds the memory unused.
const GAP: u64 = 1 << 30;

/// Refuses a guest for which there is not memory enough.
pub fn check() -> Result<(), SetupError> {
    for (resource, wanted, [does, may, mend]) in [
        (
            Resource::As,
            GUEST + KERNEL,
            ["maps", "a process may map no more than", "raise the limit: ulimit -v unlimited"],
        ),
        (
            Resource::Fsize,
            GUEST + KERNEL + GAP,
            ["has its memory in a file of", "a file may have no more than", "raise the limit: ulimit -f unlimited"],
        ),
    ] {
        if let Some(limit) = getrlimit(resource).current.filter(|&limit| limit < wanted) {
            let (wanted, limit) = (wanted >> 20, limit >> 20);
            return Err(SetupError::not_here(format!("a guest {does} {wanted} MiB, and {may} {limit} MiB"), mend));
        }
    }
    match [machine(), group()].into_iter().flatten().min() {
        Some(free) if free < GUEST => Err(SetupError::not_here(
            format!("a guest wants {} MiB of memory, and {} MiB are free", GUEST >> 20, free >> 20),
            "free some, or run fewer at once with --jobs 1",
        )),
        _ => Ok(()),
    }
}

/// What could be had without swapping, see `proc_meminfo(5)`.
fn machine() -> Option<u64> {
    let table = fs::read_to_string("/proc/meminfo").ok()?;
    let line = table.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// What our control group and those around it may still take, see <https://docs.kernel.org/admin-guide/cgroup-v2.html>.
fn group() -> Option<u64> {
    const ALL: &str = "/sys/fs/cgroup";
    let table = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = Path::new(ALL).join(table.lines().find_map(|line| line.strip_prefix("0::/"))?);
    own.ancestors().take_while(|group| group.starts_with(ALL)).filter_map(free).min()
}

/// What a control group may still take; one without a limit, anything. Cached files make room, those of a tmpfs do not: they
/// count as anonymous here.
fn free(group: &Path) -> Option<u64> {
    let read = |file: &str| fs::read_to_string(group.join(file)).ok();
    let number = |file: &str| read(file)?.trim().parse::<u64>().ok();
    let (most, taken, statistics) = (number("memory.max")?, number("memory.current")?, read("memory.stat")?);
    let cached = ["active_file ", "inactive_file "].map(|name| {
        let line = statistics.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|bytes| bytes.parse::<u64>().ok()).unwrap_or(0)
    });
    Some(most.saturating_sub(taken.saturating_sub(cached.iter().sum())))
}
