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
