//! C3 uniform and C4 economical: one strategy, and none dearer than need be.

use super::case::{Case, broken_by, files, kept, not_judged};
use crate::outcome::{Judgement, Placement, Strategy};

/// C3: one strategy for the package, beside the files that the linker declares it always copies.
pub fn uniform(case: &Case<'_>) -> Judgement {
    if case.placement() != Placement::Mixed {
        return kept();
    }
    let counts = case.chosen();
    let mut evidence: Vec<_> =
        counts.iter().map(|(placement, count)| format!("{}: {placement}", files(*count))).collect();
    let telling = case.telling();
    let least = telling.iter().min_by_key(|(_, count)| **count).map(|(placement, _)| *placement);
    let odd = case.by_choice().filter(|placed| Some(placed.placement) == least);
    evidence.extend(odd.map(|placed| format!("{}: {}", case.target_path(placed.file), placed.placement)));
    broken_by(evidence)
}

/// C4: no file was copied that the pairing could have linked within the mode's own chain. A strategy that is refused for one
/// file of the package, by the kernel or by a fault, cannot place the package uniformly, so it would not have been economy; and
/// a file that the cache does not hold cannot be linked.
pub fn economical(case: &Case<'_>) -> Judgement {
    let probe = &case.record.probe;
    let before = case.chain.iter().take_while(|strategy| **strategy != Strategy::Copy);
    let refused = |strategy: Strategy| {
        probe.answers.iter().any(|answer| answer.refusal(strategy).is_some())
            || case.did.refusals(strategy).next().is_some()
    };
    let mut works = before.filter(|strategy| !refused(**strategy));
    let Some(strategy) = works.next() else { return kept() };
    if probe.answers.is_empty() {
        return not_judged("the cache holds no file of the package, so nothing could be tried");
    }
    let copied = case.by_choice().filter(|placed| placed.placement == Placement::Copy && placed.cached.is_some());
    let wasted =
        copied.map(|placed| format!("{}: copied, though a {strategy} works here", case.target_path(placed.file)));
    let wasted: Vec<_> = wasted.collect();
    if case.undecided() {
        return not_judged("whether files were copied or reflinked was not seen");
    }
    broken_by(wasted)
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno;
    use crate::observe::{Extents, Kind, Node};
    use crate::outcome::Rule::{C3, C4};
    use crate::outcome::{Exit, Strategy, Verdict};
    use crate::package::{Size, package};
    use crate::pairing::Names;
    use crate::probe::{Obstacle, Probe};
    use crate::verdict::sample::{MODULE, Sample, TOOL, UV_WARNING};

    fn inline(node: &mut Node) {
        if let Kind::File { extents, .. } = &mut node.kind {
            *extents = Extents::Inline;
        }
    }

    #[test]
    fn one_strategy_is_uniform() {
        for sample in [Sample::linked(), Sample::reflinked(), Sample::copied()] {
            sample.keeps(C3);
        }
        // A file that shows nothing follows those that do.
        Sample::reflinked().target(TOOL, inline).keeps(C3);
        Sample::linked().without("exdev_pkg").without("exdev_pkg-1.0.dist-info").keeps(C3);
    }

    #[test]
    fn the_rarest_strategy_of_several_is_named_by_file() {
        Sample::linked()
            .placed(MODULE, Strategy::Copy)
            .breaks(C3, &["33 files: hard link", "1 file: copy", "exdev_pkg/module_04.py: copy"]);
        Sample::linked().placed(MODULE, Strategy::Symlink).placed(TOOL, Strategy::Symlink).breaks(
            C3,
            &[
                "32 files: hard link",
                "2 files: symlink",
                "exdev_pkg/bin/tool: symlink",
                "exdev_pkg/module_04.py: symlink",
            ],
        );
    }

    #[test]
    fn an_empty_file_that_is_made_anew_by_design_is_not_the_odd_one() {
        let linked = Sample::new("dvc@3.67.1", "ext4", Strategy::HardLink).mode("hardlink");
        let linked = linked.placed("exdev_pkg/py.typed", Strategy::Copy);
        linked.keeps(C3);
        let evidence = ["31 files: hard link", "1 file: copy", "package/exdev_pkg/module_04.py: copy"];
        linked.placed(MODULE, Strategy::Copy).breaks(C3, &evidence);
    }

    #[test]
    fn a_file_that_shows_nothing_is_not_the_odd_one() {
        Sample::linked()
            .placed(MODULE, Strategy::Copy)
            .placed(TOOL, Strategy::Copy)
            .placed("exdev_pkg/py.typed", Strategy::Copy)
            .breaks(
                C3,
                &[
                    "31 files: hard link",
                    "2 files: copy",
                    "1 file: copy or reflink",
                    "exdev_pkg/bin/tool: copy",
                    "exdev_pkg/module_04.py: copy",
                ],
            );
        // Whatever it is, a new inode is no hard link.
        Sample::linked()
            .placed("exdev_pkg/py.typed", Strategy::Copy)
            .breaks(C3, &["33 files: hard link", "1 file: copy or reflink", "exdev_pkg/py.typed: copy or reflink"]);
    }

    #[test]
    fn a_link_that_works_is_the_economy() {
        for sample in [Sample::linked(), Sample::reflinked(), Sample::copied(), Sample::copied().mode("copy")] {
            sample.keeps(C4);
        }
        Sample::linked()
            .placed(MODULE, Strategy::Copy)
            .breaks(C4, &["exdev_pkg/module_04.py: copied, though a hard link works here"]);
        let copied = Sample::new("uv@0.13.9", "xfs", Strategy::Copy);
        let wasted = |sample: &Sample, strategy: &str| {
            let full = package(Size::Small, Names::POSIX).files.iter().filter(|file| !file.bytes.is_empty());
            let lines = full.map(|file| format!("{}: copied, though a {strategy} works here", file.path));
            let judgement = &sample.judge().contract[&C4];
            assert_eq!((judgement.verdict, &judgement.evidence), (Verdict::Broken, &lines.collect()));
        };
        wasted(&copied, "reflink");
        wasted(&copied.clone().refused(Strategy::Symlink, Errno::EPERM), "reflink");
        let all = copied.clone().refused(Strategy::Reflink, Errno::EOPNOTSUPP);
        let evidence = &all.judge().contract[&C4].evidence;
        assert_eq!(evidence.len(), 34);
        assert!(evidence.iter().all(|line| line.ends_with(": copied, though a hard link works here")));
        copied.refused(Strategy::Reflink, Errno::EINVAL).refused(Strategy::HardLink, Errno::EPERM).keeps(C4);
    }

    #[test]
    fn a_copy_that_was_asked_for_is_economical() {
        Sample::new("uv@0.6.1", "ext4", Strategy::Copy).mode("copy").keeps(C4);
    }

    #[test]
    fn a_strategy_refused_for_one_file_is_no_economy() {
        let refused =
            |sample: Sample| sample.refused_for(MODULE, Strategy::HardLink, Errno::EPERM, Some(Obstacle::Immutable));
        refused(Sample::linked().placed(MODULE, Strategy::Copy)).keeps(C4);
        refused(Sample::new("reference@restart", "ext4", Strategy::Copy)).keeps(C4);
    }

    #[test]
    fn what_the_cache_does_not_hold_cannot_be_linked() {
        let copied = Sample::new("uv@0.13.9", "ext4:xfs", Strategy::Symlink).mode("symlink");
        let mut copied = copied.placed(MODULE, Strategy::Copy);
        copied.breaks(C4, &["exdev_pkg/module_04.py: copied, though a symlink works here"]);
        copied.record.cache_after.remove(&copied.cached(MODULE));
        copied.keeps(C4);
        let mut none = Sample::copied();
        none.record.probe = Probe::default();
        none.leaves_open(C4, "the cache holds no file of the package, so nothing could be tried");
        none.mode("copy").keeps(C4);
    }

    #[test]
    fn what_may_be_a_copy_is_not_judged() {
        let reason = "whether files were copied or reflinked was not seen";
        Sample::reflinked().stderr(UV_WARNING).leaves_open(C4, reason);
        Sample::reflinked().extents(&Extents::Inline).leaves_open(C4, reason);
        Sample::linked().placed("exdev_pkg/py.typed", Strategy::Copy).leaves_open(C4, reason);
        // With evidence there is no doubt.
        let both = Sample::linked().placed("exdev_pkg/py.typed", Strategy::Copy).placed(MODULE, Strategy::Copy);
        both.breaks(C4, &["exdev_pkg/module_04.py: copied, though a hard link works here"]);
        // Where nothing could be linked, it does not matter.
        let refused = Sample::reflinked().stderr(UV_WARNING).refused(Strategy::HardLink, Errno::EXDEV);
        refused.refused(Strategy::Reflink, Errno::EXDEV).keeps(C4);
    }

    #[test]
    fn a_linker_that_failed_is_not_judged() {
        let failed = Sample::linked().placed(MODULE, Strategy::Copy).exit(Exit::Signal(15));
        failed.leaves_open(C3, "the linker failed (signal 15)");
        failed.leaves_open(C4, "the linker failed (signal 15)");
    }
}
