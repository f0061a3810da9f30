//! The linkers that a system has: git, ostree, rsync, ccache, cargo and cp, in whatever version that is.

use exdev::outcome::Placement::{Copy, HardLink, Reflink};
use exdev::outcome::Rule::{C2, C3, C5, C8};
use exdev::outcome::{Placement, Rule};
use rstest::rstest;

use crate::trial::link;

/// Silence is a broken promise; what is asked to link and nothing else fails instead, and cp leaves directories behind.
#[rstest]
#[case::git("git", "default", 0, &[(Copy, 48)], &[C2, C5])]
#[case::git_local("git", "local", 128, &[], &[])]
#[case::git_no_hardlinks("git", "no-hardlinks", 0, &[(Copy, 48)], &[C2])]
#[case::ostree("ostree", "default", 0, &[(Copy, 34)], &[C5])]
#[case::ostree_require_hardlinks("ostree", "require-hardlinks", 1, &[], &[])]
#[case::rsync("rsync", "default", 0, &[(Copy, 34)], &[C5])]
#[case::ccache("ccache", "default", 0, &[(Copy, 6)], &[])]
#[case::ccache_hard_link("ccache", "hard_link", 0, &[(Copy, 6)], &[C5])]
#[case::ccache_file_clone("ccache", "file_clone", 0, &[(Copy, 6)], &[C5])]
#[case::cargo("cargo", "default", 0, &[(Copy, 6)], &[C5])]
#[case::cp("cp", "default", 0, &[(Copy, 34)], &[C5])]
#[case::cp_link("cp", "link", 1, &[], &[C8])]
fn two_filesystems_of_ext4_tmpfs(
    #[case] linker: &str,
    #[case] mode: &str,
    #[case] exit: i32,
    #[case] files: &[(Placement, usize)],
    #[case] broken: &[Rule],
) {
    link(linker).mode(mode).on("ext4:tmpfs", |seen| {
        seen.exits(exit).places(files.iter().copied()).warns([]).breaks_all(broken);
    });
}

/// All others try each file anew, so that one is copied.
#[rstest]
#[case::rsync("rsync", "default", &[(HardLink, 33), (Copy, 1)])]
#[case::ostree("ostree", "default", &[(HardLink, 31), (Copy, 3)])]
#[case::ccache("ccache", "hard_link", &[(HardLink, 5), (Copy, 1)])]
#[case::cargo("cargo", "default", &[(HardLink, 5), (Copy, 1)])]
fn one_link_that_is_refused_is_one_copy_on_ext4(
    #[case] linker: &str,
    #[case] mode: &str,
    #[case] files: &[(Placement, usize)],
    #[values("EXDEV", "EPERM")] errno: &str,
) {
    link(linker).mode(mode).fault(&format!("link#3={errno}")).on("ext4", |seen| {
        seen.exits(0).places(files.iter().copied()).warns([]).breaks([C3, C5]);
    });
}

/// Only who asks for it hears of each link that was refused.
#[test]
fn rsync_tells_who_asks_on_ext4_tmpfs() {
    link("rsync").mode("verbose").on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 34)]).warned(true).breaks([]);
        assert_eq!(seen.outcome().warnings.len(), 34);
    });
}

/// What was refused is there, and empty.
#[test]
fn cp_that_must_reflink_leaves_empty_files_on_ext4() {
    link("cp").mode("reflink-always").on("ext4", |seen| {
        seen.exits(1).places([(Copy, 34)]).breaks([C8]);
        let evidence = &seen.outcome().contract[&C8].evidence;
        assert_eq!(evidence[0], "34 of the package's 34 files were left behind");
        assert_eq!(evidence.iter().filter(|line| line.contains(": other bytes (0 instead of ")).count(), 32);
    });
    link("cp").mode("reflink-always").fault("reflink#3=EAGAIN").on("xfs", |seen| {
        seen.exits(1).places([(Reflink, 33), (Copy, 1)]).breaks([C8]);
    });
}
