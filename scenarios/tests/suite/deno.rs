//! deno: whatever is refused, it copies the whole package, and says so in a debug line alone.

use exdev::outcome::Placement::{Copy, HardLink};
use exdev::outcome::Rule::C5;
use rstest::rstest;

use crate::trial::link;

#[test]
fn deno_hard_links_where_it_could_reflink_on_xfs() {
    link("deno").on("xfs", |seen| {
        seen.exits(0).places([(HardLink, 35)]).warns([]).breaks([]).did("link 35 done");
    });
}

/// One refusal is enough, wherever it comes, and nothing of what was linked before stays.
#[rstest]
fn deno_is_never_mixed_on_ext4(
    #[values("link#1", "link#5", "link#2..")] calls: &str,
    #[values("EXDEV", "EPERM", "EMLINK")] errno: &str,
) {
    link("deno").fault(&format!("{calls}={errno}")).on("ext4", |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([]).breaks([C5]).meets_faults(1);
        seen.because(C5, ["copied without a warning: 35 files"]);
    });
}

/// The same without a fault, where one cached file is immutable, or has all the links that ext4 allows.
#[rstest]
#[case::immutable("ext4+immutable", "EPERM for 1 of 35 files, the cached file is immutable or append-only")]
#[case::maxlinks("ext4+maxlinks", "EMLINK for 1 of 35 files, the cached file has all the links that ext4 allows")]
fn deno_copies_all_for_one_file(#[case] pairing: &str, #[case] why: &str) {
    link("deno").on(pairing, |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([]).breaks([C5]).for_reason(&format!("hard link: {why}"));
    });
}
