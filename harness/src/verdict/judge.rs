//! From a record to an outcome.

use std::collections::BTreeMap;

use super::case::{Case, not_judged};
use super::{cache, concurrent, contained, failure, files, honesty, reason, recovery, uniformity};
use crate::kernel::Kernel;
use crate::kernel::wire::Record;
use crate::normalize::Words;
use crate::outcome::{Judgement, Outcome, Placement, Predicted, Rule, Said, Step};
use crate::predict::predict;
use crate::scenario::{Prior, Scenario};
use crate::trace::Class;

/// Why nothing is said of what a linker has done to its cache.
const PRUNED: &str = "a fault has pruned its cache";

/// Judges one run.
#[must_use]
pub fn judge(scenario: &Scenario, kernel: Kernel, record: &Record) -> Outcome {
    let package = scenario.linker.adapter().expects(&record.place, &record.cache_before);
    let views = concurrent::views(scenario, record);
    // Of several targets the first is shown.
    let case = Case::new(scenario, views.first().unwrap_or(record), &package);
    let (strategy, words) = (case.placement(), Words::of(&record.place));
    let whole = scenario.at_once.map(|_| Case::new(scenario, record, &package));
    let judged = |rule| match &whole {
        Some(whole) => rule_of_several(rule, whole, &views),
        None => rule_of(rule, &case),
    };
    let contract = Rule::ALL.into_iter().map(|rule| (rule, judged(rule))).collect();
    Outcome {
        id: scenario.id(),
        linker: scenario.linker.to_string(),
        version: scenario.linker.version.clone(),
        mode: scenario.mode.clone(),
        pairing: scenario.ends.to_string(),
        directories: scenario.ends.given().cloned(),
        kernel,
        kernel_release: record.kernel_release.clone(),
        package: scenario.package.to_string(),
        prior: (scenario.prior != Prior::Empty).then(|| scenario.prior.to_string()),
        at_once: scenario.at_once.map(|runs| runs.to_string()),
        faults: scenario.faults.iter().map(ToString::to_string).collect(),
        injected: record.trace.injected(),
        step: record.step,
        exit: record.exit,
        strategy,
        mixed: strategy == Placement::Mixed,
        files: case.counts(),
        shared: case.sharing(),
        attempts: case.attempts(),
        calls: calls(record),
        last_calls: last_calls(record, &words),
        left_running: record.left_running,
        warnings: case.heard.warnings.iter().map(|warning| words.line(warning)).collect(),
        errors: case.heard.errors.iter().map(|line| words.line(line)).collect(),
        said: Said { strategy: case.heard.strategy, fallback: case.heard.fallback },
        witnesses: case.witnesses(),
        contract: normalized(contract, &words),
        reason: reason::reason(&case),
        predicted: predicted(record, &case, &words),
        cache: record.cache_end.clone(),
        target: record.target_end.clone(),
        command: words.paths(&record.command),
        output: format!("{}{}", record.stdout, record.stderr),
        seconds: record.seconds,
    }
}

/// What was to be expected, without what is random in it.
fn predicted(record: &Record, case: &Case<'_>, words: &Words) -> Option<Predicted> {
    let predicted = predict(record.findings.as_ref()?, &*case.adapter, &case.scenario.mode)?;
    Some(Predicted { risk: predicted.risk.map(|risk| words.line(&risk)), ..predicted })
}

fn rule_of(rule: Rule, case: &Case<'_>) -> Judgement {
    let success = case.record.exit.is_success();
    match rule {
        Rule::C1 | Rule::C2 | Rule::C3 | Rule::C4 | Rule::C5 if !success => not_judged(case.failure()),
        Rule::C6 | Rule::C7 | Rule::C9 if case.record.step == Step::Prime => not_judged("there was no filled cache"),
        Rule::C6 | Rule::C7 | Rule::C9 if case.did.is_pruned() => not_judged(PRUNED),
        Rule::C1 => files::complete(case),
        Rule::C2 => files::faithful(case),
        Rule::C3 => uniformity::uniform(case),
        Rule::C4 => uniformity::economical(case),
        Rule::C5 => honesty::honest(case),
        Rule::C6 => cache::safe(case),
        Rule::C7 => cache::isolated(case),
        Rule::C8 if success => not_judged("the linker did not fail"),
        Rule::C8 => failure::clean(case),
        Rule::C9 => recovery::recoverable(case),
        Rule::C10 => not_judged("needs several runs at once: --at-once"),
        Rule::C11 => contained::contained(case),
    }
}

