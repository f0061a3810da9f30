//! A filesystem with 256 KiB left: hard links and reflinks need none of it, and a copy of the package ends in the middle.

use exdev::outcome::Placement::{Copy, HardLink};
use exdev::outcome::Rule::C8;
use rstest::rstest;

use crate::trial::link;

/// The file that no longer fits stays, torn, until uv places copies by way of a temporary file; what fitted stays in any case.
#[rstest]
#[case::uv_0_6_1("uv@0.6.1", "ext4+full", 21, Some(65536))]
#[case::uv_0_10_4("uv@0.10.4", "ext4+full", 21, Some(65536))]
#[case::uv_0_12_0("uv@0.12.0", "ext4+full", 20, None)]
#[case::uv_newest("uv", "ext4+full", 20, None)]
#[case::uv_0_6_1_in_memory("uv@0.6.1", "tmpfs+full", 28, Some(77824))]
#[case::uv_newest_in_memory("uv", "tmpfs+full", 27, None)]
fn uv_leaves_what_it_copied(
    #[case] linker: &str,
    #[case] pairing: &str,
    #[case] left: usize,
    #[case] torn_at: Option<u64>,
) {
    let left = format!("{left} of the package's 34 files were left behind");
    let torn = |bytes| format!("exdev_pkg/data/192k.bin: other bytes ({bytes} instead of 196731)");
    link(linker).mode("copy").on(pairing, |seen| {
        seen.exits(2).placed_by(Copy).breaks([C8]).because_all(C8, [left].into_iter().chain(torn_at.map(torn)));
    });
}

/// All that links needs no room.
#[rstest]
fn links_need_no_room(
    #[values("uv", "uv@0.6.1", "bun", "yarn", "git", "reference@restart")] linker: &str,
    #[values("ext4+full", "tmpfs+full")] pairing: &str,
) {
    link(linker).on(pairing, |seen| {
        seen.exits(0).placed_by(HardLink).breaks([]);
    });
}

/// XFS makes `copy_file_range` share extents, so that copies by it need no room, either; those by read and write do.
#[test]
fn copies_that_share_extents_need_no_room() {
    link("uv").mode("copy").on("xfs+full", |seen| {
        seen.exits(0).placed_by(Copy).breaks([]);
    });
    link("reference@per-file").mode("copy").on("xfs+full", |seen| {
        seen.exits(1).placed_by(Copy).breaks([C8]);
    });
}
