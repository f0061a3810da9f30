//! Why a linker could not use the strategies that it would rather have used.

use std::collections::BTreeMap;

use super::case::Case;
use crate::errno::Errno;
use crate::kernel::wire::Record;
use crate::outcome::{Placement, Step, Strategy};
use crate::probe::Answer;
use crate::reason::{Reason, Scene, Share, why};
use crate::trace::{self, Class};

/// Each strategy of the chain, up to the one used, that was refused for some file or all, with the errno and the reason; `None`
/// when none was. Of a linker that failed before it came to its strategies, what it met instead.
pub fn reason(case: &Case<'_>) -> Option<String> {
    match case.record.step {
        Step::Prime => unfilled(case),
        Step::Link => match injected(case) {
            Some(fault) => Some(refused(case).map_or(fault.clone(), |refused| format!("{refused}; {fault}"))),
            None => before_any(case).or_else(|| refused(case)),
        },
    }
}

/// What faults have refused, by class and errno.
fn injected(case: &Case<'_>) -> Option<String> {
    let mut counts: BTreeMap<(Class, Errno), usize> = BTreeMap::new();
    for event in case.did.events() {
        if let trace::Answer::Injected(errno) = event.answer {
            *counts.entry((event.class, errno)).or_default() += 1;
        }
    }
    let calls = |count| if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
    let pruned = case.did.is_pruned().then(|| "a fault: the cache was pruned".to_owned());
    let refused =
        counts.into_iter().map(|((class, errno), count)| format!("a fault: {errno} for {} of {class}", calls(count)));
    let sentences = refused.chain(pruned);
    Some(sentences.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
}

/// The links within the cache that were refused with the errno that the linker states, and of these the one that it names, if it
/// names one. Without an errno nothing ties what it died of to what a probe can see.
fn unfilled(case: &Case<'_>) -> Option<String> {
    let (stated, kind) = (case.heard.errno?, &case.record.cache_end.kind);
    let named = case.heard.refusals.last().map(|refusal| refusal.strategy);
    let refused = case.record.probe.within_cache.iter().filter(|(_, errno)| **errno == stated);
    let refused = refused.filter(|(strategy, _)| named.is_none_or(|named| named == **strategy));
    let sentences = refused.map(|(strategy, errno)| {
        let why = match *errno {
            Errno::EPERM | Errno::EOPNOTSUPP => Reason::NoLinks { strategy: *strategy, kind: kind.clone() },
            Errno::EACCES => Reason::Permission,
            errno => Reason::Unknown { errno },
        };
        format!("{strategy} in the cache: {errno}, {why}")
    });
    Some(sentences.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
}

/// What ended a linker that placed nothing, if by its own words that was an errno that no strategy was refused with.
fn before_any(case: &Case<'_>) -> Option<String> {
    if case.record.exit.is_success() || case.placement() != Placement::Nothing {
        return None;
    }
    let (line, errno) = case.heard.errors.iter().find_map(|line| Some((line, Errno::stated(line)?)))?;
    let mut refusals = case
        .record
        .probe
        .answers
        .iter()
        .flat_map(|answer| case.chain.iter().filter_map(|strategy| answer.refusal(*strategy)));
    if refusals.any(|refusal| refusal == errno) {
        return None;
    }
    let ends = [
        ("cache", case.place.cache(), &case.record.cache_end),
        ("target", case.place.target(), &case.record.target_end),
    ];
    let (name, _, end) = ends.into_iter().find(|(_, path, _)| line.contains(&*path.to_string_lossy()))?;
    let why = match errno {
        Errno::EROFS => "it is read-only".to_owned(),
        Errno::ENOSPC => Reason::NoSpace { kind: end.kind.clone() }.to_string(),
        Errno::EDQUOT => Reason::Quota { kind: end.kind.clone() }.to_string(),
        Errno::EACCES => Reason::Permission.to_string(),
        errno => Reason::Unknown { errno }.to_string(),
    };
    Some(format!("{name}: {errno}, {why}"))
}

fn refused(case: &Case<'_>) -> Option<String> {
    let used = case.placement();
    let last = case.chain.iter().position(|strategy| Placement::from(*strategy) == used);
    let tried = case.chain.iter().take(last.map_or(case.chain.len(), |last| last + 1));
    let mut refused: Vec<(String, String)> = Vec::new();
    for (strategy, why) in
        tried.flat_map(|strategy| refusals(case, *strategy).into_iter().map(move |why| (strategy, why)))
    {
        match refused.last_mut() {
            Some((strategies, same)) if *same == why => *strategies = format!("{strategies} and {strategy}"),
            _ => refused.push((strategy.to_string(), why)),
        }
    }
    let sentences: Vec<_> = refused.into_iter().map(|(strategies, why)| format!("{strategies}: {why}")).collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

/// Each errno and reason for which the strategy was refused, with the number of files unless it was all.
fn refusals(case: &Case<'_>, strategy: Strategy) -> Vec<String> {
    let (probe, all) = (&case.record.probe, case.record.probe.files.len());
    let mut refused: Vec<(Errno, String, usize)> = Vec::new();
    for (path, answer) in probe.files.keys().filter_map(|path| Some((path, probe.answer(path)?))) {
        let Some(errno) = answer.refusal(strategy) else { continue };
        let why = explain(case, strategy, errno, (path, answer));
        match refused.iter_mut().find(|(known, same, _)| *known == errno && *same == why) {
            Some((.., count)) => *count += 1,
            None => refused.push((errno, why, 1)),
        }
    }
    let share = |count| if count == all { String::new() } else { format!(" for {count} of {all} files") };
    refused.into_iter().map(|(errno, why, count)| format!("{errno}{}, {why}", share(count))).collect()
}

/// What the errno of a strategy means.
fn explain(case: &Case<'_>, strategy: Strategy, errno: Errno, (path, answer): (&str, &Answer)) -> String {
    let share = if always_refused(case, strategy) { Share::Every } else { Share::Some };
    let Record { cache_end: cache, target_end: target, .. } = case.record;
    let facts = case.record.findings.as_ref().map(|found| &found.facts);
    // What every file gets is not about the name of one.
    let name = path.rsplit('/').next().filter(|_| share == Share::Some);
    why(strategy.into(), errno, &Scene { cache, target, obstacle: answer.obstacle, share, name, facts }).to_string()
}

fn always_refused(case: &Case<'_>, strategy: Strategy) -> bool {
    case.record.probe.answers.iter().all(|answer| answer.refusal(strategy).is_some())
}

#[cfg(test)]
mod tests;
