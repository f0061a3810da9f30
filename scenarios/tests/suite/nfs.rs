//! NFS, from a kernel's own server to its own client: where uv links, copies and warns. `cargo test -- nfs` runs all of it.

use exdev::kernel::Choice;
use exdev::kernel::pool::{Launcher, Pool};
use exdev::outcome::Placement::{Copy, HardLink, Reflink};
use exdev::outcome::Rule::C9;
use exdev::outcome::Verdict;
use exdev::pairing::Pairing;
use exdev::run::{conclusions, report};
use rstest::rstest;

use crate::matrix::are_accepted;
use crate::not_run;
use crate::once::Unwatched;
use crate::trial::{launcher, link};
use crate::uv::WARNING;

/// <https://github.com/astral-sh/uv/issues/15149>: the cache on one export, and the tool below HOME, which is on another.
#[test]
fn uv_0_6_1_copies_a_tool_to_home_on_another_export_on_nfs4_2_exports() {
    link("uv-tool-home@0.6.1").on("nfs4.2+exports", |seen| {
        seen.exits(0).places([(Copy, 34)]).warns([WARNING]).breaks([]).is_accepted();
    });
}

/// One mount of one export has hard links, whatever the version of NFS, and whatever the server's filesystem.
#[rstest]
fn uv_0_6_1_hard_links_without_a_word(
    #[values("nfs3", "nfs3-xfs", "nfs4.0", "nfs4.1", "nfs4.2", "nfs4.2-xfs", "nfs4.2-btrfs")] pairing: &str,
) {
    link("uv@0.6.1").on(pairing, |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]);
    });
}

/// Version 4.2 brought CLONE, which a server passes on to a filesystem that has reflinks.
#[rstest]
#[case::nfs4_2_xfs("nfs4.2-xfs")]
#[case::nfs4_2_btrfs("nfs4.2-btrfs")]
fn newest_uv_reflinks(#[case] pairing: &str) {
    link("uv").on(pairing, |seen| {
        seen.exits(0).placed_by(Reflink).warns([]).breaks([]).is_accepted();
    });
}

/// Without CLONE, or without reflinks behind it, it hard links.
#[rstest]
#[case::nfs4_2("nfs4.2", "reflink: EOPNOTSUPP, no reflinks on nfs4")]
#[case::nfs4_1_xfs("nfs4.1-xfs", "reflink: EOPNOTSUPP, no reflinks on nfs4")]
#[case::nfs4_0_xfs("nfs4.0-xfs", "reflink: EOPNOTSUPP, no reflinks on nfs4")]
#[case::nfs3_xfs("nfs3-xfs", "reflink: EOPNOTSUPP, no reflinks on nfs")]
fn newest_uv_hard_links(#[case] pairing: &str, #[case] reason: &str) {
    link("uv").on(pairing, |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]).for_reason(reason);
    });
}

/// A root who is nobody on the server links what is nobody's.
#[test]
fn root_hard_links_as_nobody_on_nfs4_2_squash() {
    link("uv@0.6.1").by_root().on("nfs4.2+squash", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]);
    });
}

/// A cache that has become read-only: uv does not come to linking, for it writes to its cache first.
#[test]
fn uv_0_6_1_fails_before_it_links_on_nfs4_2_readonly() {
    link("uv@0.6.1").on("nfs4.2+readonly", |seen| {
        seen.exits(2).places([]).breaks([]).for_reason("cache: EROFS, it is read-only").is_accepted();
    });
}

/// What only its user may look into is seen, too, though the server takes root for nobody.
#[test]
fn what_a_killed_linker_leaves_to_its_user_is_seen_on_nfs4_2_squash() {
    link("reference@staged").fault("link#8=kill").on("nfs4.2+squash", |seen| {
        seen.meets_faults(1).judged(C9, Verdict::Kept).breaks([]);
    });
}

/// What it takes to copy on NFS: another mount, another export, another owner, another filesystem on either side.
#[rstest]
#[case::uv_0_6_1("uv@0.6.1")]
#[case::uv_newest("uv")]
fn matrix(#[case] linker: &str) {
    let pairings: [Pairing; 14] = [
        "nfs4.2+bind",
        "nfs4.2+owner",
        "nfs4.2+remount",
        "nfs4.2+subdirectory",
        "nfs4.2+exports",
        "nfs4.2+readonly",
        "nfs4.2+squash",
        "nfs4.2-xfs+remount",
        "nfs4.2-xfs+exports",
        "nfs3:nfs4.2",
        "nfs4.2:nfs4.2",
        "nfs4.2-xfs:xfs",
        "ext4:nfs4.2",
        "tmpfs:nfs3",
    ]
    .map(|pairing| pairing.parse().unwrap_or_else(|error| panic!("{error}")));
    are_accepted(linker, &pairings, "-nfs");
}

/// What the server exports stays from scenario to scenario: blocks that are free again must not take room.
#[test]
fn an_exported_filesystem_takes_no_more_room_than_it_uses() {
    let plan: [_; 12] = std::array::from_fn(|_| link("reference@staged").scenario("nfs4.2-btrfs"));
    let little = Launcher { scratch: "40M".to_owned(), ..launcher() };
    let pool = Pool::new(&little, 1).unwrap_or_else(|error| panic!("{error}"));
    let ran = report(conclusions(&pool, &plan, Choice::Auto, &mut Unwatched));
    assert_eq!(ran.broken_setups, []);
    ran.not_run.iter().for_each(not_run::tolerate_or_fail);
}
