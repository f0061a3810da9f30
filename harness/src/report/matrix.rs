//! The conformance matrix: one table per linker, mode and package, with the cache's filesystems as rows and the places of the
//! target as columns.
//!
//! Invariant: without a width the text depends on the report alone, so that it can be a snapshot.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::cell::{BROKEN, KEPT, Layout, UNFILLED, UNSELECTED, WARNED, painted};
use super::entry::{Entry, Fate, entries, grouped};
use super::grid::Grid;
use super::style::{Ink, Style};
use crate::outcome::{End, Outcome, Report};
use crate::pairing::Directories;

/// The tables of a report, then a legend of the signs and rules that occur in them.
#[must_use]
pub fn matrix(report: &Report, style: Style) -> String {
    let series = grouped(entries(report).map(|entry| ((entry.linker, entry.mode, entry.package), entry)));
    let (mut text, mut signs) = (String::new(), String::new());
    for ((linker, mode, package), entries) in series {
        let table = fitted(&Grid::new(&entries), style.width);
        let linker = named(linker, &entries);
        let title = [linker.as_str(), mode, package]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
        let _ = write!(text, "{}\n{}\n\n", style.paint(Ink::Title, &title), painted(&table, style));
        signs.push_str(&table);
    }
    text.push_str(&given(report));
    text.push_str(&legend(report, &signs, style));
    text
}

/// Which directories were given, and what they are on.
fn given(report: &Report) -> String {
    let given = report.outcomes.iter().filter_map(|it| Some((it.directories.as_ref()?, it)));
    let line = |word: &str, path: &Path, end: &End| {
        let source = end.source().filter(|source| *source != end.kind);
        let on = [Some(end.kind.as_str()), source].into_iter().flatten().collect::<Vec<_>>().join(" ");
        format!("{word:<8}in {} ({on})\n", path.display())
    };
    let lines = |(directories, outcome): &(&Directories, &Outcome)| {
        line("CACHE", &directories.cache, &outcome.cache) + &line("TARGET", &directories.target, &outcome.target) + "\n"
    };
    grouped(given)
        .first()
        .and_then(|(directories, outcomes)| Some(lines(&(directories, outcomes.first()?))))
        .unwrap_or_default()
}

