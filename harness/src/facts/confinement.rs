//! Whether something like Landlock confines this process. No call tells; but who is confined may not look into processes
//! outside of the sandbox, see landlock(7), "Ptrace restrictions", not even into those of the same user.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::process::Status;

/// Whether access to paths is restricted beyond permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confinement {
    /// A process that started us cannot be looked into, though it is of the same user and has no more power.
    Confined,
    /// Each of them that should be open to us is.
    Free,
    /// None of them should be, so nothing can be told.
    Unknown,
}

/// Looks at the processes that started us, from our parent on.
#[must_use]
pub fn confinement() -> Confinement {
    let status = |id: &str| fs::read_to_string(format!("/proc/{id}/status")).ok().map(|text| Status::parse(&text));
    // In another user namespace the capabilities of ours count for nothing; the map, which anybody may read, differs there.
    let map = |id: &str| fs::read_to_string(format!("/proc/{id}/uid_map")).ok();
    let Some(own) = status("self") else { return Confinement::Unknown };
    let (mut next, mut seen) = (own.parent, Confinement::Unknown);
    while next > 0 {
        let Some(ancestor) = status(&next.to_string()) else { break };
        // Processes that let nobody look into them belong to root.
        let owner = fs::metadata(format!("/proc/{next}")).map(|found| found.uid()).ok();
        let one_namespace = map("self") == map(&next.to_string());
        if owner == Some(own.uids[3]) && one_namespace && should_be_open(&own, &ancestor) {
            match fs::read_link(format!("/proc/{next}/cwd")) {
                Ok(_) => seen = Confinement::Free,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Confinement::Confined,
                Err(_) => {}
            }
        }
        next = ancestor.parent;
    }
    seen
}

/// Whether one process may look into another by all that ptrace(2) asks under "Ptrace access mode checking", beside security
/// modules.
fn should_be_open(own: &Status, other: &Status) -> bool {
    let (uid, gid) = (own.uids[3], own.gids[3]);
    other.uids[..3] == [uid; 3] && other.gids[..3] == [gid; 3] && other.permitted & !own.effective == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(uid: u32, permitted: u64) -> Status {
        Status { uids: [uid; 4], gids: [uid; 4], permitted, effective: permitted, ..Status::default() }
    }

    #[test]
    fn only_processes_of_the_same_user_and_no_more_power_should_be_open() {
        assert!(should_be_open(&status(1000, 0), &status(1000, 0)));
        assert!(should_be_open(&status(0, 3), &status(0, 1)));
        assert!(!should_be_open(&status(0, 1), &status(0, 3)));
        assert!(!should_be_open(&status(1000, 0), &status(1001, 0)));
        let elsewhere = Status { gids: [7; 4], ..status(1000, 0) };
        assert!(!should_be_open(&status(1000, 0), &elsewhere));
        // What filesystems see is what counts of us, as an agent acts for a user.
        let acting = Status { uids: [0, 0, 0, 1000], gids: [0, 0, 0, 1000], ..status(0, 0) };
        assert!(!should_be_open(&acting, &status(0, 0)));
    }

    #[test]
    fn who_is_not_confined_is_not_said_to_be() {
        assert_ne!(confinement(), Confinement::Confined);
    }
}
