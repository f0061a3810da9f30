//! What a guest kernel costs: to boot, to serve NFS for the first time, and in each cell.

use std::time::Instant;

use anyhow::{Result, bail};
use exdev::kernel::pool::Pool;
use exdev::kernel::wire::{Reply, Request};
use exdev::kernel::{Choice, Kernel};

use crate::table::{median, milliseconds, say};
use crate::{medians, pool};

const UML: Choice = Choice::Only(Kernel::Uml);

/// How many guests are booted, and how many cells of each pairing are run, for a median.
const GUESTS: usize = 5;
const CELLS: usize = 20;

const READY_BUDGET: f64 = 2.5;
const NFS_BUDGET: f64 = 3.0;
const OVERHEAD_BUDGET: f64 = 0.25;

/// All figures of guests; a sentence where there can be none.
pub fn guests() -> Result<()> {
    let (mut ready, mut nfs) = (Vec::new(), Vec::new());
    for _ in 0..GUESTS {
        let pool = pool(1);
        let Some(seconds) = provision(&pool, "tmpfs")? else { return Ok(()) };
        ready.push(seconds);
        nfs.extend(provision(&pool, "nfs4.2")?);
    }
    milliseconds(format_args!("a guest is ready, median of {GUESTS}"), median(ready), READY_BUDGET);
    if !nfs.is_empty() {
        milliseconds("and then has its first nfs4.2", median(nfs), NFS_BUDGET);
    }
    let pool = pool(1);
    for pairing in ["ext4:xfs", "nfs4.2"] {
        if provision(&pool, pairing)?.is_some() {
            let (_, overhead) = medians(&pool, pairing.parse()?, UML, CELLS)?;
            milliseconds(format_args!("exdev's own share of {pairing}, in a guest"), overhead, OVERHEAD_BUDGET);
        }
    }
    Ok(())
}

/// How long until a pairing was made, seen from outside; nothing where it cannot be made, which is said.
fn provision(pool: &Pool, pairing: &str) -> Result<Option<f64>> {
    let start = Instant::now();
    match pool.ask(Request::Provision(pairing.parse()?), UML).reply {
        Reply::Provisioned(_) => Ok(Some(start.elapsed().as_secs_f64())),
        Reply::NotHere { reason, mend } => {
            say(format_args!("no figures of {pairing} in a guest: {reason}; {mend}"));
            Ok(None)
        }
        reply => bail!("{pairing} in a guest: {reply:?}"),
    }
}
