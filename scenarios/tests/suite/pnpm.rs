//! pnpm: what it says while it copies, what refusals it takes for a reason to fall back, and where it tries whether a link works.
//!
//! Its package has a `package.json` beside the 34 files. From 12.15 it takes no name with a colon, so there it has 34.

use exdev::outcome::Placement::{Copy, HardLink, Reflink};
use exdev::outcome::Rule::{C3, C5, C8, C9, C11};
use rstest::rstest;

use crate::trial::link;

const TEN: &str = "pnpm@10.34.9";
const TWELVE: &str = "pnpm@12.3.4";
const NEWEST: &str = "pnpm";

/// What C5 says of it where it names hard links and makes none.
const UNTRUE: &str = "hard link is named as the strategy, and it was copy";

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
