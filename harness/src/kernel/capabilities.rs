//! What a linker may still do if it runs as root: about what a container's root may, which mounts, modules and raw devices are
//! not part of.
//!
//! Invariant: the process that is bounded keeps its own capabilities; what it executes, and all that comes of that, gets none
//! beyond these, see capabilities(7). The agent is never bounded, since its own programs need theirs.

use std::io;

use nix::unistd::geteuid;
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, remove_capability_from_bounding_set, set_capabilities, set_keep_capabilities,
    set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use crate::linker::User;

/// Those on files and on one's own ids, which installers running as root are used to.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETPCAP);

/// Bounds what programs that this process executes from now on can do; there is no way back.
pub fn bound() -> io::Result<()> {
    for capability in CapabilitySet::all().difference(KEPT) {
        match remove_capability_from_bounding_set(capability) {
            // An older kernel does not know all of them.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => return Err(io::Error::other(format!("its capabilities cannot be bounded: {errno}"))),
        }
    }
    Ok(set_no_new_privs(true)?)
}

/// Makes this process, which has one thread, what a linker is that this user runs; there is no way back. It may still look into
/// the linker after that has hidden, as programs do that change who they are, see `PR_SET_DUMPABLE(2const)`: what it does to files
/// is not changed by that.
pub fn be_like(user: User) -> io::Result<()> {
    if geteuid().is_root() {
        let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
        set_keep_capabilities(true)?;
        set_thread_groups(&[])?;
        set_thread_res_gid(gid, gid, gid)?;
        set_thread_res_uid(uid, uid, uid)?;
    }
    have(of_linker(user).union(CapabilitySet::SYS_PTRACE))
}

/// Leaves this process, which is about to execute a linker that this user runs, no more than that will have.
pub fn give_up_before_exec(user: User) -> io::Result<()> {
    have(of_linker(user))
}

fn of_linker(user: User) -> CapabilitySet {
    if user == User::ROOT { KEPT } else { CapabilitySet::empty() }
}

fn have(set: CapabilitySet) -> io::Result<()> {
    let sets = CapabilitySets { effective: set, permitted: set, inheritable: CapabilitySet::empty() };
    Ok(set_capabilities(None, sets)?)
}
