//! C5 honest: what the linker said is what it did.

use std::collections::BTreeMap;

use super::case::{Case, broken_by, files, not_judged};
use crate::outcome::{Judgement, Placement, Strategy};

/// C5: a fallback that costs is announced, and not twice, one that did not happen is not, a strategy that is named is the one used, and a refusal
/// that is reported was one.
///
/// Hints that begin with "if" state no reason, so they are not held against the linker.
pub fn honest(case: &Case<'_>) -> Judgement {
    let mut evidence: Vec<_> =
        [silence(case), announcement(case), repetition(case), name(case)].into_iter().flatten().collect();
    evidence.extend(excuses(case));
    let asked_to_copy = case.chain.first() == Some(&Strategy::Copy);
    if evidence.is_empty() && case.undecided() && !asked_to_copy {
        return not_judged(match case.heard.fallback {
            Some(Strategy::Copy) => "whether the announced copy was one was not seen",
            _ => "whether files were copied without a warning was not seen",
        });
    }
    broken_by(evidence)
}

/// A fallback to copies of which no warning says anything.
fn silence(case: &Case<'_>) -> Option<String> {
    let copied = *case.chosen().get(&Placement::Copy)?;
    let expected = [case.heard.fallback, case.chain.first().copied()].contains(&Some(Strategy::Copy));
    (!expected).then(|| format!("copied without a warning: {}", files(copied)))
}

/// A warning of a fallback that did not happen.
fn announcement(case: &Case<'_>) -> Option<String> {
    let announced = case.heard.fallback?;
    if case.chain.first() == Some(&announced) {
        return Some(format!("a fallback to {announced} is announced, and the mode begins with it"));
    }
    let perhaps = case.undecided() && matches!(announced, Strategy::Copy | Strategy::Reflink);
    let happened = case.chosen().contains_key(&Placement::from(announced)) || perhaps;
    (!happened).then(|| format!("a fallback to {announced} is announced, and no file was placed so"))
}

/// A fallback that is announced by the same line more than once.
fn repetition(case: &Case<'_>) -> Option<String> {
    case.heard.fallback?;
    let mut counts = BTreeMap::new();
    case.heard.warnings.iter().for_each(|line| *counts.entry(line).or_insert(0) += 1);
    let (line, count) = counts.into_iter().find(|(_, count)| *count > 1)?;
    Some(format!("said {count} times: {line}"))
}

/// Refusals that are reported with an errno, and that nobody met.
fn excuses(case: &Case<'_>) -> Vec<String> {
    if case.unseen().is_some() {
        return Vec::new();
    }
    let untrue = case.heard.refusals.iter().filter_map(|refusal| {
        let (strategy, errno) = (refusal.strategy, refusal.errno?);
        if strategy == Strategy::Copy || case.did.refusals(strategy).any(|event| event.answer.errno() == Some(errno)) {
            return None;
        }
        Some(format!("a {strategy} is said to be refused with {errno}, and none was"))
    });
    untrue.collect()
}

