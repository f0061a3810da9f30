//! C6 cache-safe and C7 isolated: what linking, and then writing into the target, does to the cache.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Placed, broken_by, not_judged};
use crate::observe::{Kind, Node, Tree};
use crate::outcome::{Judgement, Placement, Verdict};

/// C6: the cache holds the same names, bytes and modes as before.
pub fn safe(case: &Case<'_>) -> Judgement {
    let (before, after) = (&case.record.cache_before, &case.record.cache_after);
    let new = after.keys().filter(|path| !before.contains_key(*path)).map(|path| (path.as_str(), "new".to_owned()));
    let ours = changes(before, after).chain(new).filter(|(path, _)| !case.adapter.keeps_books(path));
    broken_by(ours.map(|(path, what)| format!("{path}: {what}")).collect())
}

/// The paths of a tree that are gone or different now, each with what became of it.
pub fn changes<'a>(before: &'a Tree, after: &'a Tree) -> impl Iterator<Item = (&'a str, String)> {
    before.iter().filter_map(|(path, was)| {
        let what = after.get(path).map_or_else(|| Some("gone".to_owned()), |is| difference(was, is));
        Some((path.as_str(), what?))
    })
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
    // By inode, since a cache may have several names for one.
    let inode = |node: &Node| (node.device, node.inode);
    let tied = |placed: &&Placed<'_>| matches!(placed.placement, Placement::HardLink | Placement::Symlink);
    let placed = case.placed.iter().filter(tied);
    let by_inode: BTreeMap<_, _> =
        placed.filter_map(|one| Some((inode(one.cached?.1), one.placement.name()))).collect();
    let way = |path: &String| case.record.cache_after.get(path).and_then(|node| by_inode.get(&inode(node)).copied());
    let loose = changed.iter().filter(|path| way(path).is_none());
    let mut judgement = broken_by(loose.map(|path| format!("{path}: changed by writing into the target")).collect());
    if judgement.verdict == Verdict::Kept && !changed.is_empty() {
        let ways: BTreeSet<_> = changed.iter().filter_map(way).collect();
        let ways = ways.into_iter().collect::<Vec<_>>().join(" or a ");
        judgement.evidence.push(format!("writing into the target changes the cache, as a {ways} does"));
    }
    judgement
}
