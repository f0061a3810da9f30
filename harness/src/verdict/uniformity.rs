//! C3 uniform and C4 economical: one strategy, and none dearer than need be.

use super::case::{Case, broken_by, kept, not_judged};
use crate::outcome::{Judgement, Placement, Strategy};

/// C3: one strategy for the package, beside the files that the linker declares it always copies.
pub fn uniform(case: &Case<'_>) -> Judgement {
    if case.placement() != Placement::Mixed {
        return kept();
    }
    let counts = case.counts();
    let mut evidence: Vec<_> = counts.iter().map(|(placement, count)| format!("{count} files: {placement}")).collect();
    let telling = case.telling();
    let least = telling.iter().min_by_key(|(_, count)| **count).map(|(placement, _)| *placement);
    let odd = case.placed.iter().filter(|placed| Some(placed.placement) == least);
    evidence.extend(odd.map(|placed| format!("{}: {}", case.target_path(placed.file), placed.placement)));
    broken_by(evidence)
}

/// C4: no file was copied that the pairing could have linked within the mode's own chain. A strategy that is refused for one
/// file of the package cannot place the package uniformly, so it would not have been economy; and a file that the cache does
/// not hold cannot be linked.
pub fn economical(case: &Case<'_>) -> Judgement {
    let probe = &case.record.probe;
    let before = case.chain.iter().take_while(|strategy| **strategy != Strategy::Copy);
    let mut works = before.filter(|strategy| probe.answers.iter().all(|answer| answer.refusal(**strategy).is_none()));
    let Some(strategy) = works.next() else { return kept() };
    if probe.answers.is_empty() {
        return not_judged("the cache holds no file of the package, so nothing could be tried");
    }
    let copied = case.placed.iter().filter(|placed| placed.placement == Placement::Copy && placed.cached.is_some());
    let wasted =
        copied.map(|placed| format!("{}: copied, though a {strategy} works here", case.target_path(placed.file)));
    let wasted: Vec<_> = wasted.collect();
    if wasted.is_empty() && case.undecided() {
        return not_judged("whether files were copied or reflinked needs a trace of the system calls");
    }
    broken_by(wasted)
}
