//! A scenario that this machine cannot run fails its test, unless `EXDEV_NOT_RUN=allow`. What is allowed to be missing is
//! written to the file that `EXDEV_NOT_RUN_LEDGER` names, a line each: name, reason, mend, with tabs between. `scripts/test`
//! counts these lines.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use exdev::outcome::NotRun;

/// Writes the missing scenario down where that is allowed, and panics where it is not.
#[track_caller]
pub fn tolerate_or_fail(missing: &NotRun) {
    let NotRun { id, reason, mend, .. } = missing;
    let allowed = env::var_os("EXDEV_NOT_RUN").is_some_and(|value| value == "allow");
    assert!(allowed, "{id} was not run: {reason}\nmend: {mend}\nEXDEV_NOT_RUN=allow tolerates it");
    if let Some(ledger) = env::var_os("EXDEV_NOT_RUN_LEDGER") {
        // One write in append mode: tests write side by side.
        let line = format!("{id}\t{reason}\t{mend}\n");
        let mut file = OpenOptions::new().append(true).create(true).open(ledger).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}
