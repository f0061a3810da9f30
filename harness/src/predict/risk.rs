//! What may go wrong, in one sentence.

use super::needs;
use super::package::{Course, Package};
use crate::linker::{Habits, Need};
use crate::outcome::{Ending, Placement, Strategy};
use crate::probe::{Call, Findings, Got, Subject};

/// The packages that hold a file which stands out, and what becomes of each.
pub(super) struct Odd<'a> {
    pub(super) affected: &'a [Package<'a>],
    pub(super) courses: &'a [Course],
    pub(super) total: usize,
}

/// Why the linker can do nothing with this cache, if it cannot.
pub(super) fn unusable_cache(findings: &Findings, habits: Habits) -> Option<String> {
    if let Some(errno) = findings.cache_closed.filter(|_| needs(habits, Need::Writes)) {
        return Some(format!("it writes to its cache while it links, and that is refused with {errno}"));
    }
    let symlink = needs(habits, Need::Symlinks) && findings.refused_within_cache(Strategy::Symlink);
    symlink.then(|| format!("it cannot fill its cache: no symlinks on {}", findings.facts.cache.end.kind))
}

/// Why what the linker has placed does not get to where it belongs, if it does not.
pub(super) fn unpublished(findings: &Findings, habits: Habits) -> Option<String> {
    let errno = findings.within_target.iter().find_map(|it| it.got.errno()).filter(|_| needs(habits, Need::Renames))?;
    Some(format!(
        "it renames what it has placed from one directory of the target to another, and that is refused with {errno}"
    ))
}

/// The gravest of what may go wrong.
pub(super) fn risk(findings: &Findings, chain: &[Strategy], course: Course, odd: &Odd<'_>) -> Option<String> {
    odd_packages(findings, course, odd)
        .or_else(|| failure(findings, chain, course))
        .or_else(|| deception(findings, chain))
        .or_else(|| haste(findings, chain, course))
        .or_else(|| Some(nature(course.strategy)?.to_owned()))
}

/// Some packages are not placed as others are, or the linker stops at one of their files.
fn odd_packages(findings: &Findings, course: Course, odd: &Odd<'_>) -> Option<String> {
    let unlike = odd.courses.iter().zip(odd.affected).filter(|(it, _)| **it != course || it.ends != Ending::Complete);
    let unlike: Vec<_> = unlike.collect();
    let (worst, package) = unlike.iter().max_by_key(|(it, _)| gravity(it.ends))?;
    let suspect = package.first.or_else(|| package.later.first().copied())?;
    let why = findings.suspicion(&suspect.answer).map_or_else(|| "it cannot be read".to_owned(), |why| why.to_string());
    let which = if odd.total == 1 { String::new() } else { format!("{} of {} packages: ", unlike.len(), odd.total) };
    let becomes = match worst.ends {
        Ending::Partial => "it stops there and leaves what it has placed".to_owned(),
        Ending::Nothing => "it fails there".to_owned(),
        Ending::Complete => format!("{} is used instead", worst.strategy),
    };
    Some(format!("{which}{} cannot be linked ({why}), and {becomes}", suspect.path))
}

const fn gravity(ends: Ending) -> u8 {
    match ends {
        Ending::Complete => 0,
        Ending::Nothing => 1,
        Ending::Partial => 2,
    }
}

/// The linker has no strategy that works here.
fn failure(findings: &Findings, chain: &[Strategy], course: Course) -> Option<String> {
    if course.ends == Ending::Complete {
        return None;
    }
    let refused = chain.iter().find_map(|strategy| {
        let tried = findings.tries.iter().find(|it| it.call == Call::from(*strategy) && it.got.errno().is_some())?;
        Some((strategy, findings.reason(tried)?))
    });
    let (strategy, why) = refused?;
    Some(format!("it has nothing to fall back to where a {strategy} is refused ({why})"))
}

/// A call says that it worked, and did something else.
fn deception(findings: &Findings, chain: &[Strategy]) -> Option<String> {
    findings.tries.iter().find_map(|it| match &it.got {
        Got::Deceived { seen } if chain.iter().any(|strategy| Call::from(*strategy) == it.call) => {
            Some(format!("the call for a {} succeeds here and makes {seen}", it.call))
        }
        _ => None,
    })
}

/// What was only just written is refused what older files are not, or the other way around.
fn haste(findings: &Findings, chain: &[Strategy], course: Course) -> Option<String> {
    let errno = |strategy: Strategy, subject| {
        let mut tries = findings.tries.iter().filter(|it| it.call == Call::from(strategy) && it.subject == subject);
        tries.next().map(|it| it.got.errno())
    };
    let last = chain.iter().position(|strategy| Placement::from(*strategy) == course.strategy);
    chain.iter().take(last.map_or(0, |last| last + 1)).find_map(|strategy| {
        match (errno(*strategy, Subject::Fresh)?, errno(*strategy, Subject::Cached)?) {
            (Some(errno), None) => Some(format!("a file that was only just written is refused a {strategy} ({errno})")),
            _ => None,
        }
    })
}

/// What a strategy brings with it.
const fn nature(strategy: Placement) -> Option<&'static str> {
    match strategy {
        Placement::HardLink => Some("editing a placed file changes the cache"),
        Placement::Symlink => Some("editing a placed file changes the cache, and clearing the cache breaks the target"),
        Placement::Copy => Some("every file takes its time and its space again"),
        Placement::Mixed => Some("one package is placed in several ways"),
        Placement::Reflink | Placement::Undecided | Placement::Nothing => None,
    }
}
