//! An explanation, for a person: the answer first, which is what was not placed as it was to be, why, and what to change; then what
//! was placed where, and what else is worth a note.

use std::fmt::Write as _;

use super::style::{Ink, Style};
use crate::explain::{Explanation, Fallback, Group};
use crate::facts::{Confinement, EndFacts, FileFacts};
use crate::outcome::{Exit, Strategy};
use crate::reason::Reason;

/// Everything, in sections.
#[must_use]
pub fn explained(explanation: &Explanation, style: Style) -> String {
    let Explanation { placed, fallbacks, refused, .. } = explanation;
    let mut text = format!("\n{}\n", style.paint(Ink::Title, &headline(explanation)));
    let (lesser, answers): (Vec<_>, Vec<_>) = alike(fallbacks).into_iter().partition(Refused::is_lesser);
    for answer in &answers {
        text.push_str(&answer.whole(style));
    }
    if !lesser.is_empty() {
        text.push('\n');
    }
    for answer in &lesser {
        let _ = writeln!(text, "{}", style.wrap(answer.sentence().split(' '), " ", 4));
    }
    for refusal in refused {
        let calls = count(refusal.calls, "call");
        let head = format!("{} refused with {}: {calls}", refusal.class, refusal.errno);
        let _ = writeln!(text, "\n{}\n    {:<6}{}", style.paint(Ink::Broken, &head), "path", refusal.path);
    }
    if fallbacks.is_empty() && refused.is_empty() {
        let copied = placed.iter().any(|group| group.strategy == Some(Strategy::Copy));
        let words =
            if copied { "nothing was refused: it copied without trying to link" } else { "nothing was refused" };
        let _ = writeln!(text, "\n{}", style.paint(Ink::Kept, words));
    }
    text + "\n" + &table(placed) + &notes(explanation, style)
}

fn headline(explanation: &Explanation) -> String {
    let Explanation { command, exit, seconds, .. } = explanation;
    let end = match exit {
        Exit::Code(0) => format!("done in {seconds:.1} s"),
        Exit::Code(code) => format!("exit code {code} after {seconds:.1} s"),
        Exit::Signal(signal) => format!("ended by signal {signal} after {seconds:.1} s"),
        Exit::TimedOut(_) => format!("ended by exdev after {seconds:.1} s, the limit"),
    };
    format!("{}: {end}", command.join(" "))
}

/// Strategies that were refused for one reason between the same ends, of as many files, and answered alike.
struct Refused<'a> {
    first: &'a Fallback,
    others: Vec<&'a Fallback>,
}

fn alike(fallbacks: &[Fallback]) -> Vec<Refused<'_>> {
    let mut found: Vec<Refused<'_>> = Vec::new();
    for fallback in fallbacks {
        match found.iter_mut().find(|refused| refused.answers(fallback)) {
            Some(refused) => refused.others.push(fallback),
            None => found.push(Refused { first: fallback, others: Vec::new() }),
        }
    }
    found
}

impl Refused<'_> {
    fn answers(&self, other: &Fallback) -> bool {
        let key = |it: &Fallback| (it.kind.clone(), it.files, it.then, it.cache.end.clone(), it.target.end.clone());
        self.all().all(|known| known.strategy != other.strategy) && key(self.first) == key(other)
    }

    fn all(&self) -> impl Iterator<Item = &Fallback> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// Whether it is nothing to worry about: reflinks that the filesystem does not have, where files became hard links.
    const fn is_lesser(&self) -> bool {
        matches!((&self.first.kind, self.first.then), (Reason::NoReflinks { .. }, Some(Strategy::HardLink)))
    }

    /// `34 files were copied, not hard linked (EXDEV): different filesystems (ext4, xfs)`.
    fn sentence(&self) -> String {
        let Fallback { files, reason, then, untried, .. } = self.first;
        let were = format!("{} {}", count(*files, "file"), if *files == 1 { "was" } else { "were" });
        let tried: Vec<_> = self.all().map(|it| format!("{} ({})", participle(it.strategy), it.errno)).collect();
        let tried = tried.join(" or ");
        let others = match untried {
            0 => String::new(),
            others => format!(", and {others} more without a try"),
        };
        match then {
            Some(then) => format!("{were} {}, not {tried}{others}: {reason}", participle(*then)),
            None => format!("{were} not {tried}, nor placed otherwise: {reason}"),
        }
    }

    fn whole(&self, style: Style) -> String {
        let Fallback { then, from, to, file, cache, target, advice, .. } = self.first;
        let ink = if then.is_some() { Ink::Warned } else { Ink::Broken };
        let sentence = self.sentence();
        let mut text = format!("\n{}\n", style.paint(ink, &style.wrap(sentence.split(' '), " ", 4)));
        for (number, advice) in advice.iter().enumerate() {
            let label = if number == 0 { "    mend" } else { "    or" };
            let _ = writeln!(text, "{}", wrapped(label, advice, style));
        }
        let owner = file.as_ref().filter(|_| is_about_the_file(&self.first.kind)).map(looks).unwrap_or_default();
        let _ = writeln!(text, "    {:<6}{from}{owner}", "from");
        text.push_str(&whereabouts(cache, style));
        let _ = writeln!(text, "    {:<6}{to}", "to");
        if cache.end == target.end && cache.project == target.project {
            let _ = writeln!(text, "{INDENT}on the same mount");
        } else {
            text.push_str(&whereabouts(target, style));
        }
        text
    }
}

