//! A cache in the lower layer of an overlay that is read-only for ever: a squashfs or an erofs, as images of containers and live
//! systems have.

use exdev::outcome::Placement::HardLink;
use rstest::rstest;

use crate::trial::link;

/// A hard link has the cached file copied up first, as from any other lower layer; reflinks there are none.
#[rstest]
fn a_hard_link_copies_up(
    #[values("uv", "uv@0.6.1", "bun", "git", "reference@restart")] linker: &str,
    #[values("overlay+squashfs", "overlay+erofs", "overlay-tmpfs+squashfs")] pairing: &str,
) {
    link(linker).on(pairing, |seen| {
        seen.exits(0).placed_by(HardLink).breaks([]);
    });
}
