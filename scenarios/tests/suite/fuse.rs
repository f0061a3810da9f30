//! Filesystems in user space that refuse one thing: that it is this thing, and no other.

use exdev::outcome::Placement::{Copy, HardLink, Nothing, Symlink};
use exdev::outcome::Rule::{C1, C3, C5, C9};
use exdev::outcome::{Placement, Rule};
use rstest::rstest;

use crate::trial::link;

/// The reference linker tries a hard link for each file, and copies it if that is refused.
#[rstest]
#[case::nolink("fuse-nolink", &[(Copy, 34)], &[], Some("EPERM, no hard links on fuse.nolink"))]
#[case::samedir("fuse-samedir", &[(Copy, 34)], &[], Some("EXDEV, fuse.samedir links files within one directory alone"))]
#[case::maxlink("fuse-maxlink", &[(HardLink, 34)], &[], None)]
#[case::maxlink_used_up("fuse-maxlink+maxlinks", &[(HardLink, 33), (Copy, 1)], &[C3],
    Some("EMLINK for 1 of 34 files, the cached file has all the links that fuse.maxlink allows"))]
#[case::linksym("fuse-linksym", &[(Symlink, 34)], &[C5], None)]
#[case::nocolon("fuse-nocolon", &[(HardLink, 33), (Copy, 1)], &[C3],
    Some("EINVAL for 1 of 34 files, fuse.nocolon refuses the name"))]
#[case::nosymlink("fuse-nosymlink", &[(HardLink, 34)], &[], None)]
#[case::eio("fuse-eio", &[(Copy, 34)], &[], Some("EIO, for an unknown reason"))]
fn one_thing_is_refused(
    #[case] pairing: &str,
    #[case] files: &[(Placement, usize)],
    #[case] broken: &[Rule],
    #[case] reason: Option<&str>,
) {
    let reason = reason.map(|reason| format!("hard link: {reason}"));
    link("reference@per-file").on(pairing, |seen| {
        seen.exits(0).places(files.iter().copied()).breaks_all(broken).gave_reason(reason.as_deref());
    });
}

/// Symlinks are made there, and nobody can read them; a probe says so beforehand.
#[test]
fn symlinks_that_cannot_be_read_place_nothing() {
    link("reference@per-file").mode("symlink").on("fuse-noreadlink", |seen| {
        seen.exits(0).placed_by(Nothing).breaks([C1]);
        let risk = seen.outcome().predicted.as_ref().and_then(|predicted| predicted.risk.as_deref());
        assert_eq!(risk, Some("the call for a symlink succeeds here and makes a symlink that cannot be read"));
    });
    link("reference@per-file").on("fuse-noreadlink", |seen| {
        seen.exits(0).placed_by(HardLink).breaks([]);
    });
}

/// What fails there without a fault, too, is no matter of what a fault has left behind, whether one was met or not.
#[rstest]
#[case::not_met("ext4:fuse-nochmod", "link#999=EIO", 0, "nothing has changed, and it fails again (exit 1)")]
#[case::met("ext4:fuse-nochmod", "mkdir#1=kill", 1, "made anew without a fault, it fails here, too (exit 1)")]
#[case::delayed("ext4:fuse-nochmod", "mkdir#1=1ms", 0, "made anew without a fault, it fails here, too (exit 1)")]
#[case::deceived("fuse-linksym", "mkdir#1=kill", 1, "made anew without a fault, it fails here, too (exit 1)")]
fn what_cannot_work_there_cannot_be_recovered(
    #[case] pairing: &str,
    #[case] fault: &str,
    #[case] met: usize,
    #[case] reason: &str,
) {
    link("reference@staged").fault(fault).on(pairing, |seen| {
        seen.meets_faults(met).because(C9, [reason]).breaks([]);
    });
}

/// Through another mount the kernel refuses links by itself, before the filesystem is asked.
#[test]
fn another_mount_is_told_from_the_limit() {
    link("reference@per-file").on("fuse-eio+bind", |seen| {
        seen.exits(0).placed_by(Copy).for_reason("hard link: EXDEV, another mount of the same fuse.eio");
    });
}

/// Files of another user, too, whatever the filesystem allows.
#[test]
fn protected_hard_links_are_the_kernels() {
    link("reference@per-file").on("fuse-maxlink+owner", |seen| {
        let reason = "hard link: EPERM, the cached file belongs to another user (fs.protected_hardlinks)";
        seen.exits(0).placed_by(Copy).for_reason(reason);
    });
}
