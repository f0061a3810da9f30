//! A scenario that this machine cannot run fails its test, unless `EXDEV_NOT_RUN=allow`. What is allowed to be missing is
//! written to the file that `EXDEV_NOT_RUN_LEDGER` names, a line each: the test, the scenario, the reason and the mend, with
//! tabs between. `scripts/test` counts the tests in it as skipped, whatever else they ran.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::thread;

use exdev::outcome::NotRun;

/// Writes the missing scenario down where that is allowed, and panics where it is not.
#[track_caller]
pub fn tolerate_or_fail(missing: &NotRun) {
    let NotRun { id, reason, mend, .. } = missing;
    let allowed = env::var_os("EXDEV_NOT_RUN").is_some_and(|value| value == "allow");
    assert!(allowed, "{id} was not run: {reason}\nmend: {mend}\nEXDEV_NOT_RUN=allow tolerates it");
    if let Some(ledger) = env::var_os("EXDEV_NOT_RUN_LEDGER") {
        let thread = thread::current();
        let line = format!("{}\t{id}\t{reason}\t{mend}\n", thread.name().unwrap_or(id));
        // One write in append mode: tests write side by side.
        let opened = OpenOptions::new().append(true).create(true).open(&ledger);
        let written = opened.and_then(|mut file| file.write_all(line.as_bytes()));
        written.unwrap_or_else(|error| panic!("failed to write to {}: {error}", ledger.display()));
    }
}
