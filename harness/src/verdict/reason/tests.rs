use crate::errno::Errno;
use crate::observe::Extents;
use crate::outcome::{End, Exit, Strategy};
use crate::probe::Obstacle;
use crate::verdict::sample::{MODULE, Sample, TOOL, end};

fn reason(sample: &Sample) -> String {
    sample.judge().reason.unwrap_or_default()
}

/// The reason for a hard link that is refused with EXDEV between two ends.
fn between(cache: End, target: End) -> String {
    let copied = Sample::new("uv@0.6.1", "ext4", Strategy::Copy).refused(Strategy::HardLink, Errno::EXDEV);
    reason(&copied.ends(cache, target))
}

#[test]
fn a_boundary_has_a_name() {
    let ext4 = || end("ext4", "7:0", 40, "/dev/loop0");
    let btrfs = || end("btrfs", "0:40", 40, "/dev/loop0");
    let expected = |what: &str| format!("hard link: EXDEV, {what}");
    assert_eq!(between(ext4(), ext4()), expected("another project ID"));
    assert_eq!(between(ext4(), end("ext4", "7:0", 41, "/dev/loop0")), expected("another mount of the same ext4"));
    assert_eq!(between(ext4(), end("xfs", "7:1", 41, "/dev/loop1")), expected("different filesystems (ext4, xfs)"));
    assert_eq!(between(ext4(), end("ext4", "7:1", 41, "/dev/loop0")), expected("different filesystems (ext4, ext4)"));
    let subvolume = expected("another subvolume of the same btrfs");
    assert_eq!(between(btrfs(), end("btrfs", "0:41", 41, "/dev/loop0")), subvolume);
    assert_eq!(between(btrfs(), end("btrfs", "0:41", 40, "/dev/loop0")), subvolume);
    assert_eq!(
        between(btrfs(), end("btrfs", "0:41", 41, "/dev/loop1")),
        expected("different filesystems (btrfs, btrfs)")
    );
    assert_eq!(between(btrfs(), end("xfs", "0:41", 41, "/dev/loop0")), expected("different filesystems (btrfs, xfs)"));
}

#[test]
fn two_exports_of_one_server_are_told_from_two_servers() {
    let one = || end("nfs4", "0:40", 40, "127.0.0.1:/ext4");
    let other = |kind, device, source| end(kind, device, 41, source);
    let exports = |source| format!("hard link: EXDEV, two exports of one server (127.0.0.1:/ext4, {source})");
    for (source, kind) in [("127.0.0.1:/ext4-second", "nfs4"), ("127.0.0.1:/srv/exports/other-ext4", "nfs")] {
        assert_eq!(between(one(), other(kind, "0:41", source)), exports(source));
    }
    let remote = |source| end("nfs4", "0:40", 40, source);
    assert_eq!(
        between(remote("[fe80::1]:/home"), other("nfs4", "0:41", "[fe80::1]:/data")),
        "hard link: EXDEV, two exports of one server ([fe80::1]:/home, [fe80::1]:/data)"
    );
    let different = "hard link: EXDEV, different filesystems (nfs4, nfs4)";
    assert_eq!(between(one(), other("nfs4", "0:41", "127.0.0.2:/ext4-second")), different);
    assert_eq!(between(remote("[fe80::1]:/home"), other("nfs4", "0:41", "[fe80::2]:/home")), different);
    // One export in two mounts that have nothing in common, as `nosharecache` makes them.
    assert_eq!(
        between(one(), other("nfs4", "0:41", "127.0.0.1:/ext4")),
        "hard link: EXDEV, another mount of the same nfs4"
    );
    assert_eq!(
        between(one(), other("nfs4", "0:40", "127.0.0.1:/ext4/target")),
        "hard link: EXDEV, another mount of the same nfs4"
    );
    assert_eq!(
        between(one(), other("9p", "0:41", "127.0.0.1:/ext4-second")),
        "hard link: EXDEV, different filesystems (nfs4, 9p)"
    );
}

