//! pnpm: what it says while it copies, what refusals it takes for a reason to fall back, and where it tries whether a link works.
//!
//! Its package has a `package.json` beside the 34 files. From 12.15 it takes no name with a colon, so there it has 34.

use exdev::outcome::Placement::{Copy, HardLink, Mixed, Reflink};
use exdev::outcome::Rule;
use exdev::outcome::Rule::{C3, C5, C8, C9, C11};
use rstest::rstest;

use crate::trial::link;

const TEN: &str = "pnpm@10.34.9";
const TWELVE: &str = "pnpm@12.3.4";
const NEWEST: &str = "pnpm";

/// What C5 says of it where it names hard links and makes none.
const UNTRUE: &str = "hard link is named as the strategy, and it was copy";

/// Asked for hard links it copies whatever is refused, file by file, and says that it made hard links.
#[rstest]
#[case::another_filesystem("ext4:tmpfs", &[], "link 35 refused EXDEV, copy 33 done by sendfile, copy 2 done by write")]
#[case::not_permitted(
    "ext4",
    &["link#1..=EPERM"],
    "link 35 refused EPERM by fault, copy 33 done by copy_file_range, copy 2 done by write"
)]
fn pnpm_10_says_hard_link_while_it_copies(#[case] pairing: &str, #[case] faults: &[&str], #[case] did: &str) {
    let trial = faults.iter().fold(link(TEN).mode("hardlink"), |trial, fault| trial.fault(fault));
    trial.on(pairing, |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([]).breaks([C5]).did(did);
        seen.because(C5, ["copied without a warning: 35 files", UNTRUE]);
    });
}

/// Left to choose, it names the copies where the refusal is EXDEV, and not where it is another one.
#[test]
fn pnpm_10_falls_back_without_a_warning() {
    link(TEN).on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([]).breaks([C5]).is_accepted();
        seen.because(C5, ["copied without a warning: 35 files"]);
    });
    link(TEN).fault("link#1..=EPERM").on("ext4", |seen| {
        seen.exits(0).places([(Copy, 35)]).breaks([C5]);
        seen.because(C5, ["copied without a warning: 35 files", UNTRUE]);
    });
}

/// One refusal in the middle: with EXDEV it begins anew with copies, with any other once more with links. Only where it was
/// asked for hard links is one file alone copied.
#[test]
fn pnpm_10_mixes_where_it_was_asked_for_hard_links_on_ext4() {
    link(TEN).fault("link#3=EXDEV").on("ext4", |seen| {
        seen.exits(0).places([(Copy, 35)]).breaks([C5]);
    });
    link(TEN).fault("link#3=EPERM").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 35)]).breaks([]);
        seen.did("reflink 1 refused EOPNOTSUPP, link 1 refused EPERM by fault, link 37 done");
    });
    link(TEN).mode("hardlink").fault("link#3=EXDEV").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34), (Copy, 1)]).breaks([C3, C5]);
    });
}

/// Whichever reflink is refused, it links the whole package instead; but EAGAIN, which ZFS answers, makes it ask once more.
#[rstest]
fn pnpm_10_never_mixes_reflinks_on_xfs(#[values("1", "3")] at: &str) {
    link(TEN).fault(&format!("reflink#{at}=EXDEV")).on("xfs", |seen| {
        seen.exits(0).places([(HardLink, 35)]).warns([]).breaks([]).meets_faults(1);
    });
    link(TEN).fault(&format!("reflink#{at}=EAGAIN")).on("xfs", |seen| {
        seen.exits(0).places([(Reflink, 35)]).breaks([]).did("reflink 1 refused EAGAIN by fault, reflink 35 done");
    });
    link(TEN).mode("clone").fault(&format!("reflink#{at}=EXDEV")).on("xfs", |seen| {
        seen.exits(1).places([]).breaks([C8]).because(C8, ["directories were left behind"]);
    });
}

/// `pnpm:progress` names the method that was asked for, whatever became of it.
#[rstest]
#[case::pnpm_12_3_4(TWELVE, 35)]
#[case::newest(NEWEST, 34)]
fn pnpm_12_says_what_it_was_asked_for(#[case] linker: &str, #[case] files: usize) {
    let copied = format!("copied without a warning: {files} files");
    link(linker).on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, files)]).warns([]).breaks([C5, C11]).because(C5, [&copied, UNTRUE]);
    });
    link(linker).on("xfs+bind", |seen| {
        seen.exits(0).placed_by(Reflink).breaks([C5, C11]);
        seen.because(C5, ["hard link is named as the strategy, and it was reflink"]);
    });
    link(linker).mode("clone-or-copy").on("ext4", |seen| {
        seen.exits(0).places([(Copy, files)]).breaks([C5, C11]);
        seen.because(C5, [&copied, "reflink is named as the strategy, and it was copy"]);
    });
}

/// <https://github.com/pnpm/pnpm/issues/14771>, <https://github.com/pnpm/pnpm/issues/14782>: not permitted is no reason to fail.
#[rstest]
fn a_link_that_is_not_permitted_ended_pnpm_12_3_4(#[values("EPERM", "EACCES")] errno: &str) {
    let refused = |linker| link(linker).fault(&format!("link#1..={errno}"));
    refused(TWELVE).on("ext4", |seen| {
        seen.exits(1).places([]).breaks([C8, C11]).because(C8, ["directories were left behind"]);
    });
    refused(NEWEST).on("ext4", |seen| {
        seen.exits(0).places([(Copy, 34)]).breaks([C5, C11]);
    });
    refused(NEWEST).on("xfs", |seen| {
        seen.exits(0).places([(Reflink, 34)]).breaks([C5, C11]);
    });
}

