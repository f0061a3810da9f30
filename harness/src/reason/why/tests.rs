use std::collections::BTreeSet;

use super::*;
use crate::facts::{EndFacts, ProcessFacts};

fn end(kind: &str, device: &str, mount_id: u64, source: &str) -> End {
    let mountinfo = format!("{mount_id} 30 {device} / /mnt rw,relatime shared:1 - {kind} {source} rw");
    End { kind: kind.to_owned(), device: device.to_owned(), mount_id, mountinfo }
}

fn end_facts(end: End, project: Option<u32>) -> EndFacts {
    EndFacts {
        path: "/mnt".to_owned(),
        end,
        nfs: None,
        overlay: None,
        id_mapped: false,
        uid: 1000,
        gid: 1000,
        mode: 0o755,
        links: 2,
        writable: true,
        flags: BTreeSet::new(),
        project,
        room: None,
    }
}

/// Two directories of one mount.
fn facts(kind: &str, projects: [Option<u32>; 2]) -> Facts {
    let [cache, target] = projects.map(|project| end_facts(end(kind, "7:0", 40, "/dev/loop0"), project));
    Facts { cache, target, process: ProcessFacts::unconfined() }
}

fn confined(facts: Facts) -> Facts {
    let process = ProcessFacts { confinement: Confinement::Confined, ..facts.process };
    Facts { process, ..facts }
}

fn exdev(facts: &Facts) -> Reason {
    why(Call::HardLink, Errno::EXDEV, &facts.scene(None, Share::Every))
}

#[test]
fn a_boundary_within_one_mount_is_what_was_seen() {
    let unknown = Reason::Unknown { errno: Errno::EXDEV };
    let landlock = Reason::Sandbox { by: Confiner::Landlock };
    assert_eq!(exdev(&facts("xfs", [Some(1), Some(2)])), Reason::Project);
    assert_eq!(exdev(&facts("xfs", [Some(1), Some(1)])), unknown);
    // Where nobody can see it, project IDs are the one boundary there is.
    assert_eq!(exdev(&facts("xfs", [Some(1), None])), Reason::Project);
    assert_eq!(exdev(&facts("overlay", [None, None])), Reason::Overlay);
    assert_eq!(exdev(&confined(facts("ext4", [Some(0), Some(0)]))), landlock);
    assert_eq!(exdev(&confined(facts("ext4", [None, None]))), landlock);
    assert_eq!(exdev(&confined(facts("ext4", [Some(0), Some(3)]))), Reason::Project);
    let within = |kind: &str| Reason::OneDirectory { kind: kind.to_owned() };
    for kind in ["fuse.sshfs", "fuse", "afs", "beegfs"] {
        assert_eq!(exdev(&facts(kind, [None, None])), within(kind));
    }
    assert_eq!(exdev(&facts("fuseblk", [None, None])), Reason::Project);
    let mut encrypted = facts("ext4", [Some(0), Some(0)]);
    encrypted.target.flags.insert(Flag::Encrypted);
    assert_eq!(exdev(&encrypted), Reason::Encrypted);
    encrypted.cache.flags.insert(Flag::Encrypted);
    assert_eq!(exdev(&encrypted), unknown);
}

#[test]
fn a_boundary_between_mounts_needs_no_sandbox_to_explain_it() {
    let mut bind = confined(facts("ext4", [Some(0), Some(0)]));
    bind.target.end = end("ext4", "7:0", 41, "/dev/loop0");
    assert_eq!(exdev(&bind), Reason::AnotherMount { kind: "ext4".to_owned() });
    let mut btrfs = facts("btrfs", [None, None]);
    btrfs.target.end = end("btrfs", "0:41", 40, "/dev/loop0");
    assert_eq!(exdev(&btrfs), Reason::Subvolume);
}

#[test]
fn what_a_sandbox_refuses_is_told_by_how_it_refuses() {
    let ask = |errno, facts: &Facts| why(Call::HardLink, errno, &facts.scene(None, Share::Every));
    let free = facts("ext4", [None, None]);
    assert_eq!(ask(Errno::EACCES, &free), Reason::Permission);
    assert_eq!(ask(Errno::EACCES, &confined(free.clone())), Reason::Sandbox { by: Confiner::Landlock });
    assert_eq!(ask(Errno::ENOSYS, &free), Reason::Unknown { errno: Errno::ENOSYS });
    let mut filtered = free;
    filtered.process.filtered = true;
    assert_eq!(ask(Errno::ENOSYS, &filtered), Reason::Sandbox { by: Confiner::Seccomp });
}

#[test]
fn an_errno_means_what_the_call_means_by_it() {
    let facts = facts("ext4", [Some(0), Some(0)]);
    let ask = |call, errno| why(call, errno, &facts.scene(None, Share::Every));
    let ext4 = || "ext4".to_owned();
    for (call, errno, expected) in [
        (Call::Reflink, Errno::EAGAIN, Reason::NotWrittenOut),
        (Call::HardLink, Errno::EAGAIN, Reason::Unknown { errno: Errno::EAGAIN }),
        (Call::Reflink, Errno::EOPNOTSUPP, Reason::NoReflinks { kind: ext4() }),
        (Call::Copy, Errno::EOPNOTSUPP, Reason::Unknown { errno: Errno::EOPNOTSUPP }),
        (Call::Reflink, Errno::EINVAL, Reason::Nocow),
        (Call::RenameNoReplace, Errno::EINVAL, Reason::NoExclusiveRename { kind: ext4() }),
        (Call::Rename, Errno::EINVAL, Reason::Unknown { errno: Errno::EINVAL }),
        (Call::HardLink, Errno::EPERM, Reason::NoLinks { strategy: Strategy::HardLink, kind: ext4() }),
        (Call::Symlink, Errno::EPERM, Reason::NoLinks { strategy: Strategy::Symlink, kind: ext4() }),
        (Call::Rename, Errno::EPERM, Reason::Unknown { errno: Errno::EPERM }),
        (Call::HardLink, Errno::EMLINK, Reason::LinkLimit { kind: ext4() }),
        (Call::Symlink, Errno::ENAMETOOLONG, Reason::Name { kind: ext4() }),
        (Call::Copy, Errno::EILSEQ, Reason::Name { kind: ext4() }),
        (Call::Copy, Errno::EROFS, Reason::ReadOnly),
        (Call::Copy, Errno::ENOSPC, Reason::NoSpace { kind: ext4() }),
        (Call::Copy, Errno::EDQUOT, Reason::Quota { kind: ext4() }),
    ] {
        assert_eq!(ask(call, errno), expected, "{call} {errno}");
    }
    let some = why(Call::HardLink, Errno::EPERM, &facts.scene(None, Share::Some));
    assert_eq!(some, Reason::Unknown { errno: Errno::EPERM });
}

#[test]
fn a_name_is_blamed_only_where_it_is_one_to_refuse() {
    let facts = facts("vfat", [None, None]);
    let ask = |name| why(Call::HardLink, Errno::EINVAL, &Scene { name, ..facts.scene(None, Share::Some) });
    for odd in ["a:b", "what?", "end.", "end ", "a\\b", "a\u{1}"] {
        assert_eq!(ask(Some(odd)), Reason::Name { kind: "vfat".to_owned() }, "{odd}");
    }
    for ordinary in [None, Some("a.py"), Some("ü"), Some(".hidden")] {
        assert_eq!(ask(ordinary), Reason::Unknown { errno: Errno::EINVAL });
    }
}
