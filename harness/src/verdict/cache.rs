//! C6 cache-safe and C7 isolated: what linking, and then writing into the target, does to the cache.

use super::case::{Case, Placed, broken_by, not_judged};
use crate::observe::{Kind, Node};
use crate::outcome::{Judgement, Placement, Verdict};

/// C6: the cache holds the same names, bytes and modes as before.
pub fn safe(case: &Case<'_>) -> Judgement {
    let (before, after) = (&case.record.cache_before, &case.record.cache_after);
    let changed = before.iter().filter_map(|(path, was)| match after.get(path) {
        None => Some(format!("{path}: gone")),
        Some(is) => difference(was, is).map(|what| format!("{path}: {what}")),
    });
    let new = after.keys().filter(|path| !before.contains_key(*path)).map(|path| format!("{path}: new"));
    let ours = |line: &String| !case.adapter.keeps_books(line.rsplit_once(": ").map_or(line, |(path, _)| path));
    broken_by(changed.chain(new).filter(ours).collect())
}

fn difference(was: &Node, is: &Node) -> Option<String> {
    match (&was.kind, &is.kind) {
        (Kind::File { sha256: old, .. }, Kind::File { sha256: new, .. }) if old != new => {
            Some("other bytes".to_owned())
        }
        (Kind::Symlink { to: old }, Kind::Symlink { to: new }) if old != new => Some(format!("now a symlink to {new}")),
        (old, new) if std::mem::discriminant(old) != std::mem::discriminant(new) => {
            Some("another kind of file".to_owned())
        }
        _ if was.mode != is.mode => Some(format!("mode {:o} instead of {:o}", is.mode, was.mode)),
        _ => None,
    }
}

/// C7: writing into a target file changes the cache only where the strategy is a hard link or a symlink.
pub fn isolated(case: &Case<'_>) -> Judgement {
    let Some(changed) = &case.record.written_through else {
        return not_judged(format!("the linker failed ({})", case.record.exit));
    };
    let tied = |placed: &&Placed<'_>| matches!(placed.placement, Placement::HardLink | Placement::Symlink);
    let is = |path: &str, placed: &Placed<'_>| placed.cached.is_some_and(|(cached, _)| cached == path);
    let loose = changed.iter().filter(|path| !case.placed.iter().filter(tied).any(|placed| is(path, placed)));
    let evidence: Vec<_> = loose.map(|path| format!("{path}: changed by writing into the target")).collect();
    let mut judgement = broken_by(evidence);
    if judgement.verdict == Verdict::Kept && !changed.is_empty() {
        judgement.evidence.push(format!("writing into the target changes the cache, as a {} does", case.placement()));
    }
    judgement
}
