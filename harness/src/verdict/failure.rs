//! C8 clean failure: what a linker that failed leaves behind.

use super::case::{Case, broken_by};
use super::files;
use crate::outcome::Judgement;

/// C8: on a nonzero exit the target is as it was before, or complete.
pub fn clean(case: &Case<'_>) -> Judgement {
    let (placed, all) = (case.placed.len(), case.package.files.len());
    let foreign = files::foreign(case);
    if placed == all && foreign.is_empty() {
        return broken_by(Vec::new());
    }
    let mut evidence = Vec::new();
    if placed > 0 {
        evidence.push(format!("{placed} of the package's {all} files were left behind"));
    }
    evidence.extend(foreign.into_iter().map(|path| format!("{path}: left behind")));
    let (before, target) = (&case.record.target_before, &case.record.target);
    let directories = target.keys().any(|path| !before.contains_key(path) && !case.adapter.makes(target, path));
    if evidence.is_empty() && directories {
        evidence.push("directories were left behind".to_owned());
    }
    broken_by(evidence)
}
