//! One line for each linker and mode: how many of its scenarios kept the contract, and which rules the others broke.

use std::collections::BTreeMap;

use comfy_table::CellAlignment;

use super::entry::{Entry, Fate, entries, grouped};
use super::ruled::ruled;
use crate::outcome::{Outcome, Report, Rule};

/// The scores, where there are several linkers or modes to compare; empty otherwise.
#[must_use]
pub fn scores(report: &Report) -> String {
    let series = grouped(entries(report).map(|entry| ((entry.linker, entry.mode, entry.package), entry)));
    if series.len() < 2 {
        return String::new();
    }
    let mut table = ruled(["linker", "mode", "package", "kept", "broken", "not run", "rules broken"]);
    for ((linker, mode, package), entries) in &series {
        let [kept, broken, rest] = counts(entries).map(|count| count.to_string());
        table.add_row([*linker, *mode, *package, &kept, &broken, &rest, &rules(entries)]);
    }
    for number in 3..6 {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n\n", table.trim_fmt())
}

/// How many kept the contract, broke it, and showed nothing.
fn counts(entries: &[Entry<'_>]) -> [usize; 3] {
    let outcomes = || outcomes(entries);
    let broken = outcomes().filter(|outcome| outcome.broken().next().is_some()).count();
    [outcomes().count() - broken, broken, entries.len() - outcomes().count()]
}

/// The rules that were broken, each with how often.
fn rules(entries: &[Entry<'_>]) -> String {
    let mut rules: BTreeMap<Rule, usize> = BTreeMap::new();
    outcomes(entries).flat_map(Outcome::broken).for_each(|(rule, _)| *rules.entry(rule).or_default() += 1);
    rules.into_iter().map(|(rule, count)| format!("{rule} × {count}")).collect::<Vec<_>>().join(", ")
}

fn outcomes<'a>(entries: &'a [Entry<'a>]) -> impl Iterator<Item = &'a Outcome> {
    entries.iter().filter_map(|entry| match entry.fate {
        Fate::Ran(outcome) => Some(outcome),
        Fate::NotRun(_) | Fate::SetupBroken(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, sample};
    use super::*;

    #[test]
    fn each_linker_and_mode_has_its_score() {
        insta::assert_snapshot!(scores(&sample()), @r"
         linker    mode     package  kept  broken  not run  rules broken
        ───────────────────────────────────────────────────────────────────────────
         uv@0.6.1  default  small       3       3        2  C3 × 1, C5 × 2, C8 × 1
         uv@0.6.1  copy     small       1       0        0
         uv@0.6.1  copy     large       0       1        0  C5 × 1
        ");
    }

    #[test]
    fn there_is_nothing_to_compare_with_one_alone() {
        let report = Report { outcomes: vec![Sample::new("ext4").outcome], ..Report::default() };
        assert_eq!(scores(&report), "");
    }
}
