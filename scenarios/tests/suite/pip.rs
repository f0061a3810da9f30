//! pip, which never links: what every other linker is to be compared with.

use exdev::outcome::Placement::Copy;
use rstest::rstest;

use crate::trial::link;

#[rstest]
fn pip_copies_and_tries_nothing_else(#[values("ext4", "xfs", "ext4:tmpfs")] pairing: &str) {
    link("pip").fault("link#1..=EXDEV").fault("reflink#1..=EXDEV").on(pairing, |seen| {
        seen.exits(0).places([(Copy, 34)]).warns([]).breaks([]).meets_faults(0).did("copy 34 done by sendfile");
    });
}
