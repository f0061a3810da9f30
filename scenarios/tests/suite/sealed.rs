//! A cache in the lower layer of an overlay that is read-only for ever: a squashfs or an erofs, as images of containers and live
//! systems have.

use exdev::outcome::Placement::{HardLink, Nothing, Reflink};
use exdev::outcome::Rule::C3;
use rstest::rstest;

use crate::trial::link;

/// A hard link has the cached file copied up first, as from any other lower layer; reflinks there are none.
#[rstest]
fn a_hard_link_copies_up(
    #[values("uv", "uv@0.6.1", "bun", "yarn", "reference@restart")] linker: &str,
    #[values("overlay+squashfs", "overlay+erofs", "overlay-tmpfs+squashfs")] pairing: &str,
) {
    link(linker).on(pairing, |seen| {
        seen.exits(0).placed_by(HardLink).breaks([]);
    });
}

/// git looks whether a link is what it linked. A file of a squashfs that is copied up has another inode number than before, and then
/// git gives up; one of an erofs keeps it.
#[test]
fn git_takes_a_copied_up_file_for_another() {
    link("git").on("overlay+squashfs", |seen| {
        let object = "/exdev/cell/target/objects/01/4314fb1cbf26aba2be0a8a4c9365f890eae7a5";
        seen.exits(128)
            .placed_by(Nothing)
            .fails_with([&format!("fatal: hardlink different from source at '{object}'")]);
    });
    link("git").on("overlay+erofs", |seen| {
        seen.exits(0).placed_by(HardLink).breaks([]);
    });
}

/// rattler tries a hard link first, which copies that file up, to where it can be reflinked; no other file can.
#[test]
fn rattler_mixes_where_the_upper_layer_has_reflinks() {
    link("rattler").on("overlay-xfs+erofs", |seen| {
        seen.exits(0).places([(Reflink, 1), (HardLink, 33)]).breaks([C3]);
    });
}
