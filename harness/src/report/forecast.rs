//! Predictions as a table: like linkers share a line, and what may go wrong is told once.

use std::fmt::Write as _;

use super::entry::grouped;
use super::style::{Ink, Style};
use crate::outcome::Predicted;
use crate::predict::Prediction;

/// The table, and below it what may go wrong, by number.
pub(super) fn forecast(predictions: &[Prediction], style: Style) -> String {
    let mut risks: Vec<&str> = Vec::new();
    let mut by_mode = grouped(predictions.iter().map(|it| (it.mode.as_str(), it)));
    let order = modes(predictions);
    by_mode.sort_by_key(|(mode, _)| order.iter().position(|known| known == mode));
    let mut rows = Vec::new();
    for (mode, of_mode) in &by_mode {
        let alike = grouped(of_mode.iter().map(|it| (&it.predicted, it.linker.as_str())));
        for (number, (predicted, linkers)) in alike.into_iter().enumerate() {
            let risk = predicted.risk.as_deref().map_or_else(String::new, |risk| number_of(risk, &mut risks));
            let mode = if number == 0 { mode } else { "" };
            rows.push([mode.to_owned(), spans(&linkers)].into_iter().chain(words(predicted)).chain([risk]).collect());
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let head = ["mode", "linker", "strategy", "warns", "ends", "risk"].map(str::to_owned).to_vec();
    let mut lines = aligned(&[&[head], rows.as_slice()].concat()).into_iter();
    let head = lines.next().map(|head| style.paint(Ink::Title, &head)).unwrap_or_default();
    let mut text: String = [head].into_iter().chain(lines).map(|line| line + "\n").collect();
    if !risks.is_empty() {
        text.push('\n');
    }
    for (number, risk) in risks.iter().enumerate() {
        let words = risk.split(' ');
        let _ = writeln!(text, "{}", style.wrap([format!("{}", number + 1).as_str()].into_iter().chain(words), " ", 2));
    }
    text
}

/// The modes in the order of the linker that has the most.
fn modes(predictions: &[Prediction]) -> Vec<&str> {
    let by_linker = grouped(predictions.iter().map(|it| (it.linker.as_str(), it.mode.as_str())));
    by_linker.into_iter().map(|(_, modes)| modes).max_by_key(Vec::len).unwrap_or_default()
}

fn words(predicted: &Predicted) -> [String; 3] {
    let warns = if predicted.warns { "yes" } else { "-" };
    [predicted.strategy.name().to_owned(), warns.to_owned(), predicted.ends.to_string()]
}

/// The risk's number, counted from 1.
fn number_of<'a>(risk: &'a str, risks: &mut Vec<&'a str>) -> String {
    let known = risks.iter().position(|known| *known == risk);
    let number = known.unwrap_or_else(|| {
        risks.push(risk);
        risks.len() - 1
    });
    (number + 1).to_string()
}

/// `uv@0.1.7`, `uv@0.1.7 to 0.2.25`, `reference@per-file, restart`: versions come in their order, and between the first and the
/// last of a line are those that are known.
fn spans(linkers: &[&str]) -> String {
    let split = linkers.iter().map(|linker| linker.split_once('@').unwrap_or((linker, "")));
    let families = grouped(split);
    let parts = families.iter().map(|(family, labels)| match labels.as_slice() {
        [first, .., last] if first.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{family}@{first} to {last}")
        }
        labels => format!("{family}@{}", labels.join(", ")),
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// Lines of equal columns, without spaces at their ends.
pub(super) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_follow_each_other_are_told_by_the_first_and_the_last() {
        assert_eq!(spans(&["uv@0.1.7"]), "uv@0.1.7");
        assert_eq!(spans(&["uv@0.1.7", "uv@0.2.1", "uv@0.3.1"]), "uv@0.1.7 to 0.3.1");
        assert_eq!(
            spans(&["uv@0.1.7", "reference@per-file", "reference@strict"]),
            "uv@0.1.7; reference@per-file, strict"
        );
    }
}
