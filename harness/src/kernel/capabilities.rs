//! What a linker may still do if it runs as root: about what a container's root may, which mounts, modules and raw devices are
//! not part of.
//!
//! Invariant: the agent itself keeps its capabilities; what it executes gets none beyond these, see capabilities(7).

use std::io;

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set, set_no_new_privs};

/// Those on files and on one's own ids, which installers running as root are used to.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETPCAP);

/// Bounds what programs that are executed from now on can do.
pub fn bound() -> io::Result<()> {
    for capability in CapabilitySet::all().difference(KEPT) {
        match remove_capability_from_bounding_set(capability) {
            // An older kernel does not know all of them.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(set_no_new_privs(true)?)
}
