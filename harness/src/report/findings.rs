//! What a person has to know after the tables: broken rules with their evidence, what was not run, what could not be set up.

use std::fmt::Write as _;

use super::entry::{Entry, grouped};
use super::style::{Ink, Style};
use crate::kernel::Kernel;
use crate::outcome::{Outcome, Report, Rule};

/// So many lines of evidence are shown; the report's JSON has them all.
const EVIDENCE_LINES: usize = 5;

/// Every broken rule with its evidence, then what was not run and what could not be set up, last one line of totals.
#[must_use]
pub fn findings(report: &Report, style: Style) -> String {
    let needs_a_person = broken_rules(report, style) + &unsettled(report, style);
    needs_a_person + &kernels(report) + &totals(report) + "\n"
}

/// What was not run, and what could not be set up.
pub(super) fn unsettled(report: &Report, style: Style) -> String {
    not_run(report, style) + &broken_setups(report, style)
}

/// In which kernels the scenarios ran, unless all ran on the machine's own.
fn kernels(report: &Report) -> String {
    let by_kernel = grouped(report.outcomes.iter().map(|it| ((it.kernel, &it.kernel_release), ())));
    if by_kernel.iter().all(|((kernel, _), _)| *kernel == Kernel::Host) {
        return String::new();
    }
    let parts: Vec<_> = by_kernel
        .iter()
        .map(|((kernel, release), scenarios)| format!("{} on {kernel} ({release})", scenarios.len()))
        .collect();
    format!("{}\n", parts.join(", "))
}

fn broken_rules(report: &Report, style: Style) -> String {
    let broken = |rule: Rule| {
        report.outcomes.iter().filter_map(move |outcome| {
            let (_, judgement) = outcome.broken().find(|&(broken, _)| broken == rule)?;
            Some(((rule, outcome.linker.as_str(), judgement.evidence.as_slice()), outcome))
        })
    };
    let mut text = String::new();
    for ((rule, linker, evidence), outcomes) in grouped(Rule::ALL.into_iter().flat_map(broken)) {
        let subject = format!("{rule} {}", rule.name());
        let sentence = format!("{subject} is broken by {linker} {}", wheres(&outcomes));
        let sentence = style.wrap(sentence.split(' '), " ", 2);
        text.push_str(&sentence.replacen(&subject, &style.paint(Ink::Broken, &subject), 1));
        text.push('\n');
        text.push_str(&shown(evidence, style));
        text.push('\n');
    }
    text
}

/// `(default) on ext4+bind, xfs+bind; (clone) on xfs+bind`
fn wheres(outcomes: &[&Outcome]) -> String {
    let by_mode = grouped(outcomes.iter().map(|outcome| {
        let Entry { mode, package, pairing, .. } = Entry::ran(outcome);
        // The small package run as a user is the ordinary case, which a reader need not be told of.
        let manner = if package == "small" { mode.to_owned() } else { format!("{mode}, {package}") };
        (manner, pairing)
    }));
    let parts: Vec<_> =
        by_mode.iter().map(|(manner, pairings)| format!("({manner}) on {}", pairings.join(", "))).collect();
    parts.join("; ")
}

