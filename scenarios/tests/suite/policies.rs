//! What each policy of the reference linker does when a cached file in the middle is immutable and cannot be hard linked.

use exdev::outcome::Placement::{Copy, HardLink};
use exdev::outcome::Rule::{C3, C8};

use crate::trial::link;

#[test]
fn per_file_ends_mixed_on_ext4_immutable() {
    link("reference@per-file").on("ext4+immutable", |seen| {
        seen.exits(0).places([(HardLink, 33), (Copy, 1)]).breaks([C3]).is_accepted();
    });
}

#[test]
fn first_file_fails_and_leaves_half_on_ext4_immutable() {
    link("reference@first-file").on("ext4+immutable", |seen| {
        seen.exits(1).places([(HardLink, 17)]).breaks([C8]).is_accepted();
    });
}

#[test]
fn restart_copies_all_on_ext4_immutable() {
    link("reference@restart").on("ext4+immutable", |seen| {
        seen.exits(0).places([(Copy, 34)]).breaks([]).is_accepted();
    });
}

#[test]
fn strict_fails_clean_on_ext4_immutable() {
    link("reference@strict").on("ext4+immutable", |seen| {
        seen.exits(1).places([]).breaks([]).is_accepted();
    });
}

#[test]
fn staged_copies_all_on_ext4_immutable() {
    link("reference@staged").on("ext4+immutable", |seen| {
        seen.exits(0).places([(Copy, 34)]).breaks([]).is_accepted();
    });
}

/// What another run has in mind for a file with no links left: a copy of it, which has.
#[test]
fn staged_gives_an_exhausted_cached_file_another_inode_on_ext4() {
    link("reference@staged").fault("link#5=EMLINK").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]);
        seen.did("link 1 refused EMLINK by fault, link 34 done");
    });
}