/// The linker's name, with its version behind it where the name is a path.
fn named(linker: &str, entries: &[Entry<'_>]) -> String {
    let version = entries.iter().find_map(|entry| match entry.fate {
        Fate::Ran(outcome) => Some(&outcome.version),
        _ => None,
    });
    match version {
        Some(version) if linker.contains('/') => format!("{linker} ({version})"),
        _ => linker.to_owned(),
    }
}

fn legend(report: &Report, tables: &str, style: Style) -> String {
    let meanings: [(Ink, &str, &str); 5] = [
        (Ink::Kept, KEPT, "contract kept"),
        (Ink::Broken, BROKEN, "rules broken"),
        (Ink::Warned, WARNED, "the linker warned"),
        (Ink::Broken, UNFILLED, "means that the linker could not fill its cache there"),
        (Ink::Absent, UNSELECTED, "not selected"),
    ];
    let occurring = || meanings.iter().filter(|(_, sign, _)| tables.contains(sign));
    let signs: Vec<_> = occurring().map(|(_, sign, meaning)| format!("{sign} {meaning}")).collect();
    let signs = style.wrap(signs.iter().map(String::as_str), "   ", 0);
    // Painted last, as escape codes take no room in a line.
    let signs = occurring().fold(signs, |text, &(ink, sign, _)| text.replace(sign, &style.paint(ink, sign)));
    let rules: BTreeSet<_> = report.outcomes.iter().flat_map(Outcome::broken).map(|(rule, _)| rule).collect();
    let rules: Vec<_> = rules.iter().map(|rule| format!("{rule} {}", rule.name())).collect();
    let rules = style.wrap(rules.iter().map(String::as_str), "   ", 0);
    [signs, rules].into_iter().filter(|line| !line.is_empty()).map(|line| line + "\n").collect()
}

/// The table in the widest layout that fits; where none does, in several tables of some columns each.
fn fitted(grid: &Grid<'_>, width: Option<u16>) -> String {
    let wide = grid.text(&grid.columns, Layout::Wide);
    let Some(limit) = width.map(usize::from) else { return wide };
    let fits = |text: &str| text.lines().all(|line| line.chars().count() <= limit);
    if fits(&wide) {
        return wide;
    }
    let stacked = grid.text(&grid.columns, Layout::Stacked);
    if fits(&stacked) {
        return stacked;
    }
    let (mut tables, mut rest) = (Vec::new(), grid.columns.as_slice());
    while !rest.is_empty() {
        // One column is shown however narrow the terminal is.
        let most = (1..=rest.len()).rev().find(|&most| fits(&grid.text(&rest[..most], Layout::Wide))).unwrap_or(1);
        let (these, others) = rest.split_at(most);
        tables.push(grid.text(these, Layout::Wide));
        rest = others;
    }
    tables.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, sample};
    use super::super::style::Colour;
    use super::*;
    use crate::outcome::{Placement, Rule};

    fn at(width: u16) -> Style {
        Style { width: Some(width), ..Style::plain() }
    }

    #[test]
    fn a_build_is_titled_with_its_version() {
        let mut outcome = Sample::new("ext4").outcome;
        outcome.linker = "uv@./uv".to_owned();
        outcome.id = "uv@./uv/default/ext4/small".to_owned();
        let report = Report { outcomes: vec![outcome], ..Report::default() };
        assert_eq!(matrix(&report, Style::plain()).lines().next(), Some("uv@./uv (0.6.1) · default · small"));
    }

    #[test]
    fn every_scenario_has_its_cell() {
        insta::assert_snapshot!(matrix(&sample(), Style::plain()), @r"
        uv@0.6.1 · default · small
         cache ↓ target → │ alone             │ +bind       │ → ext4                │ → xfs    │ → tmpfs
        ──────────────────┼───────────────────┼─────────────┼───────────────────────┼──────────┼──────────────
         ext4             │ hard link ✓       │ copy ⚠ ✗ C5 │ ·                     │ copy ⚠ ✓ │ not run
         xfs              │ copy or reflink ✓ │ copy ⚠ ✗ C5 │ mixed, exit 2 ✗ C3 C8 │ ·        │ setup broken

        uv@0.6.1 · copy · small
         cache ↓ target → │ alone
        ──────────────────┼─────────────────────
         ext4             │ reflink, signal 9 ✓

        uv@0.6.1 · copy · large
         cache ↓ target → │ alone
        ──────────────────┼─────────────────────────────────
         xfs              │ copy, killed after 120 s ⚠ ✗ C5

        ✓ contract kept   ✗ rules broken   ⚠ the linker warned   · not selected
        C3 uniform   C5 honest   C8 clean failure
        ");
    }

    #[test]
    fn four_filesystems_fit_into_a_hundred_columns() {
        insta::assert_snapshot!(matrix(&square(), at(100)), @r"
        uv@0.6.1 · default · small
         cache ↓ target → │ alone             │ → ext4   │ → xfs          │ → btrfs  │ → tmpfs
        ──────────────────┼───────────────────┼──────────┼────────────────┼──────────┼──────────
         ext4             │ hard link ✓       │ copy ⚠ ✓ │ copy ⚠ ✗ C4 C5 │ copy ⚠ ✓ │ copy ⚠ ✓
         xfs              │ copy or reflink ✓ │ copy ⚠ ✓ │ copy ⚠ ✗ C4 C5 │ copy ⚠ ✓ │ copy ⚠ ✓
         btrfs            │ copy or reflink ✓ │ copy ⚠ ✓ │ copy ⚠ ✗ C4 C5 │ copy ⚠ ✓ │ copy ⚠ ✓
         tmpfs            │ hard link ✓       │ copy ⚠ ✓ │ copy ⚠ ✗ C4 C5 │ copy ⚠ ✓ │ copy ⚠ ✓

        ✓ contract kept   ✗ rules broken   ⚠ the linker warned
        C4 economical   C5 honest
        ");
    }

    #[test]
    fn four_filesystems_fit_into_a_hundred_columns_also_with_the_longest_cells() {
        let mut report = square();
        for outcome in &mut report.outcomes {
            let worst = Sample::new(&outcome.pairing).placed(Placement::Undecided, 24).warning("warning");
            *outcome = [Rule::C3, Rule::C4, Rule::C5].into_iter().fold(worst, |it, rule| it.broken(rule, &[])).outcome;
        }
        let text = matrix(&report, at(100));
        assert_eq!(text.matches("target →").count(), 1, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }

    #[test]
    fn a_narrow_terminal_gets_the_signs_beneath() {
        insta::assert_snapshot!(matrix(&square(), at(70)), @r"
        uv@0.6.1 · default · small
         cache ↓  │ alone           │ → ext4 │ → xfs     │ → btrfs │ → tmpfs
         target → │                 │        │           │         │
        ──────────┼─────────────────┼────────┼───────────┼─────────┼─────────
         ext4     │ hard link       │ copy   │ copy      │ copy    │ copy
                  │ ✓               │ ⚠ ✓    │ ⚠ ✗ C4 C5 │ ⚠ ✓     │ ⚠ ✓
        ┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈
         xfs      │ copy or reflink │ copy   │ copy      │ copy    │ copy
                  │ ✓               │ ⚠ ✓    │ ⚠ ✗ C4 C5 │ ⚠ ✓     │ ⚠ ✓
        ┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈
         btrfs    │ copy or reflink │ copy   │ copy      │ copy    │ copy
                  │ ✓               │ ⚠ ✓    │ ⚠ ✗ C4 C5 │ ⚠ ✓     │ ⚠ ✓
        ┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈┈┈┈┈
         tmpfs    │ hard link       │ copy   │ copy      │ copy    │ copy
                  │ ✓               │ ⚠ ✓    │ ⚠ ✗ C4 C5 │ ⚠ ✓     │ ⚠ ✓

        ✓ contract kept   ✗ rules broken   ⚠ the linker warned
        C4 economical   C5 honest
        ");
    }

    #[test]
    fn a_very_narrow_terminal_gets_several_tables() {
        insta::assert_snapshot!(matrix(&square(), at(44)), @r"
        uv@0.6.1 · default · small
         cache ↓ target → │ alone
        ──────────────────┼───────────────────
         ext4             │ hard link ✓
         xfs              │ copy or reflink ✓
         btrfs            │ copy or reflink ✓
         tmpfs            │ hard link ✓

         cache ↓ target → │ → ext4
        ──────────────────┼──────────
         ext4             │ copy ⚠ ✓
         xfs              │ copy ⚠ ✓
         btrfs            │ copy ⚠ ✓
         tmpfs            │ copy ⚠ ✓

         cache ↓ target → │ → xfs
        ──────────────────┼────────────────
         ext4             │ copy ⚠ ✗ C4 C5
         xfs              │ copy ⚠ ✗ C4 C5
         btrfs            │ copy ⚠ ✗ C4 C5
         tmpfs            │ copy ⚠ ✗ C4 C5

         cache ↓ target → │ → btrfs  │ → tmpfs
        ──────────────────┼──────────┼──────────
         ext4             │ copy ⚠ ✓ │ copy ⚠ ✓
         xfs              │ copy ⚠ ✓ │ copy ⚠ ✓
         btrfs            │ copy ⚠ ✓ │ copy ⚠ ✓
         tmpfs            │ copy ⚠ ✓ │ copy ⚠ ✓

        ✓ contract kept   ✗ rules broken
        ⚠ the linker warned
        C4 economical   C5 honest
        ");
    }

    #[test]
    fn rows_and_columns_are_in_the_order_of_the_grammar_and_unknown_names_come_last() {
        let pairings = ["zfs", "xfs:zfs", "xfs:ext4", "xfs+owner", "xfs+bind", "xfs", "ext4"];
        let outcomes = pairings.map(|pairing| Sample::new(pairing).outcome).into();
        let text = matrix(&Report { outcomes, ..Report::default() }, Style::plain());
        insta::assert_snapshot!(text, @r"
        uv@0.6.1 · default · small
         cache ↓ target → │ alone       │ +bind       │ +owner      │ → ext4      │ → zfs
        ──────────────────┼─────────────┼─────────────┼─────────────┼─────────────┼─────────────
         ext4             │ hard link ✓ │ ·           │ ·           │ ·           │ ·
         xfs              │ hard link ✓ │ hard link ✓ │ hard link ✓ │ hard link ✓ │ hard link ✓
         zfs              │ hard link ✓ │ ·           │ ·           │ ·           │ ·

        ✓ contract kept   · not selected
        ");
    }

    #[test]
    fn no_line_is_longer_than_the_terminal_and_colours_take_no_room() {
        for width in [40, 50, 80, 100, 132] {
            let plain = matrix(&square(), at(width));
            assert!(plain.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{plain}");
            let ansi = matrix(&square(), Style { colour: Colour::Ansi, ..at(width) });
            assert_eq!(anstream::adapter::strip_str(&ansi).to_string(), plain);
        }
    }

    #[test]
    fn a_terminal_too_narrow_for_one_column_still_shows_every_column() {
        let text = matrix(&square(), at(1));
        assert_eq!(text.matches("cache ↓ target → │ ").count(), 5);
    }

    #[test]
    fn an_empty_report_has_no_tables() {
        assert_eq!(matrix(&Report::default(), Style::plain()), "");
    }

    /// Four filesystems, each alone and each with each.
    fn square() -> Report {
        let names = ["ext4", "xfs", "btrfs", "tmpfs"];
        let alone = names.map(str::to_owned).into_iter();
        let separate = names.into_iter().flat_map(|cache| names.map(|target| format!("{cache}:{target}")));
        let outcomes = alone.chain(separate).map(|pairing| {
            let sample = Sample::new(&pairing);
            let sample = match pairing.as_str() {
                "xfs" | "btrfs" => sample.placed(Placement::Undecided, 24),
                "ext4" | "tmpfs" => sample,
                _ => sample.placed(Placement::Copy, 24).warning("warning"),
            };
            if pairing.ends_with(":xfs") {
                sample.broken(Rule::C4, &[]).broken(Rule::C5, &[]).outcome
            } else {
                sample.outcome
            }
        });
        Report { outcomes: outcomes.collect(), ..Report::default() }
    }
}
