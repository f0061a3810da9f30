//! The table: each figure beside its budget.

use std::fmt::Display;

/// How much larger than before a figure may be.
pub const GROWTH_BUDGET: f64 = 1.1;

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A line for a time in seconds that should stay below another.
pub fn milliseconds(label: impl Display, figure: f64, budget: f64) {
    let show = |seconds: f64| format!("{:.1} ms", seconds * 1000.0);
    row(label, show(figure), show(budget), figure <= budget);
}

/// A line for what should not grow much.
pub fn growth(label: &str, before: f64, after: f64, unit: &str) {
    let figure = format!("{before:.0} -> {after:.0} {unit}");
    row(label, figure, format_args!("x {GROWTH_BUDGET}"), after <= before * GROWTH_BUDGET);
}

/// A line for a figure and its budget.
pub fn row(label: impl Display, figure: impl Display, budget: impl Display, met: bool) {
    let (figure, budget) = (figure.to_string(), budget.to_string());
    line(&label.to_string(), &figure, &budget, if met { "met" } else { "not met" });
}

/// A line.
pub fn line(label: &str, figure: &str, budget: &str, verdict: &str) {
    say(format_args!("{label:<52}{figure:>20}{budget:>16}  {verdict}"));
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is run for")]
pub fn say(line: impl Display) {
    println!("{line}");
}
