//! C8 clean failure: what a linker that failed leaves behind.

use super::cache::changes;
use super::case::{Case, broken_by, kept, not_judged};
use super::files;
use crate::outcome::{Exit, Judgement, Verdict};

/// C8: on a nonzero exit the target is as it was before, or complete: every file, whole, and nothing else. Who is killed does not
/// exit, and can clean up nothing; what becomes of that is C9's.
pub fn clean(case: &Case<'_>) -> Judgement {
    if let Exit::Signal(_) = case.record.exit {
        return not_judged("killed, C9 tells");
    }
    let (complete, faithful) = (files::complete(case), files::faithful(case));
    if [&complete, &faithful].iter().all(|judgement| judgement.verdict == Verdict::Kept) {
        return kept();
    }
    let (before, target) = (&case.record.target_before, &case.record.target);
    let new = |path: &String| !before.contains_key(path);
    let placed: Vec<_> = case.placed.iter().filter(|placed| new(&case.target_path(placed.file))).collect();
    let mut evidence = Vec::new();
    if !placed.is_empty() {
        evidence.push(format!("{} of the package's {} files were left behind", placed.len(), case.package.len()));
    }
    evidence.extend(placed.into_iter().filter_map(|placed| files::unfaithful(case, placed)));
    evidence.extend(files::foreign(case).into_iter().map(|path| format!("{path}: left behind")));
    let changes = changes(before, target).filter(|(path, _)| !case.adapter.makes(target, path));
    evidence.extend(changes.map(|(path, what)| format!("{path}: {what}")));
    if evidence.is_empty() && target.keys().any(|path| new(path) && !case.adapter.makes(target, path)) {
        evidence.push("directories were left behind".to_owned());
    }
    broken_by(evidence)
}

#[cfg(test)]
mod tests {
    use crate::observe::Kind;
    use crate::outcome::Exit;
    use crate::outcome::Rule::C8;
    use crate::verdict::sample::{Sample, TOOL, insert, other_bytes};

    fn failed(sample: Sample) -> Sample {
        sample.exit(Exit::Code(2))
    }

    /// A target with one file in it, that was there before.
    fn inhabited() -> Sample {
        let mut sample = Sample::linked().with("mine/a");
        sample.record.target.retain(|path, _| path.starts_with("mine"));
        sample.record.target_before = sample.record.target.clone();
        failed(sample)
    }

    #[test]
    fn success_is_no_failure() {
        Sample::linked().leaves_open(C8, "the linker did not fail");
        Sample::linked().without(TOOL).leaves_open(C8, "the linker did not fail");
    }

    #[test]
    fn all_or_nothing_is_clean() {
        for exit in [Exit::Code(1), Exit::TimedOut(120)] {
            Sample::linked().exit(exit).keeps(C8);
            Sample::copied().exit(exit).keeps(C8);
            Sample::linked().without("exdev_pkg").without("exdev_pkg-1.0.dist-info").exit(exit).keeps(C8);
        }
        inhabited().keeps(C8);
    }

    #[test]
    fn who_is_killed_can_clean_up_nothing() {
        let killed = |sample: Sample| sample.exit(Exit::Signal(9)).leaves_open(C8, "killed, C9 tells");
        killed(Sample::linked());
        killed(Sample::linked().without("exdev_pkg/bin"));
    }

    #[test]
    fn what_is_left_behind_is_counted_or_named() {
        failed(Sample::linked().without("exdev_pkg/bin"))
            .breaks(C8, &["33 of the package's 34 files were left behind"]);
        failed(Sample::linked().with("exdev_pkg/.tmp-4f2a"))
            .breaks(C8, &["34 of the package's 34 files were left behind", "exdev_pkg/.tmp-4f2a: left behind"]);
        let mut directories = failed(Sample::linked());
        directories.record.target.retain(|_, node| node.kind == Kind::Directory);
        directories.breaks(C8, &["directories were left behind"]);
        failed(Sample::linked().without("exdev_pkg").without("exdev_pkg-1.0.dist-info").with("left"))
            .breaks(C8, &["left: left behind"]);
    }

    #[test]
    fn what_is_torn_is_not_complete() {
        failed(Sample::copied().target(TOOL, other_bytes)).breaks(
            C8,
            &["34 of the package's 34 files were left behind", "exdev_pkg/bin/tool: other bytes (5 instead of 57)"],
        );
        failed(Sample::copied().target(TOOL, |node| node.kind = Kind::Directory))
            .breaks(C8, &["33 of the package's 34 files were left behind"]);
    }

    #[test]
    fn what_was_there_before_stays_as_it_was() {
        let mut gone = inhabited();
        gone.record.target.clear();
        gone.breaks(C8, &["mine: gone", "mine/a: gone"]);
        inhabited().target("mine/a", other_bytes).breaks(C8, &["mine/a: other bytes"]);
        inhabited().target("mine/a", |node| node.mode = 0o600).breaks(C8, &["mine/a: mode 600 instead of 644"]);
        // A file of the package that was there before was not left behind.
        let mut stale = inhabited();
        for tree in [&mut stale.record.target, &mut stale.record.target_before] {
            let mut node = Sample::copied().record.target[TOOL].clone();
            other_bytes(&mut node);
            insert(tree, TOOL, node);
        }
        stale.keeps(C8);
        let mut before = inhabited();
        let node = Sample::linked().record.target[TOOL].clone();
        insert(&mut before.record.target, TOOL, node.clone());
        insert(&mut before.record.target_before, TOOL, node);
        before.keeps(C8);
    }

    #[test]
    fn what_a_linker_makes_by_design_may_stay() {
        let mut sample = failed(Sample::copied());
        sample.record.target.retain(|path, _| path == ".lock");
        sample.keeps(C8);
        sample.record.target_before = sample.record.target.clone();
        sample.clone().target(".lock", other_bytes).keeps(C8);
        sample.record.target.clear();
        sample.keeps(C8);
    }
}
