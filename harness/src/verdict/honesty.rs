//! C5 honest: what the linker said is what it did.

use super::case::{Case, broken_by, not_judged};
use crate::outcome::{Judgement, Placement, Strategy};

/// C5: a fallback that costs is announced, one that did not happen is not, and a strategy that is named is the one used.
///
/// Hints that begin with "if" state no reason, so they are not held against the linker.
pub fn honest(case: &Case<'_>) -> Judgement {
    let copied = case.counts().get(&Placement::Copy).copied().unwrap_or(0);
    let placement = case.placement();
    let mut evidence = Vec::new();
    match case.heard.fallback {
        None if copied > 0 && case.chain.first() != Some(&Strategy::Copy) => {
            evidence.push(format!("{copied} files were copied, and no warning says so"));
        }
        Some(Strategy::Copy) if placement == Placement::Undecided => {
            return not_judged("whether the announced copy was one needs a trace of the system calls");
        }
        Some(announced) if !case.counts().contains_key(&Placement::from(announced)) => {
            evidence.push(format!("a fallback to {announced} is announced, and no file was placed so"));
        }
        _ => {}
    }
    if let Some(named) = case.heard.strategy
        && case.heard.fallback.is_none()
        && !matches!(placement, Placement::Undecided | Placement::Nothing)
        && placement != Placement::from(named)
    {
        evidence.push(format!("{named} is named as the strategy, and it was {placement}"));
    }
    broken_by(evidence)
}
