//! DVC: a list of links to try, of which a refusal drops one for all later files. Its cache knows nothing of executables.

use exdev::outcome::Placement::{Copy, HardLink, Reflink};
use exdev::outcome::Rule::{C2, C3, C5};
use rstest::rstest;

use crate::trial::link;

/// By default it tries a reflink, and then copies. What is executable in the package is not in the target.
#[rstest]
#[case::ext4("ext4", "reflink: EOPNOTSUPP, no reflinks on ext4")]
#[case::ext4_tmpfs("ext4:tmpfs", "reflink: EXDEV, different filesystems (ext4, tmpfs)")]
fn dvc_copies_without_a_word_and_loses_the_executable_bit(#[case] pairing: &str, #[case] reason: &str) {
    link("dvc").on(pairing, |seen| {
        seen.exits(0).places([(Copy, 34)]).warns([]).breaks([C2, C5]).for_reason(reason);
        seen.because(C2, ["package/exdev_pkg/bin/tool: mode 644 instead of 755"]);
    });
}

/// A copy is tried as a reflink, in every mode.
#[rstest]
fn dvc_reflinks(#[values("default", "copy", "reflink")] mode: &str, #[values("xfs", "btrfs")] pairing: &str) {
    link("dvc").mode(mode).on(pairing, |seen| {
        seen.exits(0).places([(Reflink, 34)]).warns([]).breaks([C2]);
    });
}

/// Links show the cache's own permission bits, 0444. Empty files are made anew.
#[test]
fn dvc_hard_links_what_is_read_only_on_ext4() {
    link("dvc").mode("hardlink").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 32), (Copy, 2)]).warns([]).breaks([C2]).is_accepted();
    });
}

/// What it fails with is a question, and a page on missing files.
const FAILED: [&str; 4] = [
    "Checkout failed for following targets:",
    "package",
    "Is your cache up to date?",
    "<https://error.dvc.org/missing-files>",
];

#[test]
fn dvc_fails_where_the_list_is_at_its_end_on_ext4_tmpfs() {
    link("dvc").mode("hardlink").on("ext4:tmpfs", |seen| {
        seen.exits(255).places([]).warns([]).breaks([]).fails_with(FAILED).did("link 1 refused EXDEV").is_accepted();
    });
}

#[rstest]
fn dvc_drops_a_refused_link_for_all_later_files_on_ext4(#[values("EXDEV", "EPERM", "ENOSYS")] errno: &str) {
    link("dvc").mode("reflink+hardlink+copy").fault(&format!("link#3={errno}")).on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 2), (Copy, 32)]).warns([]).breaks([C2, C3, C5]).meets_faults(1);
        seen.because(C5, ["copied without a warning: 30 files"]);
    });
}
