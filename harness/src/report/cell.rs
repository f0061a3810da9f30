//! One cell of a table: what became of one scenario, in a few words and signs.
//!
//! Invariant: the signs occur in cells only as signs, so a finished table can be searched for them and painted.

use super::entry::Fate;
use super::style::{Ink, Style};
use crate::outcome::{Outcome, Step};

pub(super) const KEPT: &str = "✓";
pub(super) const BROKEN: &str = "✗";
pub(super) const WARNED: &str = "⚠";
pub(super) const UNSELECTED: &str = "·";
pub(super) const BORDER: char = '│';

pub(super) const UNFILLED: &str = "no cache";
const NOT_RUN: &str = "not run";
const SETUP_BROKEN: &str = "setup broken";

/// How the parts of a cell are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// In one line.
    Wide,
    /// The strategy above the signs, for terminals that are too narrow.
    Stacked,
}

/// The cell's text.
pub(super) fn cell(fate: Fate<'_>, layout: Layout) -> String {
    match fate {
        Fate::Ran(outcome) => ran(outcome, layout),
        Fate::NotRun(_) => NOT_RUN.to_owned(),
        Fate::SetupBroken(_) => SETUP_BROKEN.to_owned(),
    }
}

fn ran(outcome: &Outcome, layout: Layout) -> String {
    let mut marks = Vec::new();
    if !outcome.exit.is_success() {
        marks.push(outcome.exit.to_string());
    }
    if !outcome.warnings.is_empty() {
        marks.push(WARNED.to_owned());
    }
    let rules: Vec<_> = outcome.broken().map(|(rule, _)| rule.to_string()).collect();
    if rules.is_empty() {
        marks.push(KEPT.to_owned());
    } else {
        marks.push(format!("{BROKEN} {}", rules.join(" ")));
    }
    let between = match layout {
        Layout::Stacked => "\n",
        Layout::Wide if outcome.exit.is_success() => " ",
        Layout::Wide => ", ",
    };
    let placed = match outcome.step {
        Step::Prime => UNFILLED,
        Step::Link => outcome.strategy.name(),
    };
    format!("{placed}{between}{}", marks.join(" "))
}

/// A finished table with its signs in colour.
pub(super) fn painted(table: &str, style: Style) -> String {
    let line = |line: &str| {
        let cells: Vec<_> = line.split(BORDER).map(|cell| painted_cell(cell, style)).collect();
        cells.join(&BORDER.to_string())
    };
    table.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn painted_cell(cell: &str, style: Style) -> String {
    let words = cell.trim();
    match words {
        "" => return cell.to_owned(),
        UNSELECTED | NOT_RUN => return cell.replace(words, &style.paint(Ink::Absent, words)),
        SETUP_BROKEN => return cell.replace(words, &style.paint(Ink::Broken, words)),
        _ => {}
    }
    let (before, broken) = words.split_at(words.find(BROKEN).unwrap_or(words.len()));
    let before = before.replace(KEPT, &style.paint(Ink::Kept, KEPT)).replace(WARNED, &style.paint(Ink::Warned, WARNED));
    let broken = if broken.is_empty() { String::new() } else { style.paint(Ink::Broken, broken) };
    cell.replace(words, &format!("{before}{broken}"))
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::super::style::Colour;
    use super::*;
    use crate::outcome::{Exit, Placement, Rule};

    #[test]
    fn a_cell_says_strategy_end_warning_and_rules() {
        let copied = Sample::new("ext4:xfs").placed(Placement::Copy, 24);
        let warned = copied.clone().warning("warning: slow");
        let failed = warned.clone().exit(Exit::Code(2)).broken(Rule::C3, &[]).broken(Rule::C8, &[]);
        let unfilled = Sample::new("vfat").exit(Exit::Code(2)).unfilled();
        let cells = [&copied, &warned, &failed, &unfilled]
            .map(|it| [Layout::Wide, Layout::Stacked].map(|layout| cell(Fate::Ran(&it.outcome), layout)));
        assert_eq!(
            cells,
            [
                ["copy ✓", "copy\n✓"],
                ["copy ⚠ ✓", "copy\n⚠ ✓"],
                ["copy, exit 2 ⚠ ✗ C3 C8", "copy\nexit 2 ⚠ ✗ C3 C8"],
                ["no cache, exit 2 ✓", "no cache\nexit 2 ✓"]
            ]
        );
    }

    #[test]
    fn painting_changes_nothing_but_the_colours() {
        let table = " copy ⚠ ✓ │ copy ⚠ ✗ C3 │ not run │ setup broken │ ·";
        let ansi = Style { colour: Colour::Ansi, ..Style::plain() };
        let painted_table = painted(table, ansi);
        assert_eq!(
            painted_table,
            " copy \u{1b}[33m⚠\u{1b}[0m \u{1b}[32m✓\u{1b}[0m │ copy \u{1b}[33m⚠\u{1b}[0m \u{1b}[1m\u{1b}[31m✗ C3\u{1b}[0m │ \
             \u{1b}[2mnot run\u{1b}[0m │ \u{1b}[1m\u{1b}[31msetup broken\u{1b}[0m │ \u{1b}[2m·\u{1b}[0m"
        );
        assert_eq!(anstream::adapter::strip_str(&painted_table).to_string(), table);
        assert_eq!(painted(table, Style::plain()), table);
    }
}
