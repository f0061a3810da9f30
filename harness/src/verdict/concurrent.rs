//! C10 concurrent: what several runs at once leave.

use super::case::{Case, broken_by};
use super::{cache, files};
use crate::kernel::wire::Record;
use crate::observe::Tree;
use crate::outcome::{Exit, Judgement};
use crate::scenario::{AtOnce, Scenario};

/// C10: several at once, into one target or from one cache, still give C1, C2 and C6; and none of them fails.
pub fn concurrent(whole: &Case<'_>, views: &[Record]) -> Judgement {
    let failed = (!whole.record.exit.is_success()).then(|| failure(whole));
    let mut evidence: Vec<_> = failed.into_iter().collect();
    for (number, view) in (1..).zip(views) {
        let target = if views.len() == 1 { String::new() } else { format!("target {number}: ") };
        let case = Case::new(whole.scenario, view, whole.package);
        let placed = [files::complete(&case), files::faithful(&case)].into_iter().flat_map(|judged| judged.evidence);
        evidence.extend(placed.map(|line| format!("{target}{line}")));
    }
    evidence.extend(cache::safe(whole).evidence);
    broken_by(evidence)
}

fn failure(case: &Case<'_>) -> String {
    let said = case.heard.errors.last().map(|error| format!(": {error}")).unwrap_or_default();
    match case.record.exit {
        Exit::TimedOut(limit) => format!("they were not done after {limit} s{said}"),
        exit => format!("one of them failed ({exit}){said}"),
    }
}

/// What was seen of each target.
pub fn views(scenario: &Scenario, record: &Record) -> Vec<Record> {
    let directories = scenario.at_once.into_iter().flat_map(AtOnce::directories);
    directories.map(|directory| view(record, &directory)).collect()
}

fn view(record: &Record, directory: &str) -> Record {
    Record {
        place: record.place.within(directory),
        target: below(&record.target, directory),
        target_before: below(&record.target_before, directory),
        ..record.clone()
    }
}

/// What a tree has below a directory.
fn below(tree: &Tree, directory: &str) -> Tree {
    let inside = |path: &str| path.strip_prefix(directory)?.strip_prefix('/').map(str::to_owned);
    tree.iter().filter_map(|(path, node)| Some((inside(path)?, node.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use crate::outcome::Exit;
    use crate::outcome::Rule::{C1, C6, C7, C8, C9, C10};
    use crate::verdict::sample::{MODULE, Sample, TOOL, insert, other_bytes};

    fn into_one(sample: Sample) -> Sample {
        sample.at_once("2")
    }

    /// Two runs, each with a target of its own, which hold what the sample's one target does.
    fn apart(sample: Sample) -> Sample {
        let mut sample = sample.at_once("2-apart");
        let target = std::mem::take(&mut sample.record.target);
        for (path, node) in target {
            for number in 1..=2 {
                insert(&mut sample.record.target, &format!("{number}/{path}"), node.clone());
            }
        }
        sample
    }

    #[test]
    fn one_run_says_nothing_of_several() {
        Sample::linked().leaves_open(C10, "needs several runs at once: --at-once");
    }

    #[test]
    fn several_that_give_the_package_are_concurrent() {
        into_one(Sample::copied()).keeps(C10);
        apart(Sample::copied()).keeps(C10);
        assert_eq!(apart(Sample::copied()).judge().files.values().sum::<usize>(), 34);
        for rule in [C1, C7, C8, C9] {
            into_one(Sample::copied()).leaves_open(rule, "several runs at once are judged as one: see C10");
        }
    }

    #[test]
    fn what_one_of_them_lacks_is_named_with_its_target() {
        into_one(Sample::copied().without(TOOL)).breaks(C10, &["exdev_pkg/bin/tool: missing"]);
        apart(Sample::copied()).without(&format!("2/{TOOL}")).target(&format!("1/{MODULE}"), other_bytes).breaks(
            C10,
            &[
                "target 1: exdev_pkg/module_04.py: other bytes (5 instead of 357)",
                "target 2: exdev_pkg/bin/tool: missing",
            ],
        );
    }

    #[test]
    fn a_failure_and_a_changed_cache_are_named() {
        into_one(Sample::copied()).exit(Exit::Code(2)).breaks(C10, &["one of them failed (exit 2)"]);
        into_one(Sample::copied()).exit(Exit::TimedOut(9)).breaks(C10, &["they were not done after 9 s"]);
        let mut poisoned = into_one(Sample::linked()).cache(TOOL, other_bytes);
        poisoned.record.target = Sample::linked().record.target;
        poisoned.breaks(C6, &["exdev_pkg/bin/tool: other bytes"]);
        poisoned.breaks(C10, &["exdev_pkg/bin/tool: other bytes"]);
    }
}
