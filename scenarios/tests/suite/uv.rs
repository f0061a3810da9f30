//! uv's rules over time. The versions are those in which a rule changed.

use exdev::outcome::Placement::{Copy, HardLink, Reflink};
use exdev::outcome::Rule::C8;
use exdev::package::Size;
use rstest::rstest;

use crate::trial::link;

/// The warning of 0.3.1 and later.
pub const WARNING: &str = "\
warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning.";

/// <https://github.com/astral-sh/uv/issues/15149>: the warning that the report is about.
#[test]
fn uv_0_6_1_copies_every_file_and_warns_on_ext4_tmpfs() {
    link("uv@0.6.1").on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 34)]).warns([WARNING]).breaks([]);
        seen.for_reason("hard link: EXDEV, different filesystems (ext4, tmpfs)").is_accepted();
    });
}

#[test]
fn uv_0_6_1_hard_links_without_a_word_on_ext4() {
    link("uv@0.6.1").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]).is_accepted();
    });
}

/// <https://github.com/astral-sh/uv/issues/17962>: equal device numbers promise nothing.
#[test]
fn uv_0_6_1_copies_over_a_bind_mount_although_the_device_is_equal_on_ext4_bind() {
    link("uv@0.6.1").on("ext4+bind", |seen| {
        let outcome = seen.outcome();
        assert_eq!(outcome.cache.device, outcome.target.device);
        assert_ne!(outcome.cache.mount_id, outcome.target.mount_id);
        seen.exits(0).places([(Copy, 34)]).warns([WARNING]).breaks([]);
        seen.for_reason("hard link: EXDEV, another mount of the same ext4").is_accepted();
    });
}

#[rstest]
#[case::btrfs("btrfs")]
#[case::xfs("xfs")]
fn newest_uv_reflinks(#[case] pairing: &str) {
    link("uv").on(pairing, |seen| {
        seen.exits(0).placed_by(Reflink).warns([]).breaks([]).is_accepted();
    });
}

#[test]
fn newest_uv_hard_links_on_ext4() {
    link("uv").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([]);
        seen.for_reason("reflink: EOPNOTSUPP, no reflinks on ext4");
    });
}

/// A file in the middle that cannot be linked: uv aborts and leaves what it had placed.
#[rstest]
#[case::uv_0_6_1("uv@0.6.1")]
#[case::uv_newest("uv")]
fn uv_leaves_a_partial_tree_on_ext4_immutable(#[case] linker: &str) {
    link(linker).on("ext4+immutable", |seen| {
        seen.exits(2).places([(HardLink, 6)]).breaks([C8]).is_accepted();
    });
}

#[test]
fn uv_tool_install_follows_the_same_rules_on_ext4_tmpfs() {
    link("uv-tool@0.6.1").on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 34)]).warns([WARNING]).breaks([]).is_accepted();
    });
}

/// Each wording of the warning, in the version that brought it.
#[rstest]
#[case::uv_0_2_23("0.2.23")]
#[case::uv_0_2_37("0.2.37")]
#[case::uv_0_3_1("0.3.1")]
fn the_warning_of_ext4_tmpfs(#[case] version: &str) {
    link(&format!("uv@{version}")).on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 34)]).is_accepted();
    });
}

/// 20,000 files: the first one decides for all.
#[test]
fn uv_places_a_large_package_on_ext4_and_ext4_tmpfs() {
    let large = link("uv@0.6.1").package(Size::Large);
    large.on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 20_000)]).warns([]).breaks([]);
    });
    large.on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 20_000)]).warns([WARNING]).breaks([]);
    });
}