#[test]
fn what_ended_a_linker_before_it_placed_anything_is_no_refusal() {
    let failed = |text: &str| {
        let nothing = Sample::copied().without("exdev_pkg").without("exdev_pkg-1.0.dist-info");
        reason(&nothing.exit(Exit::Code(2)).stderr(text))
    };
    let refused = "hard link: EXDEV, different filesystems (ext4, xfs)";
    let at = |errno: &str, path: &str| format!("error: failed to open file `{path}`: Oh (os error {errno})\n");
    assert_eq!(failed(&at("30", "/exdev/cell/cache/.git")), "cache: EROFS, it is read-only");
    assert_eq!(failed(&at("30", "/exdev/cell/target/a.py")), "target: EROFS, it is read-only");
    assert_eq!(failed(&at("28", "/exdev/cell/target/a.py")), "target: ENOSPC, no space left on xfs");
    assert_eq!(failed(&at("122", "/exdev/cell/cache/.git")), "cache: EDQUOT, a quota on ext4 is used up");
    assert_eq!(failed(&at("5", "/exdev/cell/cache/.git")), "cache: EIO, for an unknown reason");
    // With an errno that a strategy was refused with, without one, and elsewhere, it is the refusals that are known.
    for text in [&at("18", "/exdev/cell/target/a.py"), "error: no\n", &at("30", "/exdev/home/a.py")] {
        assert_eq!(failed(text), refused);
    }
    let read_only = at("30", "/exdev/cell/cache/.git");
    assert_eq!(reason(&Sample::copied().exit(Exit::Code(2)).stderr(&read_only)), refused);
}

#[test]
fn an_errno_is_explained_by_what_stands_in_the_way() {
    let all = |strategy, errno, obstacle| {
        let mut sample = Sample::new("uv@0.13.9", "ext4", Strategy::Copy).refused(strategy, errno);
        sample.record.probe.answers[0].obstacle = obstacle;
        reason(&sample)
    };
    for (strategy, errno, obstacle, expected) in [
        (
            Strategy::HardLink,
            Errno::EPERM,
            Some(Obstacle::Immutable),
            "hard link: EPERM, the cached file is immutable or append-only",
        ),
        (
            Strategy::HardLink,
            Errno::EPERM,
            Some(Obstacle::Foreign),
            "hard link: EPERM, the cached file belongs to another user (fs.protected_hardlinks)",
        ),
        (Strategy::HardLink, Errno::EPERM, None, "hard link: EPERM, no hard links on ext4"),
        (Strategy::Reflink, Errno::EPERM, None, "reflink: EPERM, for an unknown reason"),
        (
            Strategy::HardLink,
            Errno::EMLINK,
            Some(Obstacle::Foreign),
            "hard link: EMLINK, the cached file has all the links that ext4 allows",
        ),
        (Strategy::Reflink, Errno::EOPNOTSUPP, None, "reflink: EOPNOTSUPP, no reflinks on ext4"),
        (Strategy::Reflink, Errno::ENOTTY, None, "reflink: ENOTTY, no reflinks on ext4"),
        (Strategy::HardLink, Errno::EOPNOTSUPP, None, "hard link: EOPNOTSUPP, no hard links on ext4"),
        (Strategy::Reflink, Errno::EINVAL, None, "reflink: EINVAL, one of cache and target is nocow"),
        (Strategy::HardLink, Errno::EINVAL, None, "hard link: EINVAL, for an unknown reason"),
        (Strategy::HardLink, Errno::EROFS, None, "hard link: EROFS, the target is read-only"),
        (Strategy::Reflink, Errno::ENOSPC, None, "reflink: ENOSPC, no space left on ext4"),
        (Strategy::HardLink, Errno::EDQUOT, None, "hard link: EDQUOT, a quota on ext4 is used up"),
        (Strategy::HardLink, Errno(396), None, "hard link: errno 396, for an unknown reason"),
    ] {
        assert_eq!(all(strategy, errno, obstacle), expected);
    }
}

#[test]
fn a_filesystem_that_has_no_links_is_the_one_that_they_would_be_on() {
    let symlinked = Sample::new("uv@0.13.9", "ext4:xfs", Strategy::Copy).mode("symlink");
    assert_eq!(
        reason(&symlinked.clone().refused(Strategy::Symlink, Errno::EPERM)),
        "symlink: EPERM, no symlinks on xfs"
    );
    // What stands in the way of a hard link is none for a symlink.
    let mut foreign = symlinked.refused(Strategy::Symlink, Errno::EPERM);
    foreign.record.probe.answers[0].obstacle = Some(Obstacle::Foreign);
    assert_eq!(reason(&foreign), "symlink: EPERM, no symlinks on xfs");
}

#[test]
fn without_a_refusal_there_is_no_reason() {
    assert_eq!(Sample::linked().judge().reason, None);
    assert_eq!(Sample::copied().mode("copy").judge().reason, None);
}

#[test]
fn strategies_after_the_one_used_were_not_tried() {
    assert_eq!(reason(&Sample::linked().refused(Strategy::Reflink, Errno::EOPNOTSUPP)), "");
    assert_eq!(reason(&Sample::reflinked().refused(Strategy::HardLink, Errno::EXDEV)), "");
    let linked = Sample::new("uv@0.13.9", "ext4", Strategy::HardLink);
    assert_eq!(
        reason(&linked.refused(Strategy::Reflink, Errno::EOPNOTSUPP).refused(Strategy::Symlink, Errno::EPERM)),
        "reflink: EOPNOTSUPP, no reflinks on ext4"
    );
    // What is not known to have been used leaves all of them.
    let unknown = Sample::reflinked().extents(&Extents::Inline).refused(Strategy::HardLink, Errno::EXDEV);
    assert_eq!(reason(&unknown), "hard link: EXDEV, another project ID");
}

