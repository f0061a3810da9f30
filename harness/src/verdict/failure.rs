//! C8 clean failure: what a linker that failed leaves behind.

use super::cache::changes;
use super::case::{Case, broken_by, kept};
use super::files;
use crate::outcome::{Judgement, Verdict};

/// C8: on a nonzero exit the target is as it was before, or complete: every file, whole, and nothing else.
pub fn clean(case: &Case<'_>) -> Judgement {
    let (complete, faithful) = (files::complete(case), files::faithful(case));
    if [&complete, &faithful].iter().all(|judgement| judgement.verdict == Verdict::Kept) {
        return kept();
    }
    let (before, target) = (&case.record.target_before, &case.record.target);
    let new = |path: &String| !before.contains_key(path);
    let placed = case.placed.iter().filter(|placed| new(&case.target_path(placed.file))).count();
    let mut evidence = Vec::new();
    if placed > 0 {
        evidence.push(format!("{placed} of the package's {} files were left behind", case.package.files.len()));
    }
    evidence.extend(faithful.evidence);
    evidence.extend(files::foreign(case).into_iter().map(|path| format!("{path}: left behind")));
    let changes = changes(before, target).filter(|(path, _)| !case.adapter.makes(target, path));
    evidence.extend(changes.map(|(path, what)| format!("{path}: {what}")));
    if evidence.is_empty() && target.keys().any(|path| new(path) && !case.adapter.makes(target, path)) {
        evidence.push("directories were left behind".to_owned());
    }
    broken_by(evidence)
}
