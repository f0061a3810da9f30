//! What pnpm says, read from the text of one run: a JSON document in each line, 10 on its standard output, 12 on standard error; but
//! an error of 12.3 is prose that is wrapped at 80 columns.
//!
//! Invariant: `hear` is total and pure. What it does not know is passed over.

use serde_json::Value;

use crate::errno::Errno;
use crate::linker::{Heard, npm};
use crate::outcome::Strategy;

/// Reads what pnpm said in one run.
pub fn hear(stdout: &str, stderr: &str) -> Heard {
    let mut heard = Heard { errors: report(stderr), ..Heard::default() };
    for line in stdout.lines().chain(stderr.lines()) {
        if let Ok(entry) = serde_json::from_str(line) {
            note(&mut heard, &entry);
        }
    }
    heard.errno = heard.errors.iter().rev().find_map(|line| npm::errno(line).or_else(|| Errno::stated(line)));
    heard
}

fn note(heard: &mut Heard, entry: &Value) {
    let text = |key: &str| entry[key].as_str();
    let message = entry["err"]["message"].as_str().or_else(|| text("message"));
    match (text("name"), text("level"), message) {
        (Some("pnpm:progress" | "pnpm:package-import-method"), ..) => {
            heard.strategy = text("method").and_then(strategy).or(heard.strategy);
        }
        (_, Some("warn"), Some(message)) => heard.warnings.push(message.to_owned()),
        (_, Some("error"), Some(message)) => heard.errors = vec![message.to_owned()],
        _ => {}
    }
}

fn strategy(word: &str) -> Option<Strategy> {
    match word {
        "clone" => Some(Strategy::Reflink),
        "hardlink" => Some(Strategy::HardLink),
        "copy" => Some(Strategy::Copy),
        _ => None,
    }
}

/// The lines of an error in prose, as they were before they were wrapped.
fn report(stderr: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let prose = stderr.lines().skip_while(|line| !line.starts_with("Error: "));
    for line in prose.map(|line| line.trim_start_matches("Error: ").trim()).take_while(|line| !line.is_empty()) {
        let label = ["× ", "├─▶ ", "╰─▶ "].iter().find_map(|label| line.strip_prefix(label));
        match (label, lines.last_mut()) {
            (None, Some(last)) => {
                // Within a path, which is in quotes, there was no space.
                let space = if last.matches('"').count() % 2 == 0 { " " } else { "" };
                last.extend([space, line]);
            }
            (label, _) => lines.push(label.unwrap_or(line).to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests;
