//! C1 complete and C2 faithful: the target holds the package, and nothing else.

use std::collections::BTreeSet;

use super::case::{Case, Placed, broken_by};
use crate::observe::Kind;
use crate::outcome::Judgement;

/// C1: every file of the package and nothing else.
pub fn complete(case: &Case<'_>) -> Judgement {
    let missing = case.package.files.iter().filter_map(|file| {
        let path = case.target_path(file);
        let what = match case.record.target.get(&path).map(|node| &node.kind) {
            None => "missing",
            Some(Kind::Directory) => "a directory",
            Some(Kind::Other) => "not a regular file",
            Some(Kind::File { .. } | Kind::Symlink { .. }) => return None,
        };
        Some(format!("{path}: {what}"))
    });
    let foreign = foreign(case).into_iter().map(|path| format!("{path}: not of the package"));
    broken_by(missing.chain(foreign).collect())
}

/// What is in the target, was not before, and is neither of the package nor made by the linker by design.
pub fn foreign(case: &Case<'_>) -> Vec<String> {
    let mut expected = BTreeSet::new();
    for file in &case.package.files {
        let path = case.target_path(file);
        let parents = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
        expected.extend(parents);
        expected.insert(path);
    }
    let found = case.record.target.keys();
    let (before, target) = (&case.record.target_before, &case.record.target);
    let foreign = found
        .filter(|path| !expected.contains(*path) && !before.contains_key(*path) && !case.adapter.makes(target, path));
    foreign.cloned().collect()
}

/// C2: bytes, permission bits and symlinks are those of the package.
pub fn faithful(case: &Case<'_>) -> Judgement {
    broken_by(case.placed.iter().filter_map(|placed| unfaithful(case, placed)).collect())
}

fn unfaithful(case: &Case<'_>, placed: &Placed<'_>) -> Option<String> {
    let path = case.target_path(placed.file);
    // What a symlink shows is what it points to.
    let shown = match (&placed.node.kind, placed.cached) {
        (Kind::Symlink { to }, None) => return Some(format!("{path}: a symlink to {to}, which is no cached file")),
        (Kind::Symlink { .. }, Some((_, cached))) => cached,
        _ => placed.node,
    };
    match &shown.kind {
        Kind::File { sha256, .. } if *sha256 == placed.file.sha256 => {}
        Kind::File { size, .. } => {
            return Some(format!("{path}: other bytes ({size} instead of {})", placed.file.bytes.len()));
        }
        Kind::Directory => return Some(format!("{path}: a directory")),
        Kind::Symlink { .. } | Kind::Other => return Some(format!("{path}: not a regular file")),
    }
    let (mode, wanted) = (shown.mode, placed.file.mode);
    (mode != wanted).then(|| format!("{path}: mode {mode:o} instead of {wanted:o}"))
}
