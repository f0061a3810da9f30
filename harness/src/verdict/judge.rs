//! From a record to an outcome.

use std::collections::BTreeMap;

use super::case::{Case, not_judged};
use super::{cache, failure, files, honesty, reason, uniformity};
use crate::kernel::Kernel;
use crate::kernel::wire::Record;
use crate::normalize;
use crate::outcome::{Judgement, Outcome, Placement, Rule, Said};
use crate::scenario::Scenario;

/// Judges one run.
#[must_use]
pub fn judge(scenario: &Scenario, kernel: Kernel, record: &Record) -> Outcome {
    let case = Case::new(scenario, record);
    let strategy = case.placement();
    let contract = Rule::ALL.into_iter().map(|rule| (rule, rule_of(rule, &case))).collect();
    Outcome {
        id: scenario.id(),
        linker: scenario.linker.to_string(),
        version: scenario.linker.version.clone(),
        mode: scenario.mode.clone(),
        pairing: scenario.pairing.to_string(),
        kernel,
        kernel_release: record.kernel_release.clone(),
        package: scenario.package.to_string(),
        faults: Vec::new(),
        exit: record.exit,
        strategy,
        mixed: strategy == Placement::Mixed,
        files: case.counts(),
        shared: case.sharing(),
        attempts: Vec::new(),
        warnings: case.heard.warnings.iter().map(|warning| normalize::line(warning)).collect(),
        errors: case.heard.errors.iter().map(|line| normalize::line(line)).collect(),
        said: Said { strategy: case.heard.strategy, fallback: case.heard.fallback },
        contract: normalized(contract),
        reason: reason::reason(&case),
        cache: record.cache_end.clone(),
        target: record.target_end.clone(),
        command: record.command.clone(),
        output: format!("{}{}", record.stdout, record.stderr),
        seconds: record.seconds,
    }
}

fn rule_of(rule: Rule, case: &Case<'_>) -> Judgement {
    let success = case.record.exit.is_success();
    match rule {
        Rule::C1 | Rule::C2 | Rule::C3 | Rule::C4 | Rule::C5 if !success => {
            not_judged(format!("the linker failed ({})", case.record.exit))
        }
        Rule::C1 => files::complete(case),
        Rule::C2 => files::faithful(case),
        Rule::C3 => uniformity::uniform(case),
        Rule::C4 => uniformity::economical(case),
        Rule::C5 => honesty::honest(case),
        Rule::C6 => cache::safe(case),
        Rule::C7 => cache::isolated(case),
        Rule::C8 if success => not_judged("the linker did not fail"),
        Rule::C8 => failure::clean(case),
        Rule::C9 => not_judged("needs a second run after a failure"),
        Rule::C10 => not_judged("needs several runs at once"),
        Rule::C11 => not_judged("needs a trace of the system calls"),
    }
}

fn normalized(contract: BTreeMap<Rule, Judgement>) -> BTreeMap<Rule, Judgement> {
    let line = |text: &String| normalize::line(text);
    let clean =
        |judgement: Judgement| Judgement { evidence: judgement.evidence.iter().map(line).collect(), ..judgement };
    contract.into_iter().map(|(rule, judgement)| (rule, clean(judgement))).collect()
}
