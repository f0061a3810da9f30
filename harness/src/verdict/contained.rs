//! C11 contained: where a linker wrote.

use std::collections::BTreeSet;
use std::path::Path;

use super::case::{Case, broken_by, not_judged};
use crate::outcome::{Judgement, Verdict};
use crate::trace::{Answer, Class, Event};

/// C11: nothing was created, linked, changed or removed outside of cache, target and the temporary directory.
pub fn contained(case: &Case<'_>) -> Judgement {
    let outside: BTreeSet<_> = case.did.events().iter().flat_map(|event| breaches(case, event)).collect();
    let judgement = broken_by(outside.into_iter().collect());
    match case.unseen() {
        Some(why) if judgement.verdict == Verdict::Kept => not_judged(why),
        _ => judgement,
    }
}

fn breaches(case: &Case<'_>, event: &Event) -> Vec<String> {
    let inside = [case.place.cache(), case.place.target(), case.place.temporary()];
    let is_outside = |path: &str| !inside.iter().any(|directory| Path::new(path).starts_with(directory));
    if event.answer != Answer::Done {
        return Vec::new();
    }
    let what = match event.class {
        Class::Link => "linked",
        Class::Symlink | Class::Mkdir => "made",
        Class::Open if event.inode.is_some() => "made or emptied",
        Class::Open | Class::Write => "opened for writing",
        Class::Reflink | Class::CopyFileRange | Class::Sendfile => "filled",
        Class::Rename => "renamed",
        Class::Unlink => "removed",
        Class::Chmod => "given other permission bits",
    };
    // A rename takes a name away as well.
    let from = event.from.as_deref().filter(|_| event.class == Class::Rename);
    let paths = [Some(event.to.as_str()), from].into_iter().flatten();
    paths.filter(|path| is_outside(path)).map(|path| format!("{path}: {what}")).collect()
}
