//! A sandbox in which everything is allowed but to link or rename a file from one directory to another: the right to do that, which
//! landlock(7) calls `LANDLOCK_ACCESS_FS_REFER`, every other ruleset withholds, too, unless it names it.

use std::io;
use std::process::Command;

use landlock::{AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated, RulesetError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::capabilities;
use super::nested::beside;
use crate::filesystem::SetupError;
use crate::linker::User;
use crate::sys::replay::before_exec;

/// Whether the kernel has such sandboxes.
///
/// # Errors
/// It has none.
pub fn check() -> Result<(), SetupError> {
    ruleset().map(drop).map_err(|_| {
        SetupError::not_here(
            "this kernel has no Landlock that tells directories apart",
            "use Linux 5.19 or later with Landlock (CONFIG_SECURITY_LANDLOCK, and landlock in lsm=)",
        )
    })
}

/// Has the command enter a sandbox before it executes its program. Between fork and exec that takes a few system calls, and memory
/// where one fails; an agent has one thread, so no other can hold the lock of that.
///
/// It gives up what it would lose by that anyway: who watches it, and makes its calls, can only become what has no more power.
///
/// # Errors
/// The kernel has none.
pub fn confine(command: &mut Command, user: User) -> io::Result<()> {
    let mut ruleset = Some(ruleset().map_err(io::Error::other)?);
    before_exec(command, move || {
        capabilities::give_up_before_exec(user)?;
        ruleset.take().map_or(Ok(()), enter)
    });
    Ok(())
}

/// Does something in a sandbox, and returns what that returned.
///
/// # Errors
/// The work failed, or the kernel has no sandboxes.
pub fn within<T: Serialize + DeserializeOwned>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    beside(|| ruleset().map_err(io::Error::other).and_then(enter).and_then(|()| work()))?.finish()
}

fn ruleset() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::Refer)?.create()
}

fn enter(ruleset: RulesetCreated) -> io::Result<()> {
    ruleset.restrict_self().map(drop).map_err(io::Error::other)
}