fn shown(evidence: &[String], style: Style) -> String {
    let lines: Vec<_> = evidence.iter().flat_map(|text| text.lines()).collect();
    let mut text = String::new();
    for line in lines.iter().take(EVIDENCE_LINES) {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(more) = lines.len().checked_sub(EVIDENCE_LINES).filter(|&more| more > 0) {
        let more = style.paint(Ink::Absent, &format!("… and {more} more"));
        let _ = writeln!(text, "    {more}");
    }
    text
}

fn not_run(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for ((reason, mend), scenarios) in grouped(report.not_run.iter().map(|it| ((&it.reason, &it.mend), it))) {
        let count = style.paint(Ink::Warned, &format!("{} not run", scenarios.len()));
        let _ = write!(text, "{count}: {reason}\n    mend: {mend}\n\n");
    }
    text
}

fn broken_setups(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for (problem, ids) in grouped(report.broken_setups.iter().map(|it| (it.problem.trim_end(), it.id.clone()))) {
        let count = style.paint(Ink::Broken, &format!("{} could not be set up", ids.len()));
        let _ = write!(text, "{count}: {problem}\n{}\n", shown(&ids, style));
    }
    text
}

fn totals(report: &Report) -> String {
    let broken = report.outcomes.iter().filter(|outcome| outcome.broken().next().is_some()).count();
    let kept = report.outcomes.len() - broken;
    let (not_run, setups) = (report.not_run.len(), report.broken_setups.len());
    let all = report.outcomes.len() + not_run + setups;
    let noun = if all == 1 { "scenario" } else { "scenarios" };
    format!(
        "{all} {noun}: {kept} kept the contract, {broken} broke a rule, {not_run} not run, {setups} could not be set up"
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, sample};
    use super::super::style::Colour;
    use super::*;

    #[test]
    fn everything_that_needs_a_person_is_listed() {
        insta::assert_snapshot!(findings(&sample(), Style::plain()), @r"
        C3 uniform is broken by uv@0.6.1 (default) on xfs:ext4
            sample/a.py is a copy

        C5 honest is broken by uv@0.6.1 (default) on ext4+bind, xfs+bind; (copy, large) on xfs
            it fell back to copy
            the last line says `Installed`

        C8 clean failure is broken by uv@0.6.1 (default) on xfs:ext4
            sample/module_01.py is missing
            sample/module_02.py is missing
            sample/module_03.py is missing
            sample/module_04.py is missing
            sample/module_05.py is missing
            … and 19 more

        1 not run: tmpfs cannot be mounted here
            mend: sudo modprobe tmpfs

        1 could not be set up: failed to format /tmp/image: mkfs.xfs exited with 1; free some space
            uv@0.6.1/default/xfs:tmpfs/small

        10 scenarios: 4 kept the contract, 4 broke a rule, 1 not run, 1 could not be set up
        ");
    }

    #[test]
    fn five_lines_of_evidence_are_shown_whole_and_a_sixth_is_counted() {
        let evidence: Vec<_> = (1..=6).map(|number| number.to_string()).collect();
        assert_eq!(shown(&evidence[..5], Style::plain()), "    1\n    2\n    3\n    4\n    5\n");
        assert_eq!(shown(&evidence, Style::plain()), "    1\n    2\n    3\n    4\n    5\n    … and 1 more\n");
    }

    #[test]
    fn other_evidence_of_the_same_rule_stands_by_itself() {
        let broken = |pairing, evidence| Sample::new(pairing).broken(Rule::C4, &[evidence]).outcome;
        let outcomes = vec![broken("ext4", "one"), broken("xfs", "two"), broken("btrfs", "one")];
        let text = findings(&Report { outcomes, ..Report::default() }, Style::plain());
        insta::assert_snapshot!(text, @r"
        C4 economical is broken by uv@0.6.1 (default) on ext4, btrfs
            one

        C4 economical is broken by uv@0.6.1 (default) on xfs
            two

        3 scenarios: 0 kept the contract, 3 broke a rule, 0 not run, 0 could not be set up
        ");
    }

    #[test]
    fn the_same_reason_is_told_once() {
        let mut report = sample();
        report.outcomes.clear();
        report.broken_setups.clear();
        report.not_run = vec![report.not_run[0].clone(); 3];
        insta::assert_snapshot!(findings(&report, Style::plain()), @r"
        3 not run: tmpfs cannot be mounted here
            mend: sudo modprobe tmpfs

        3 scenarios: 0 kept the contract, 0 broke a rule, 3 not run, 0 could not be set up
        ");
    }

    #[test]
    fn a_clean_report_is_its_totals() {
        let report = Report { outcomes: vec![Sample::new("ext4").outcome], ..Report::default() };
        assert_eq!(
            findings(&report, Style::plain()),
            "1 scenario: 1 kept the contract, 0 broke a rule, 0 not run, 0 could not be set up\n"
        );
    }

    #[test]
    fn the_kernels_are_told_where_one_was_a_guest() {
        let mut guest = Sample::new("vfat").outcome;
        (guest.kernel, guest.kernel_release) = (Kernel::Uml, "6.1.176".to_owned());
        let host = Sample::new("ext4").outcome;
        let report = Report { outcomes: vec![host.clone(), guest, host], ..Report::default() };
        assert_eq!(
            findings(&report, Style::plain()),
            "2 on host (6.12.0), 1 on uml (6.1.176)\n\
             3 scenarios: 3 kept the contract, 0 broke a rule, 0 not run, 0 could not be set up\n"
        );
    }

    #[test]
    fn colours_change_nothing_but_the_colours() {
        let style = Style { width: Some(73), ..Style::plain() };
        assert!(findings(&sample(), style).contains("xfs+bind; (copy,\n  large) on xfs\n    it fell"));
        let ansi = findings(&sample(), Style { colour: Colour::Ansi, ..style });
        assert!(ansi.starts_with("\u{1b}[1m\u{1b}[31mC3 uniform\u{1b}[0m is broken by"), "{ansi}");
        assert_eq!(anstream::adapter::strip_str(&ansi).to_string(), findings(&sample(), style));
    }
}
