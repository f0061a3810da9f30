//! bun: 1.3.0 and the newest, by its hoisted and its isolated linker. None of them says anything of a fallback.

use exdev::outcome::Placement::{Copy, HardLink, Reflink, Symlink};
use exdev::outcome::Rule::{C2, C3, C4, C5, C6};
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