/// Asked for hard links, the newest fails as well, but what it has placed so far goes with its stage. The first links are those by
/// which each tries where the store could be: six, or two.
#[test]
fn what_was_placed_before_a_refusal_stayed_in_pnpm_12_3_4_on_ext4() {
    link(TWELVE).mode("hardlink").fault("link#20=EPERM").on("ext4", |seen| {
        seen.exits(1).places([(HardLink, 13)]).breaks([C8, C11]).meets_faults(1);
        seen.because(C8, ["13 of the package's 35 files were left behind"]);
    });
    link(NEWEST).mode("hardlink").fault("link#20=EPERM").on("ext4", |seen| {
        seen.exits(1).places([]).breaks([C8, C11]).did("link 1 refused EPERM by fault, link 17 done");
        seen.because(C8, ["directories were left behind"]);
    });
}

/// <https://github.com/pnpm/pnpm/issues/14778>: one file has all the links that it may have, and all that came after it was copied.
#[test]
fn a_full_inode_ended_hard_links_in_pnpm_12_3_4_on_ext4() {
    link(TWELVE).fault("link#20=EMLINK").on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 13), (Copy, 22)]).breaks([C3, C5, C11]);
    });
    link(TWELVE).mode("hardlink").fault("link#20=EMLINK").on("ext4", |seen| {
        seen.exits(1).places([(HardLink, 13)]).breaks([C8, C11]);
    });
    for mode in ["default", "hardlink"] {
        link(NEWEST).mode(mode).fault("link#20=EMLINK").on("ext4", |seen| {
            seen.exits(0).places([(HardLink, 33), (Copy, 1)]).breaks([C3, C5, C11]);
        });
    }
}

#[rstest]
#[case::pnpm_10(TEN, 34, &[C3, C5])]
#[case::newest(NEWEST, 33, &[C3, C5, C11])]
fn a_full_inode_is_copied_alone_on_ext4_maxlinks(#[case] linker: &str, #[case] linked: usize, #[case] broken: &[Rule]) {
    link(linker).on("ext4+maxlinks", |seen| {
        seen.exits(0).places([(HardLink, linked), (Copy, 1)]).breaks_all(broken);
    });
}

/// <https://github.com/pnpm/pnpm/issues/14722>: EPERM is what a reflink gets in an id-mapped user namespace.
#[test]
fn a_reflink_that_is_not_permitted_ended_pnpm_12_3_4_on_xfs() {
    let refused = |linker| link(linker).mode("clone-or-copy").fault("reflink#1=EPERM");
    refused(TWELVE).on("xfs", |seen| {
        seen.exits(1).places([]).breaks([C8, C11]);
    });
    refused(NEWEST).on("xfs", |seen| {
        seen.exits(0).places([(Copy, 34)]).breaks([C5, C11]);
    });
}

/// A refusal in the middle leaves both ways in one package.
#[rstest]
#[case::pnpm_12_3_4(TWELVE, 16)]
#[case::newest(NEWEST, 15)]
fn pnpm_12_mixes_reflinks_and_copies_on_xfs(#[case] linker: &str, #[case] copied: usize) {
    link(linker).mode("clone-or-copy").fault("reflink#20=EXDEV").on("xfs", |seen| {
        seen.exits(0).placed_by(Mixed).places([(Reflink, 19), (Copy, copied)]).breaks([C3, C5, C11]);
    });
}

/// Told where the store is, it tries all the same where one could be: at home, and for root in every directory above the target.
#[test]
fn pnpm_12_links_outside_of_store_and_target_on_ext4() {
    const MADE: &str = "/exdev/home/.local/share/pnpm/_tmp_[ID]: made";
    const REMOVED: &str = "/exdev/home/.local/share/pnpm/_tmp_[ID]: removed";
    link(TWELVE).on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 35)]).breaks([C11]);
        seen.because(C11, [MADE, REMOVED, MADE, REMOVED, MADE, REMOVED]);
    });
    link(NEWEST).on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34)]).breaks([C11]).because(C11, [MADE, REMOVED]);
    });
    link(NEWEST).by_root().on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34)]).breaks([C11]);
        let tried = &seen.outcome().contract[&C11].evidence;
        let linked: Vec<_> = tried.iter().filter(|line| line.ends_with(": linked")).collect();
        assert_eq!(linked, ["/exdev/cell/_tmp_[ID]/_tmp_[ID]: linked"]);
        assert!(
            ["/_tmp_[ID]: made", "/exdev/_tmp_[ID]: made", MADE]
                .iter()
                .all(|made| tried.iter().any(|line| line == made))
        );
    });
}

/// Found by a sweep: what a killed pnpm has staged beside the package stays there for good. The next run stages anew.
#[test]
fn what_a_killed_pnpm_has_staged_stays_after_the_next_run_on_ext4() {
    link(NEWEST).fault("link#9=kill").on("ext4", |seen| {
        seen.breaks([C9, C11]);
        let left = &seen.outcome().contract[&C9].evidence;
        assert!(left[0].ends_with("/exdev-pkg_pacquet-stage_[ID]: not of the package"), "{left:?}");
    });
}