/// A strategy that is named for the package and not the one used. One that an announced fallback names holds only from there on.
fn name(case: &Case<'_>) -> Option<String> {
    let named = case.heard.strategy.filter(|named| case.heard.fallback != Some(*named))?;
    let placement = case.placement();
    let perhaps = match placement {
        Placement::Nothing => true,
        Placement::Undecided => matches!(named, Strategy::Copy | Strategy::Reflink),
        _ => placement == Placement::from(named),
    };
    (!perhaps).then(|| format!("{named} is named as the strategy, and it was {placement}"))
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno;
    use crate::observe::Extents;
    use crate::outcome::Rule::C5;
    use crate::outcome::{Exit, Strategy};
    use crate::verdict::sample::{MODULE, Sample, UV_WARNING};

    const TO_HARD_LINK: &str =
        "warning: failed to reflink /exdev/cell/cache/a to /exdev/cell/target/a: EXDEV; falling back to hard link\n";
    const TO_COPY: &str =
        "warning: failed to hard link /exdev/cell/cache/a to /exdev/cell/target/a: EXDEV; falling back to copy\n";

    fn reference(strategy: Strategy) -> Sample {
        Sample::new("reference@per-file", "ext4", strategy)
    }

    #[test]
    fn what_was_said_was_done() {
        for sample in [Sample::linked(), Sample::reflinked(), Sample::copied()] {
            sample.keeps(C5);
        }
        Sample::linked().placed(MODULE, Strategy::Copy).stdout("").stderr(TO_COPY).keeps(C5);
        reference(Strategy::HardLink).mode("clone").stderr(TO_HARD_LINK).keeps(C5);
        reference(Strategy::Copy).mode("clone").stderr(&format!("{TO_HARD_LINK}{TO_COPY}")).keeps(C5);
        reference(Strategy::Copy).mode("copy").keeps(C5);
    }

    #[test]
    fn a_fallback_is_announced_once() {
        let twice =
            |line: &str| reference(Strategy::Copy).mode("clone").stderr(&format!("{line}{TO_HARD_LINK}{TO_COPY}"));
        twice("").keeps(C5);
        twice(&TO_COPY.replace("/a", "/b")).keeps(C5);
        twice(TO_COPY).breaks(
            C5,
            &["said 2 times: failed to hard link /exdev/cell/cache/a to /exdev/cell/target/a: EXDEV; falling back to copy"],
        );
    }

    #[test]
    fn copies_that_were_not_asked_for_are_announced() {
        // Two empty files show nothing by themselves.
        reference(Strategy::Copy).breaks(C5, &["copied without a warning: 32 files"]);
        Sample::copied().stderr("").breaks(C5, &["copied without a warning: 34 files"]);
        reference(Strategy::HardLink)
            .mode("clone")
            .placed(MODULE, Strategy::Copy)
            .stderr(TO_HARD_LINK)
            .breaks(C5, &["copied without a warning: 1 file"]);
        // A hint is no announcement.
        Sample::copied()
            .stderr("hint: If the cache and target directories are on different filesystems, falling back to copy\n")
            .breaks(C5, &["copied without a warning: 34 files"]);
    }

    #[test]
    fn a_fallback_that_did_not_happen_is_not_announced() {
        Sample::linked()
            .stderr(TO_COPY)
            .stdout("")
            .breaks(C5, &["a fallback to copy is announced, and no file was placed so"]);
        reference(Strategy::Reflink)
            .mode("clone")
            .stderr(TO_HARD_LINK)
            .breaks(C5, &["a fallback to hard link is announced, and no file was placed so"]);
        Sample::copied().mode("copy").breaks(C5, &["a fallback to copy is announced, and the mode begins with it"]);
    }

    #[test]
    fn the_strategy_that_is_named_is_the_one_used() {
        let placed = |strategy: &str| format!("placed 34 files: 34 {strategy}\n");
        reference(Strategy::HardLink)
            .stdout(&placed("copy"))
            .breaks(C5, &["copy is named as the strategy, and it was hard link"]);
        Sample::linked()
            .placed(MODULE, Strategy::Symlink)
            .breaks(C5, &["hard link is named as the strategy, and it was mixed"]);
        reference(Strategy::Copy).stderr(TO_COPY).stdout(&placed("copy")).keeps(C5);
        reference(Strategy::Copy)
            .stderr(TO_COPY)
            .stdout(&placed("hard link"))
            .breaks(C5, &["hard link is named as the strategy, and it was copy"]);
        // What is named by an announced fallback holds from there on.
        let later = Sample::new("uv@0.6.1", "ext4", Strategy::HardLink).placed(MODULE, Strategy::Copy);
        later.stderr(UV_WARNING).keeps(C5);
        let empty = Sample::linked().without("exdev_pkg").without("exdev_pkg-1.0.dist-info");
        empty.keeps(C5);
    }

    #[test]
    fn what_may_be_a_copy_is_not_judged() {
        let announced = "whether the announced copy was one was not seen";
        let silent = "whether files were copied without a warning was not seen";
        Sample::reflinked().stderr(UV_WARNING).leaves_open(C5, announced);
        // New inodes are no hard links; whether the kernel or the linker shared their extents cannot be seen.
        Sample::new("uv@0.6.1", "xfs", Strategy::Reflink).leaves_open(C5, silent);
        Sample::new("uv@0.6.1", "xfs", Strategy::Reflink).mode("copy").keeps(C5);
        Sample::reflinked().extents(&Extents::Inline).leaves_open(C5, silent);
        let empty = Sample::linked().stdout("").placed("exdev_pkg/py.typed", Strategy::Copy);
        empty.clone().stderr(TO_COPY).leaves_open(C5, announced);
        empty.leaves_open(C5, silent);
        Sample::new("uv@0.6.1", "xfs", Strategy::Reflink)
            .stderr("warning: Failed to hardlink files; falling back to clone.\n")
            .leaves_open(C5, silent);
        let copy = reference(Strategy::Reflink).mode("copy").stdout("placed 34 files: 34 copy\n");
        copy.keeps(C5);
        copy.stdout("placed 34 files: 34 hard link\n")
            .breaks(C5, &["hard link is named as the strategy, and it was copy or reflink"]);
        // Neither is it a hard link.
        Sample::reflinked()
            .extents(&Extents::Inline)
            .stderr("warning: Failed to clone files; falling back to hardlink.\n")
            .breaks(C5, &["a fallback to hard link is announced, and no file was placed so"]);
    }

    #[test]
    fn a_linker_that_failed_is_not_judged() {
        let failed = Sample::copied().stderr("").refused(Strategy::HardLink, Errno::EPERM).exit(Exit::Code(2));
        failed.leaves_open(C5, "the linker failed (exit 2)");
    }
}
