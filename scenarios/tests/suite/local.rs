//! Local filesystems that few machines have for their own: vfat, minix and f2fs, alone or behind an NFS server.

use exdev::outcome::Placement::{Copy, HardLink};
use exdev::outcome::Rule::{C8, C9};
use exdev::outcome::Step;
use rstest::rstest;

use crate::trial::link;

/// uv's cache needs a symlink, from the wheels to where they are unpacked: on vfat there is no cache, and nothing is installed.
#[rstest]
#[case::vfat("uv@0.6.1", 1, "vfat")]
#[case::nfs4_2_vfat("uv@0.6.1", 1, "nfs4.2-vfat")]
#[case::newest_vfat("uv", 2, "vfat")]
fn uv_cannot_fill_its_cache_on(#[case] linker: &str, #[case] exit: i32, #[case] pairing: &str) {
    link(linker).on(pairing, |seen| {
        seen.ends_at(Step::Prime).exits(exit).places([]).warns([]).breaks([]).is_accepted();
    });
}

/// It fails before that: its lock is made by a rename that must not replace, which NFS has not, and failing that by a hard link.
#[test]
fn newest_uv_cannot_lock_its_cache_on_nfs4_2_vfat() {
    link("uv").on("nfs4.2-vfat", |seen| {
        seen.ends_at(Step::Prime).exits(2).places([]).warns([]).breaks([]);
        seen.fails_with([
            "Could not acquire lock",
            "Could not persist temporary file `/exdev/cell/cache/.tmp[ID]`",
            "Operation not permitted (os error 1)",
        ]);
        seen.is_accepted();
    });
}

/// The other end does not matter, and a cache elsewhere is filled; the package goes without the name that vfat cannot hold.
#[test]
fn uv_0_6_1_copies_33_files_on_ext4_vfat() {
    link("uv@0.6.1").on("ext4:vfat", |seen| {
        seen.ends_at(Step::Link).exits(0).places([(Copy, 33)]).warned(true).breaks([]);
    });
}

#[rstest]
#[case::uv_0_6_1("uv@0.6.1", None)]
#[case::newest_uv("uv", Some("reflink: EOPNOTSUPP, no reflinks on f2fs"))]
fn uv_hard_links_on_f2fs(#[case] linker: &str, #[case] reason: Option<&str>) {
    link(linker).on("f2fs", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]).gave_reason(reason);
    });
}

/// The package goes without the name that is longer than 30 bytes.
#[rstest]
#[case::uv_0_6_1("uv@0.6.1", None)]
#[case::newest_uv("uv", Some("reflink: EOPNOTSUPP, no reflinks on minix"))]
fn uv_hard_links_33_files_on_minix(#[case] linker: &str, #[case] reason: Option<&str>) {
    link(linker).on("minix", |seen| {
        seen.exits(0).places([(HardLink, 33)]).warns([]).breaks([]).gave_reason(reason);
    });
}

/// <https://github.com/astral-sh/uv/pull/17699>: 250 links to a file, and 0.6.1 leaves a part of the package: how large a part,
/// hangs on the order in which it unpacked the files, which differs where there is more than one processor.
#[test]
fn uv_0_6_1_aborts_at_250_links_and_0_10_9_does_not_on_minix_maxlinks() {
    link("uv@0.6.1").on("minix+maxlinks", |seen| {
        seen.exits(2).placed_by(HardLink).warns([]).breaks([C8, C9]);
        seen.fails_with([
            "Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)",
            "failed to hardlink file from /exdev/cell/cache/archive-v0/[ID]/exdev_pkg/module_04.py to \
             /exdev/cell/target/exdev_pkg/module_04.py: Too many links (os error 31)",
        ]);
    });
    for linker in ["uv@0.10.9", "uv"] {
        link(linker).on("minix+maxlinks", |seen| {
            seen.exits(0).places([(HardLink, 33)]).warns([]).breaks([]);
        });
    }
}
