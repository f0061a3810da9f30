//! What a linker will do with a cache and a target, from what a probe has found of the two.
//!
//! Invariant: pure. A prediction is made from findings and from what the adapter knows of its linker, and from nothing else.

mod package;
mod prediction;
mod risk;
mod room;

use crate::errno::Errno;
use crate::linker::{Adapter, Habits, Need, Order};
use crate::outcome::{Ending, Placement, Predicted, Strategy};
use crate::probe::{Answer, Findings, Suspect};

pub use prediction::{Prediction, predictions};

use package::{Course, Package};
use room::Cramped;

/// What is to be expected of a linker in one of its modes; `None` where its habits are not known.
#[must_use]
pub fn predict(findings: &Findings, adapter: &dyn Adapter, mode: &str) -> Option<Predicted> {
    adapter.habits(mode).map(|habits| predict_by(habits, findings, adapter, mode))
}

fn predict_by(habits: Habits, findings: &Findings, adapter: &dyn Adapter, mode: &str) -> Predicted {
    if let Some(risk) = risk::unusable_cache(findings, habits) {
        return Predicted { strategy: Placement::Nothing, warns: false, ends: Ending::Nothing, risk: Some(risk) };
    }
    let chain = adapter.chain(mode);
    let usual = findings.usual().unwrap_or(Answer::OPEN);
    let affected = affected(findings, adapter, habits.order);
    let held = adapter.packages(&findings.survey.shelves);
    let total = held.directories.max(affected.len()).max(1);
    let whole = Package { usual, first: None, later: Vec::new() }.course(&chain, habits);
    let courses: Vec<_> =
        affected.iter().map(|package| Package { usual, ..package.clone() }.course(&chain, habits)).collect();
    let unlike = courses.iter().filter(|course| **course != whole).count();
    // Where no package is as the findings of most files say, what most of them meet is what is to be expected.
    let expected = if unlike == total { courses.first().copied().unwrap_or(whole) } else { whole };
    let cramped = Cramped::find(findings, held, habits).filter(|_| expected.copies_all());
    let expected = cramped.map_or(expected, |_| expected.without_room(habits));
    let unpublished = risk::unpublished(findings, habits).filter(|_| expected.ends == Ending::Complete);
    let expected = if unpublished.is_some() { expected.undone() } else { expected };
    let Course { strategy, warns, ends } = expected;
    let odd = risk::Odd { affected: &affected, courses: &courses, total };
    let risk = unpublished
        .or_else(|| cramped.map(|cramped| cramped.tell(ends)))
        .or_else(|| risk::risk(findings, &chain, expected, &odd));
    Predicted { strategy, warns, ends, risk }
}

/// The packages that hold a file which stands out, each with those files.
fn affected<'a>(findings: &'a Findings, adapter: &dyn Adapter, order: Order) -> Vec<Package<'a>> {
    let mut packages: Vec<(&str, Package<'a>)> = Vec::new();
    for suspect in &findings.survey.suspects {
        let Some(directory) = adapter.package_of(&suspect.path) else { continue };
        if adapter.always_copies(&suspect.path) {
            continue;
        }
        let first = match order {
            Order::Directories => is_ahead(suspect, directory, adapter),
            Order::Paths => findings.survey.first.as_ref() == Some(&suspect.path),
        };
        if packages.last().is_none_or(|(known, _)| *known != directory) {
            packages.push((directory, Package { usual: Answer::OPEN, first: None, later: Vec::new() }));
        }
        if let Some((_, package)) = packages.last_mut() {
            if first { package.first = Some(suspect) } else { package.later.push(suspect) }
        }
    }
    packages.into_iter().map(|(_, package)| package).collect()
}

/// Whether no file of the package comes before this one that the linker would have to decide on.
fn is_ahead(suspect: &Suspect, directory: &str, adapter: &dyn Adapter) -> bool {
    let of_the_package = suspect.ahead.iter().filter(|path| adapter.package_of(path) == Some(directory));
    of_the_package.into_iter().all(|path| adapter.always_copies(path))
}

/// The errno for which a strategy cannot be used, unless the linker overcomes it.
fn refusal(strategy: Strategy, answer: &Answer, habits: Habits) -> Option<Errno> {
    let errno = answer.refusal(strategy)?;
    let overcome = strategy == Strategy::HardLink && habits.overcomes.contains(&errno);
    (!overcome).then_some(errno)
}

/// Whether a linker has this need.
fn needs(habits: Habits, need: Need) -> bool {
    habits.needs.contains(&need)
}

#[cfg(test)]
mod tests;
