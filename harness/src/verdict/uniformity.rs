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
    let least = counts.iter().min_by_key(|(_, count)| **count).map(|(placement, _)| *placement);
    let odd = case.placed.iter().filter(|placed| Some(placed.placement) == least);
    evidence.extend(odd.map(|placed| format!("{}: {}", case.target_path(placed.file), placed.placement)));
    broken_by(evidence)
}

/// C4: no file was copied that the pairing could have linked within the mode's own chain.
pub fn economical(case: &Case<'_>) -> Judgement {
    let first: Vec<_> = case.chain.iter().take_while(|strategy| **strategy != Strategy::Copy).collect();
    let works = |path: &str| {
        let answer = case.record.probe.answer(path)?;
        first.iter().find(|strategy| answer.refusal(***strategy).is_none())
    };
    let copied = case.placed.iter().filter(|placed| placed.placement == Placement::Copy);
    let wasted = copied.filter_map(|placed| {
        let strategy = works(placed.cached?.0)?;
        Some(format!("{}: copied, though a {strategy} works here", case.target_path(placed.file)))
    });
    let wasted: Vec<_> = wasted.collect();
    let undecided = case.placed.iter().any(|placed| {
        placed.placement == Placement::Undecided && placed.cached.is_some_and(|(path, _)| works(path).is_some())
    });
    if wasted.is_empty() && undecided && case.placement() != Placement::Reflink {
        return not_judged("whether files were copied or reflinked needs a trace of the system calls");
    }
    broken_by(wasted)
}
