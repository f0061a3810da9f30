//! PDM: no strategy but the one that is asked for, and one retry.

use exdev::outcome::Placement::{Copy, HardLink, Symlink};
use exdev::outcome::Rule::C8;
use rstest::rstest;

use crate::trial::link;

#[test]
fn pdm_symlinks_to_wherever_the_cache_is_on_ext4_tmpfs() {
    link("pdm").on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Symlink, 34)]).warns([]).breaks([]).is_accepted();
    });
}

#[test]
fn pdm_hard_links_or_copies_as_it_is_told_on_ext4() {
    for (mode, strategy) in [("hardlink", HardLink), ("copy", Copy)] {
        link("pdm").mode(mode).on("ext4", |seen| {
            seen.exits(0).places([(strategy, 34)]).warns([]).breaks([]);
        });
    }
}

/// The retry begins anew, over what the first try has placed.
#[rstest]
fn pdm_overcomes_one_refusal_by_its_retry_on_ext4(#[values("EXDEV", "EPERM", "EMLINK")] errno: &str) {
    link("pdm").mode("hardlink").fault(&format!("link#3={errno}")).on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]).fails_with([]);
        seen.did(&format!("link 1 refused {errno} by fault, link 36 done"));
    });
}

/// The retry removes the first file of those that were placed, and is refused, too.
#[rstest]
fn pdm_leaves_a_partial_tree_on_ext4(#[values("EXDEV", "EPERM", "EMLINK")] errno: &str) {
    link("pdm").mode("hardlink").fault(&format!("link#3..={errno}")).on("ext4", |seen| {
        seen.exits(1).places([(HardLink, 1)]).warns([]).breaks([C8]).meets_faults(2);
        seen.because(C8, ["1 of the package's 34 files were left behind"]);
    });
}