#[test]
fn one_reason_for_two_strategies_is_told_once() {
    let copied = || Sample::new("uv@0.13.9", "ext4:xfs", Strategy::Copy);
    assert_eq!(reason(&copied()), "reflink and hard link: EXDEV, different filesystems (ext4, xfs)");
    assert_eq!(
        reason(&copied().refused(Strategy::Reflink, Errno::EOPNOTSUPP)),
        "reflink: EOPNOTSUPP, no reflinks on ext4; hard link: EXDEV, different filesystems (ext4, xfs)"
    );
}

#[test]
fn refusals_for_some_files_are_counted_by_errno_and_reason() {
    let immutable =
        |sample: Sample| sample.refused_for(MODULE, Strategy::HardLink, Errno::EPERM, Some(Obstacle::Immutable));
    let one = "hard link: EPERM for 1 of 34 files, the cached file is immutable or append-only";
    let failed = immutable(Sample::linked()).exit(Exit::Code(2));
    assert_eq!(reason(&failed), one);
    assert_eq!(reason(&immutable(Sample::linked().placed(MODULE, Strategy::Copy))), one);
    let full = immutable(failed.refused_for(TOOL, Strategy::HardLink, Errno::EMLINK, None));
    assert_eq!(
        reason(&full),
        "hard link: EMLINK for 1 of 34 files, the cached file has all the links that ext4 allows; \
         hard link: EPERM for 1 of 34 files, the cached file is immutable or append-only"
    );
    let refused = |file: &str, errno, obstacle| {
        let one = Sample::linked().refused_for(file, Strategy::HardLink, errno, obstacle);
        reason(&one.refused_for(MODULE, Strategy::HardLink, Errno::EPERM, None))
    };
    let unknown = "hard link: EPERM for 1 of 34 files, for an unknown reason";
    let foreign = "the cached file belongs to another user (fs.protected_hardlinks)";
    assert_eq!(
        refused(TOOL, Errno::EPERM, Some(Obstacle::Foreign)),
        format!("hard link: EPERM for 1 of 34 files, {foreign}; {unknown}")
    );
    assert_eq!(
        refused(TOOL, Errno::ENOSPC, None),
        format!("hard link: ENOSPC for 1 of 34 files, no space left on ext4; {unknown}")
    );
    // A filesystem without hard links would have refused the others, too.
    let two = "hard link: EPERM for 2 of 34 files, for an unknown reason";
    assert_eq!(refused(TOOL, Errno::EPERM, None), two);
    // What stands in the way of a hard link does not tell reflinks apart.
    let none = immutable(Sample::new("uv@0.13.9", "ext4", Strategy::HardLink).refused(Strategy::Reflink, Errno(95)));
    assert_eq!(reason(&none), format!("reflink: EOPNOTSUPP, no reflinks on ext4; {one}"));
}

#[test]
fn a_cache_that_was_not_filled_is_explained_by_the_errno_that_the_linker_states() {
    let vfat = [(Strategy::HardLink, Errno::EPERM), (Strategy::Symlink, Errno::EPERM)];
    let unfilled = |refused: &[_], stderr: &str| {
        let end = || end("vfat", "7:0", 40, "/dev/loop0");
        let sample = Sample::new("uv@0.13.9", "vfat", Strategy::Copy).refused(Strategy::HardLink, Errno::EPERM);
        sample.ends(end(), end()).stderr(stderr).unfilled(refused).judge().reason
    };
    let both = "hard link in the cache: EPERM, no hard links on vfat; symlink in the cache: EPERM, no symlinks on vfat";
    let stated = "error: no\n  cause: Operation not permitted (os error 1)\n";
    assert_eq!(unfilled(&vfat, stated).as_deref(), Some(both));
    let named = "error: no\n  cause: failed to symlink file from /a to /b: Operation not permitted (os error 1)\n";
    assert_eq!(unfilled(&vfat, named).as_deref(), Some("symlink in the cache: EPERM, no symlinks on vfat"));
    assert_eq!(unfilled(&vfat[..1], named), None);
    assert_eq!(unfilled(&vfat, "error: File name too long (os error 36)\n"), None);
    assert_eq!(unfilled(&vfat, "error: no\n"), None);
    assert_eq!(unfilled(&[], stated), None);
    let denied = unfilled(&[(Strategy::Symlink, Errno(13))], "error: no (os error 13)\n");
    assert_eq!(denied.as_deref(), Some("symlink in the cache: EACCES, permission bits or a security module forbid it"));
}
