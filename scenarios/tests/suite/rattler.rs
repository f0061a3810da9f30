//! rattler: every file for itself, and never a word. It takes directories in an order that differs from run to run, so nothing is said
//! here of which file is refused.

use exdev::outcome::Placement::{self, Copy, HardLink, Reflink};
use exdev::outcome::Rule::{C3, C5};
use rstest::rstest;

use crate::trial::link;

#[rstest]
#[case::xfs("xfs", Reflink, None)]
#[case::btrfs("btrfs", Reflink, None)]
#[case::ext4("ext4", HardLink, Some("reflink: EOPNOTSUPP, no reflinks on ext4"))]
fn rattler_links(#[case] pairing: &str, #[case] strategy: Placement, #[case] reason: Option<&str>) {
    link("rattler").on(pairing, |seen| {
        seen.exits(0).places([(strategy, 34)]).warns([]).breaks([]).gave_reason(reason);
    });
}

/// It compares device numbers, and where these differ it tries nothing.
#[test]
fn rattler_copies_without_a_try_or_a_word_on_ext4_tmpfs() {
    link("rattler").on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 34)]).warns([]).breaks([C5]);
        seen.did("copy 32 done by sendfile, copy 2 done by write").is_accepted();
    });
}

#[rstest]
fn rattler_copies_one_refused_file_and_links_the_others_on_ext4(
    #[values("EXDEV", "EPERM", "EMLINK")] errno: &str,
    #[values(1, 3)] ordinal: usize,
) {
    link("rattler").fault(&format!("link#{ordinal}={errno}")).on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 33), (Copy, 1)]).warns([]).breaks([C3, C5]).meets_faults(1);
        seen.because(C5, ["copied without a warning: 1 file"]);
    });
}

#[test]
fn rattler_copies_every_refused_file_on_ext4() {
    link("rattler").fault("link#1..=EPERM").on("ext4", |seen| {
        seen.exits(0).places([(Copy, 34)]).warns([]).breaks([C5]).meets_faults(34);
    });
}

/// The first clone is of a file of its own, in the target.
#[test]
fn rattler_believes_its_probe_and_then_each_file_on_xfs() {
    link("rattler").fault("reflink#1=EAGAIN").on("xfs", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]).did("link 34 done");
    });
    link("rattler").fault("reflink#4=EAGAIN").on("xfs", |seen| {
        seen.exits(0).places([(Reflink, 33), (HardLink, 1)]).warns([]).breaks([C3]);
        seen.did("reflink 1 refused EAGAIN by fault, reflink 33 done, link 1 done");
    });
}
