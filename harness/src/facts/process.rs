//! What is known of the process that would place files: who it is, and what restricts it.

use std::fs;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::confinement::{Confinement, confinement};

/// What can be seen of this process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessFacts {
    /// The user ID that filesystems see.
    pub uid: u32,
    /// The group ID that filesystems see.
    pub gid: u32,
    /// The supplementary groups.
    pub groups: Vec<u32>,
    /// The map of user IDs of its user namespace, a line each, see `user_namespaces(7)`; empty in the machine's own.
    pub id_map: Vec<String>,
    /// Whether `fs.protected_hardlinks` is set; `None` where that cannot be read.
    pub protected_hardlinks: Option<bool>,
    /// Whether a filter of system calls is in force, see seccomp(2).
    pub filtered: bool,
    /// Whether access to paths is restricted, as Landlock does.
    pub confinement: Confinement,
}

impl ProcessFacts {
    /// An ordinary process of nobody in particular, for tests.
    #[cfg(test)]
    pub(crate) fn unconfined() -> Self {
        Self {
            uid: 1000,
            gid: 1000,
            groups: Vec::new(),
            id_map: Vec::new(),
            protected_hardlinks: Some(true),
            filtered: false,
            confinement: Confinement::Free,
        }
    }
}

/// Looks at this process.
#[must_use]
pub fn process() -> ProcessFacts {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let status = Status::parse(&read("/proc/self/status"));
    let protected = match read("/proc/sys/fs/protected_hardlinks").trim() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    ProcessFacts {
        uid: status.uids[3],
        gid: status.gids[3],
        groups: status.groups,
        id_map: id_map(&read("/proc/self/uid_map")),
        protected_hardlinks: protected,
        filtered: status.seccomp == 2,
        confinement: confinement(),
    }
}

/// The lines of a map of IDs, unless it is that of the machine's own namespace.
fn id_map(text: &str) -> Vec<String> {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = text.lines().map(line).collect();
    if lines == ["0 0 4294967295"] { Vec::new() } else { lines }
}

/// What `/proc/PID/status` says of a process, see `proc_pid_status(5)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Status {
    /// The parent.
    pub(super) parent: u32,
    /// Real, effective, saved, and that of filesystems.
    pub(super) uids: [u32; 4],
    /// The same of groups.
    pub(super) gids: [u32; 4],
    /// The supplementary groups.
    pub(super) groups: Vec<u32>,
    /// The permitted capabilities.
    pub(super) permitted: u64,
    /// The effective ones.
    pub(super) effective: u64,
    /// 0 without seccomp, 1 in strict mode, 2 with a filter.
    pub(super) seccomp: u32,
}

impl Status {
    pub(super) fn parse(text: &str) -> Self {
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let numbers =
            |name| field(name).into_iter().flat_map(str::split_whitespace).filter_map(|word| word.parse().ok());
        let number = |name| numbers(name).next().unwrap_or(0);
        let capabilities = |name| field(name).and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0);
        let four = |name| numbers(name).collect::<Vec<_>>().try_into().unwrap_or([u32::MAX; 4]);
        Self {
            parent: number("PPid"),
            uids: four("Uid"),
            gids: four("Gid"),
            groups: numbers("Groups").collect(),
            permitted: capabilities("CapPrm"),
            effective: capabilities("CapEff"),
            seccomp: number("Seccomp"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_by_its_labels() {
        let text = "Name:\tuv\nPPid:\t12\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t9 10 \nCapPrm:\t00ff\nCapEff:\t0f\n\
                    NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";
        let expected = Status {
            parent: 12,
            uids: [1, 2, 3, 4],
            gids: [5, 6, 7, 8],
            groups: vec![9, 10],
            permitted: 0xff,
            effective: 0xf,
            seccomp: 2,
        };
        assert_eq!(Status::parse(text), expected);
    }

    #[test]
    fn this_process_is_who_it_is() {
        let facts = process();
        let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
        assert_eq!((facts.uid, facts.gid), (uid, gid));
    }

    #[test]
    fn the_map_of_the_machines_own_namespace_maps_nothing() {
        assert_eq!(id_map("         0          0 4294967295\n"), [""; 0]);
        assert_eq!(id_map("         0       1000          1\n"), ["0 1000 1"]);
    }
}