fn rule_of_several(rule: Rule, whole: &Case<'_>, views: &[Record]) -> Judgement {
    match rule {
        _ if whole.record.step == Step::Prime => rule_of(rule, whole),
        Rule::C6 | Rule::C11 => rule_of(rule, whole),
        Rule::C10 if whole.did.is_pruned() => not_judged(PRUNED),
        Rule::C10 if views.is_empty() => concurrent::concurrent(whole, std::slice::from_ref(whole.record)),
        Rule::C10 => concurrent::concurrent(whole, views),
        _ => not_judged("several runs at once are judged as one: see C10"),
    }
}

/// How many calls there were of each class: the ordinal of the last.
fn calls(record: &Record) -> BTreeMap<Class, usize> {
    let mut calls = BTreeMap::new();
    for event in &record.trace.events {
        let count = calls.entry(event.class).or_insert(event.ordinal);
        *count = event.ordinal.max(*count);
    }
    calls
}

/// The end of the trace, a line for each call.
fn last_calls(record: &Record, words: &Words) -> Vec<String> {
    const MOST: usize = 10;
    let events = &record.trace.events;
    let last = events.iter().skip(events.len().saturating_sub(MOST));
    last.map(|event| words.line(&event.to_string())).collect()
}

fn normalized(contract: BTreeMap<Rule, Judgement>, words: &Words) -> BTreeMap<Rule, Judgement> {
    let line = |text: &String| words.line(text);
    let clean =
        |judgement: Judgement| Judgement { evidence: judgement.evidence.iter().map(line).collect(), ..judgement };
    contract.into_iter().map(|(rule, judgement)| (rule, clean(judgement))).collect()
}

#[cfg(test)]
mod tests {
    use super::PRUNED;
    use crate::outcome::Rule::{C1, C2, C3, C4, C5, C6, C7, C8, C9, C10};
    use crate::outcome::{Exit, Placement, Step, Strategy};
    use crate::trace::{Answer, Class};
    use crate::verdict::sample::{MODULE, Sample, TOOL};

    #[test]
    fn calls_are_counted_by_class_whatever_they_got() {
        let refused = Answer::Refused(crate::errno::Errno::EXDEV);
        let sample =
            Sample::linked().tried(TOOL, Strategy::HardLink, refused).tried(MODULE, Strategy::HardLink, Answer::Done);
        let sample = sample.did(Class::Mkdir, None, "/exdev/cell/target/a", Answer::Done);
        assert_eq!(sample.judge().calls.into_keys().collect::<Vec<_>>(), [Class::Link, Class::Mkdir]);
    }

    fn unfilled() -> Sample {
        Sample::new("uv@0.6.1", "vfat", Strategy::Copy).unfilled(&[])
    }

    #[test]
    fn a_linker_that_could_not_fill_its_cache_placed_nothing() {
        let outcome = unfilled().judge();
        assert_eq!((outcome.step, outcome.exit), (Step::Prime, Exit::Code(2)));
        assert_eq!((outcome.strategy, outcome.files.len()), (Placement::Nothing, 0));
        assert_eq!(Sample::copied().exit(Exit::Code(2)).judge().step, Step::Link);
    }

    #[test]
    fn of_a_cache_that_was_pruned_nothing_is_asked() {
        let mut pruned = Sample::linked();
        pruned.record.cache_after.clear();
        pruned.clone().expect_strategy(Placement::Undecided);
        pruned.record.trace.pruned = true;
        for rule in [C6, C7, C9] {
            pruned.leaves_open(rule, PRUNED);
        }
        pruned.clone().at_once("2").leaves_open(C10, PRUNED);
        // What was linked before is still known by its inode.
        pruned.expect_strategy(Placement::HardLink);
        let outcome = pruned.judge();
        assert_eq!((outcome.injected, outcome.reason.as_deref()), (1, Some("a fault: the cache was pruned")));
    }

    #[test]
    fn without_a_filled_cache_the_target_alone_is_judged() {
        for rule in [C1, C2, C3, C4, C5] {
            unfilled().leaves_open(rule, "the linker failed while it filled its cache (exit 2)");
        }
        for rule in [C6, C7] {
            unfilled().leaves_open(rule, "there was no filled cache");
        }
        unfilled().keeps(C8);
        unfilled().with(MODULE).breaks(
            C8,
            &["1 of the package's 33 files were left behind", "exdev_pkg/module_04.py: other bytes (7 instead of 357)"],
        );
    }
}