const INDENT: &str = "          ";

/// A label and words behind it, in as many lines as it takes.
fn wrapped(label: &str, words: &str, style: Style) -> String {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    let first = format!("{label:<10}{first}");
    style.wrap(std::iter::once(first.as_str()).chain(rest.split_terminator(' ')), " ", INDENT.len())
}

const fn participle(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Reflink => "reflinked",
        Strategy::HardLink => "hard linked",
        Strategy::Symlink => "symlinked",
        Strategy::Copy => "copied",
    }
}

const fn is_about_the_file(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::ProtectedHardlinks
            | Reason::Immutable
            | Reason::LinkLimit { .. }
            | Reason::Nocow
            | Reason::Unknown { .. }
    )
}

fn looks(file: &FileFacts) -> String {
    let links = count(file.links.try_into().unwrap_or(usize::MAX), "link");
    let looks = [format!("owner {}", file.uid), format!("mode {:o}", file.mode), links];
    let flags = file.flags.iter().map(|flag| flag.name().to_owned());
    format!(" ({})", looks.into_iter().chain(flags).collect::<Vec<_>>().join(", "))
}

/// The mount in words, and its line in mountinfo, which is not broken: it is to be copied.
fn whereabouts(end: &EndFacts, style: Style) -> String {
    let source = end.end.source().unwrap_or_default();
    let project = end.project.filter(|project| *project != 0).map(|id| format!(", project {id}")).unwrap_or_default();
    let line = style.paint(Ink::Absent, &end.end.mountinfo);
    format!(
        "{INDENT}{} {source}, device {}, mount {}{project}\n{INDENT}{line}\n",
        end.end.kind, end.end.device, end.end.mount_id
    )
}

fn table(placed: &[Group]) -> String {
    if placed.is_empty() {
        return "placed    nothing\n".to_owned();
    }
    let counts: Vec<_> = placed.iter().map(|group| count(group.files, "file")).collect();
    let width = counts.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for (number, (group, files)) in placed.iter().zip(counts).enumerate() {
        let Group { strategy, by, directory, mounted, .. } = group;
        let label = if number == 0 { "placed" } else { "" };
        let how = strategy.map_or("written", participle);
        let by = by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
        let on = mounted.as_ref().map(|mounted| format!(" ({})", mounted.trim_end())).unwrap_or_default();
        let _ = writeln!(text, "{label:<10}{files:>width$} {how:<11} in {directory}{on}{by}");
    }
    text
}

fn notes(explanation: &Explanation, style: Style) -> String {
    let left = match explanation.left_running {
        0 => None,
        1 => Some("1 process was left running, and ended".to_owned()),
        left => Some(format!("{left} processes were left running, and ended")),
    };
    let confined = explanation.process.confinement == Confinement::Confined;
    let confined = confined.then(|| "exdev itself runs in a sandbox that restricts access to paths".to_owned());
    let notes = explanation.unseen.iter().cloned().chain(left).chain(confined).enumerate();
    notes.fold(String::new(), |text, (number, note)| {
        let (before, label) = if number == 0 { ("\n", "note") } else { ("", "") };
        format!("{text}{before}{}\n", wrapped(label, &note, style))
    })
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests;
