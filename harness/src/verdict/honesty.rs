//! C5 honest: what the linker said is what it did.

use super::case::{Case, broken_by, not_judged};
use crate::outcome::{Judgement, Placement, Strategy};

/// C5: a fallback that costs is announced, one that did not happen is not, and a strategy that is named is the one used.
///
/// Hints that begin with "if" state no reason, so they are not held against the linker.
pub fn honest(case: &Case<'_>) -> Judgement {
    let evidence: Vec<_> = [silence(case), announcement(case), name(case)].into_iter().flatten().collect();
    let asked_to_copy = case.chain.first() == Some(&Strategy::Copy);
    if evidence.is_empty() && case.undecided() && !asked_to_copy {
        return not_judged(match case.heard.fallback {
            Some(Strategy::Copy) => "whether the announced copy was one needs a trace of the system calls",
            _ => "whether files were copied without a warning needs a trace of the system calls",
        });
    }
    broken_by(evidence)
}

/// A fallback to copies of which no warning says anything.
fn silence(case: &Case<'_>) -> Option<String> {
    let copied = *case.counts().get(&Placement::Copy)?;
    let expected = [case.heard.fallback, case.chain.first().copied()].contains(&Some(Strategy::Copy));
    (!expected).then(|| format!("{copied} files were copied, and no warning says so"))
}

/// A warning of a fallback that did not happen.
fn announcement(case: &Case<'_>) -> Option<String> {
    let announced = case.heard.fallback?;
    if case.chain.first() == Some(&announced) {
        return Some(format!("a fallback to {announced} is announced, and the mode begins with it"));
    }
    let perhaps = case.undecided() && matches!(announced, Strategy::Copy | Strategy::Reflink);
    let happened = case.counts().contains_key(&Placement::from(announced)) || perhaps;
    (!happened).then(|| format!("a fallback to {announced} is announced, and no file was placed so"))
}

/// A strategy that is named for the package and not the one used. One that an announced fallback names holds only from there on.
fn name(case: &Case<'_>) -> Option<String> {
    let named = case.heard.strategy.filter(|named| case.heard.fallback != Some(*named))?;
    let placement = case.placement();
    let other = placement != Placement::from(named) && !matches!(placement, Placement::Undecided | Placement::Nothing);
    other.then(|| format!("{named} is named as the strategy, and it was {placement}"))
}
