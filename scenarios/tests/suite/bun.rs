//! bun: 1.3.0 and the newest, by its hoisted and its isolated linker. None of them says anything of a fallback.

use exdev::outcome::Placement::{Copy, HardLink, Reflink, Symlink};
use exdev::outcome::Rule::{C2, C3, C4, C5, C6, C8, C9};
use exdev::outcome::{Placement, Rule};
use rstest::rstest;

use crate::trial::link;

const OLD: &str = "bun@1.3.0";
const OLD_ISOLATED: &str = "bun-isolated@1.3.0";
const NEWEST: &str = "bun";
const NEWEST_ISOLATED: &str = "bun-isolated";

const SILENT: &str = "copied without a warning: 35 files";

/// The isolated linker even says that it makes hard links.
const UNTRUE: &str = "hard link is named as the strategy, and it was copy";

#[rstest]
#[case::hoisted_1_3_0(OLD, &[SILENT])]
#[case::hoisted_newest(NEWEST, &[SILENT])]
#[case::isolated_1_3_0(OLD_ISOLATED, &[SILENT, UNTRUE])]
#[case::isolated_newest(NEWEST_ISOLATED, &[SILENT, UNTRUE])]
fn bun_copies_without_a_word_on_ext4_tmpfs(#[case] linker: &str, #[case] evidence: &[&str]) {
    link(linker).on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([]).breaks([C5]);
        assert_eq!(seen.outcome().contract[&C5].evidence, evidence);
    });
}

/// The copies go over the hard links that were made before: 1.3.0 empties what these lead to, in the cache.
#[test]
fn bun_1_3_0_empties_its_cached_files_on_ext4() {
    link(OLD).fault("link#3=EXDEV").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 2), (Copy, 33)]).warns([]).breaks([C2, C3, C5, C6]).is_accepted();
    });
    link(OLD_ISOLATED).fault("link#3=EXDEV").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 1), (Copy, 34)]).warns([]).breaks([C2, C3, C5, C6]);
        seen.because(C6, ["exdev-pkg@1.0.0@@127.0.0.1@@@1/package.json: other bytes"]);
    });
}

/// <https://github.com/oven-sh/bun/issues/30289>: the newest does not, but its isolated linker leaves the package mixed.
#[rstest]
#[case::hoisted(NEWEST, &[(Copy, 35)], &[C5])]
#[case::isolated(NEWEST_ISOLATED, &[(HardLink, 1), (Copy, 34)], &[C3, C5])]
fn newest_bun_spares_its_cache_on_ext4(
    #[case] linker: &str,
    #[case] files: &[(Placement, usize)],
    #[case] broken: &[Rule],
    #[values("EXDEV", "EPERM")] errno: &str,
) {
    link(linker).fault(&format!("link#3={errno}")).on("ext4", |seen| {
        seen.exits(0).places(files.iter().copied()).warns([]).breaks_all(broken).meets_faults(1);
    });
}

/// <https://github.com/oven-sh/bun/issues/36853>: 1.3.0 takes EPERM for the end, and calls it by another name.
#[test]
fn bun_1_3_0_fails_where_links_are_not_permitted_on_ext4_owner() {
    link(OLD).on("ext4+owner", |seen| {
        seen.exits(1).places([]).breaks([C8]).fails_with(["EACCES: Permission denied while installing exdev-pkg"]);
        seen.for_reason("hard link: EPERM, the cached file belongs to another user (fs.protected_hardlinks)");
    });
    link(NEWEST).on("ext4+owner", |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([]).breaks([C5]);
    });
}

/// Run again, 1.3.0 takes the directory for the package, and is content with it: it exits with 0.
#[rstest]
#[case::hoisted("bun@1.3.0")]
#[case::isolated("bun-isolated@1.3.0")]
fn bun_1_3_0_takes_a_partial_package_for_a_whole_one_on_ext4_immutable(#[case] linker: &str) {
    link(linker).on("ext4+immutable", |seen| {
        seen.exits(1).places([(HardLink, 7)]).breaks([C8, C9]);
        let missing = &seen.outcome().contract[&C9].evidence;
        assert!(missing.iter().all(|line| line.ends_with(": missing")) && missing.len() == 28, "{missing:?}");
    });
}

/// No version copies a file that has all its links; the newest leaves none of those that it has linked.
#[rstest]
#[case::hoisted_1_3_0(OLD, 7, &[C8, C9])]
#[case::hoisted_newest(NEWEST, 0, &[C8])]
#[case::isolated_1_3_0(OLD_ISOLATED, 7, &[C8, C9])]
#[case::isolated_newest(NEWEST_ISOLATED, 0, &[C8])]
fn bun_fails_at_the_link_limit_on_ext4_maxlinks(#[case] linker: &str, #[case] left: usize, #[case] broken: &[Rule]) {
    link(linker).on("ext4+maxlinks", |seen| {
        seen.exits(1).places((left > 0).then_some((HardLink, left))).warns([]).breaks_all(broken);
        seen.for_reason("hard link: EMLINK for 1 of 35 files, the cached file has all the links that ext4 allows");
    });
}

/// Of the isolated linker's failure a symlink is left that leads nowhere.
#[rstest]
#[case::isolated_1_3_0(OLD_ISOLATED, "EPERM")]
#[case::isolated_1_3_0_at_the_limit(OLD_ISOLATED, "EMLINK")]
#[case::isolated_newest(NEWEST_ISOLATED, "EMLINK")]
fn bun_isolated_leaves_a_dangling_symlink_on_ext4(#[case] linker: &str, #[case] errno: &str) {
    link(linker).fault(&format!("link#1..={errno}")).on("ext4", |seen| {
        seen.exits(1).places([]).breaks([C8]).because(C8, ["node_modules/exdev-pkg: left behind"]);
    });
}

/// On Linux `clonefile` clones nothing; it is `copyfile` that does.
#[rstest]
fn bun_reflinks_when_asked_to_copy_and_not_when_asked_to_clone(
    #[values(OLD, NEWEST, OLD_ISOLATED, NEWEST_ISOLATED)] linker: &str,
    #[values("xfs", "btrfs")] pairing: &str,
) {
    link(linker).mode("clonefile").on(pairing, |seen| {
        seen.exits(0).places([(HardLink, 35)]).warns([]).breaks([]);
    });
    link(linker).mode("copyfile").on(pairing, |seen| {
        seen.exits(0).places([(Reflink, 35)]).warns([]).breaks([]).did("reflink 35 done");
    });
}

/// The hoisted linker makes the symlinks that it is asked for; the isolated one copies instead, without a word.
#[rstest]
#[case::hoisted_1_3_0(OLD, Symlink, &[])]
#[case::hoisted_newest(NEWEST, Symlink, &[])]
#[case::isolated_1_3_0(OLD_ISOLATED, Copy, &[C4, C5])]
#[case::isolated_newest(NEWEST_ISOLATED, Copy, &[C4, C5])]
fn bun_isolated_makes_no_symlinks(
    #[case] linker: &str,
    #[case] placement: Placement,
    #[case] broken: &[Rule],
    #[values("ext4", "ext4:tmpfs")] pairing: &str,
) {
    link(linker).mode("symlink").on(pairing, |seen| {
        seen.exits(0).places([(placement, 35)]).warns([]).breaks_all(broken);
    });
}
