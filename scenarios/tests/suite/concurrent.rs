//! Several runs at once (C10): into one target, and from one cache into a target each.

use exdev::outcome::Rule::C10;
use exdev::outcome::Verdict;
use rstest::rstest;

use crate::trial::link;

/// Locks, and files that are made under another name and then renamed, keep them from each other's.
#[rstest]
#[case::uv_0_6_1("uv@0.6.1")]
#[case::uv_newest("uv")]
#[case::rsync("rsync")]
#[case::staged("reference@staged")]
fn eight_into_one_target_place_the_package_on_ext4(#[case] linker: &str) {
    link(linker).at_once("8").on("ext4", |seen| {
        seen.exits(0).breaks([]).judged(C10, Verdict::Kept);
    });
}

#[rstest]
fn eight_from_one_cache_place_the_package_on_ext4(
    #[values("uv@0.6.1", "uv", "deno", "pnpm@10.34.9", "rsync", "reference@per-file", "reference@restart")]
    linker: &str,
) {
    link(linker).at_once("8-apart").on("ext4", |seen| {
        seen.exits(0).breaks([]).judged(C10, Verdict::Kept);
    });
}

/// Whoever comes second finds a name that is there already, however the two meet.
#[rstest]
fn the_second_of_two_fails_on_ext4(
    #[values("reference@per-file", "reference@first-file", "reference@restart", "reference@strict")] linker: &str,
) {
    link(linker).at_once("2").on("ext4", |seen| {
        assert_eq!(seen.outcome().at_once.as_deref(), Some("2"));
        seen.exits(1).judged(C10, Verdict::Broken);
    });
}
