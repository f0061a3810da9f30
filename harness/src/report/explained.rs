//! An explanation, for a person: what was placed, what was refused and why, and what to change.

use std::fmt::Write as _;

use super::style::{Ink, Style};
use crate::explain::{Explanation, Fallback, Group};
use crate::facts::{Confinement, EndFacts};
use crate::outcome::Exit;

/// Everything, in sections.
#[must_use]
pub fn explained(explanation: &Explanation, style: Style) -> String {
    let Explanation { placed, fallbacks, refused, .. } = explanation;
    let mut text = format!("\n{}\n", style.paint(Ink::Title, &headline(explanation)));
    if placed.is_empty() {
        text.push_str("placed    nothing\n");
    }
    for (number, group) in placed.iter().enumerate() {
        let label = if number == 0 { "placed" } else { "" };
        let _ = writeln!(text, "{label:<10}{}", placed_so(group));
    }
    for fallback in fallbacks {
        text.push_str(&refusal(fallback, style));
    }
    for refusal in refused {
        let calls = if refusal.calls == 1 { "1 call".to_owned() } else { format!("{} calls", refusal.calls) };
        let _ = writeln!(text, "\n{} refused with {}: {calls}\n    {}", refusal.class, refusal.errno, refusal.path);
    }
    if fallbacks.is_empty() && refused.is_empty() {
        text.push_str("\nno strategy was refused\n");
    }
    let left = match explanation.left_running {
        0 => None,
        1 => Some("1 process was left running, and ended".to_owned()),
        left => Some(format!("{left} processes were left running, and ended")),
    };
    let confined = explanation.process.confinement == Confinement::Confined;
    let confined = confined.then(|| "exdev itself runs in a sandbox that restricts access to paths".to_owned());
    let notes: Vec<_> = explanation.unseen.iter().cloned().chain(left).chain(confined).collect();
    for (number, note) in notes.iter().enumerate() {
        let label = if number == 0 { "\nnote      " } else { "          " };
        let _ = writeln!(text, "{label}{note}");
    }
    text
}

fn headline(explanation: &Explanation) -> String {
    let Explanation { command, exit, seconds, .. } = explanation;
    let end = match exit {
        Exit::Code(0) => "done".to_owned(),
        Exit::TimedOut(limit) => format!("ended by exdev after {limit} s"),
        other => other.to_string(),
    };
    format!("{}: {end} ({seconds:.1} s)", command.join(" "))
}

fn placed_so(group: &Group) -> String {
    let Group { strategy, by, files, directory, mounted } = group;
    let strategy = strategy.map_or("written", |strategy| strategy.name());
    let files = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    let by = by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
    let on = mounted.as_ref().map(|mounted| format!(" (on {})", mounted.trim_end())).unwrap_or_default();
    format!("{strategy:<10}{files:>11}  in {directory}{on}{by}")
}

fn refusal(fallback: &Fallback, style: Style) -> String {
    let Fallback { strategy, errno, files, reason, then, from, to, cache, target, advice, .. } = fallback;
    let of = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    let head = format!("{strategy} refused with {errno} for {of}: {reason}");
    let mut text = format!("\n{}\n", style.paint(Ink::Warned, &head));
    let _ = writeln!(text, "    from  {from}\n          {}", whereabouts(cache));
    let _ = writeln!(text, "    to    {to}\n          {}", whereabouts(target));
    let then = then.map_or_else(|| "not placed".to_owned(), |then| format!("placed by {then}"));
    let _ = writeln!(text, "    then  {then}");
    for (number, advice) in advice.iter().enumerate() {
        let label = if number == 0 { "mend" } else { "or" };
        let _ = writeln!(text, "    {label:<4}  {advice}");
    }
    text
}

/// The mount in words, and its line in mountinfo.
fn whereabouts(end: &EndFacts) -> String {
    let source = end.end.source().unwrap_or_default();
    let project = end.project.filter(|project| *project != 0).map(|id| format!(", project {id}")).unwrap_or_default();
    format!(
        "{} {source}, device {}, mount {}{project}\n          {}",
        end.end.kind, end.end.device, end.end.mount_id, end.end.mountinfo
    )
}
