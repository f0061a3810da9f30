//! What must hold on every pairing, whatever the strategy: one test each, named after the pairing.

use exdev::outcome::Exit;
use rstest::rstest;

use crate::trial::link;

/// The newest uv and the reference linker exit with 0 and keep the whole contract.
#[rstest]
fn keeps_the_contract(
    #[values("uv", "reference@per-file", "reference@restart", "reference@staged")] linker: &str,
    #[values(
        "ext4",
        "ext4:ext4",
        "ext4:xfs",
        "ext4:btrfs",
        "ext4:tmpfs",
        "ext4+bind",
        "ext4+owner",
        "ext4+idmap",
        "xfs",
        "xfs:ext4",
        "xfs:xfs",
        "xfs:btrfs",
        "xfs:tmpfs",
        "xfs+bind",
        "xfs+project",
        "xfs+idmap",
        "xfs-noreflink",
        "xfs-noreflink:xfs",
        "xfs-noreflink+bind",
        "btrfs",
        "btrfs:ext4",
        "btrfs:xfs",
        "btrfs:btrfs",
        "btrfs:tmpfs",
        "btrfs+bind",
        "btrfs+subvolume",
        "tmpfs",
        "tmpfs:ext4",
        "tmpfs:xfs",
        "tmpfs:btrfs",
        "tmpfs:tmpfs",
        "tmpfs+bind",
        "overlay",
        "overlay:ext4",
        "overlay+lower",
        "overlay+bind",
        "overlay-xfs",
        "overlay-xfs+lower",
        "overlay-tmpfs",
        "overlay-tmpfs+lower",
        "overlay-tmpfs:tmpfs"
    )]
    pairing: &str,
) {
    link(linker).on(pairing, |seen| {
        assert_eq!(seen.outcome().exit, Exit::Code(0));
        seen.breaks([]);
    });
}
