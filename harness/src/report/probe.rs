//! What a probe found, for a person: where both ends are, what works between them, why the rest does not, and what every
//! linker will do there.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::grouped;
use super::forecast::forecast;
use super::style::{Ink, Style};
use crate::facts::{Confinement, EndFacts, Flag, ProcessFacts, Room};
use crate::predict::Prediction;
use crate::probe::{Call, Findings, Got, Refused, Subject};
use crate::units::size;

/// What a probe found and what follows from it; its JSON form is what other programs read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probed {
    /// What was tried and seen.
    pub findings: Findings,
    /// What was refused, and why.
    pub refused: Vec<Refused>,
    /// What every linker will do, in every mode.
    pub predictions: Vec<Prediction>,
}

impl Probed {
    /// With what follows from the findings.
    #[must_use]
    pub fn new(findings: Findings, predictions: Vec<Prediction>) -> Self {
        Self { refused: findings.refused(), findings, predictions }
    }
}

/// Everything, in sections.
#[must_use]
pub fn probed(probed: &Probed, style: Style) -> String {
    let Probed { findings, refused, predictions } = probed;
    let facts = &findings.facts;
    let ends = end("cache", &facts.cache, &holds(findings)) + &end("target", &facts.target, "");
    let sections = [
        ends + &process(&facts.process),
        calls(findings, style),
        refusals(refused, style) + &suspicions(findings, style),
        forecast(predictions, style),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

const LABEL: usize = 10;

fn line(text: &mut String, label: &str, value: &str) {
    let _ = writeln!(text, "{label:<LABEL$}{value}");
}

fn end(name: &str, facts: &EndFacts, holds: &str) -> String {
    let mut text = String::new();
    line(&mut text, name, &facts.path);
    let mut mount = format!("{}, device {}, mount {}", facts.end.kind, facts.end.device, facts.end.mount_id);
    if let Some(nfs) = &facts.nfs {
        let _ = write!(mount, ", NFS {} from {} at {}", nfs.version, nfs.server, nfs.export);
    }
    if let Some(overlay) = &facts.overlay {
        let upper = overlay.upper.as_deref().unwrap_or("none");
        let _ = write!(mount, ", lower {}, upper {upper}", overlay.lower.join(" "));
    }
    if facts.id_mapped {
        mount.push_str(", id-mapped");
    }
    line(&mut text, "", &mount);
    line(&mut text, "", facts.end.mountinfo.trim_end());
    line(&mut text, "", &access(facts));
    if !holds.is_empty() {
        line(&mut text, "", holds);
    }
    text
}

fn access(facts: &EndFacts) -> String {
    let writable = if facts.writable { "writable" } else { "not writable" };
    let mut parts = vec![format!("owner {}:{}, mode {:o}, {writable}", facts.uid, facts.gid, facts.mode)];
    parts.extend(facts.flags.iter().copied().map(Flag::name).map(str::to_owned));
    parts.extend(facts.project.map(|project| format!("project {project}")));
    parts.extend(facts.room.map(room));
    parts.join(", ")
}

fn room(Room { bytes, inodes }: Room) -> String {
    let inodes = inodes.map_or_else(String::new, |inodes| format!(" and {inodes} inodes"));
    format!("{}{inodes} free", size(bytes))
}

fn holds(findings: &Findings) -> String {
    let survey = &findings.survey;
    let more = if survey.complete { "" } else { " and more" };
    let odd = match survey.suspects.len() {
        0 => String::new(),
        count => format!(", of which {count} cannot be placed as the others can"),
    };
    let closed =
        findings.cache_closed.map_or_else(String::new, |errno| format!("; nothing can be made in it: {errno}"));
    let noun = if survey.files == 1 { "file" } else { "files" };
    format!("holds {} {noun}{more}{odd}{closed}", survey.files)
}

fn process(facts: &ProcessFacts) -> String {
    let groups: Vec<_> = facts.groups.iter().map(u32::to_string).collect();
    let mut parts = vec![format!("user {}, group {}", facts.uid, facts.gid)];
    if !groups.is_empty() {
        parts.push(format!("groups {}", groups.join(" ")));
    }
    if !facts.id_map.is_empty() {
        parts.push(format!("user namespace with the map {}", facts.id_map.join("; ")));
    }
    parts.push(match facts.protected_hardlinks {
        Some(true) => "fs.protected_hardlinks is on".to_owned(),
        Some(false) => "fs.protected_hardlinks is off".to_owned(),
        None => "fs.protected_hardlinks is not shown".to_owned(),
    });
    if facts.confinement == Confinement::Confined {
        parts.push("in a sandbox (Landlock or the like)".to_owned());
    }
    if facts.filtered {
        parts.push("system calls are filtered (seccomp)".to_owned());
    }
    let mut text = String::new();
    line(&mut text, "process", &parts.join(", "));
    text
}

/// What each call got: a row for each, a column for each kind of file.
fn calls(findings: &Findings, style: Style) -> String {
    let mut text = String::new();
    let _ =
        writeln!(text, "{}", style.paint(Ink::Title, &row("from cache to target", "a fresh file", "a cached file")));
    for call in Call::ALL {
        let [fresh, cached] = [Subject::Fresh, Subject::Cached].map(|subject| cell(findings, call, subject));
        let _ = writeln!(text, "{}", row(call.name(), &fresh, &cached));
    }
    text
}

fn row(call: &str, fresh: &str, cached: &str) -> String {
    format!("{call:<26}{fresh:<22}{cached}").trim_end().to_owned()
}

fn cell(findings: &Findings, call: Call, subject: Subject) -> String {
    let mut seen: Vec<String> = Vec::new();
    for tried in findings.tries.iter().filter(|it| it.call == call && it.subject == subject) {
        let word = match &tried.got {
            Got::Worked { shares: Some(true) } => "works, shares extents".to_owned(),
            Got::Worked { .. } => "works".to_owned(),
            Got::Refused { errno } => errno.to_string(),
            Got::Deceived { seen } => format!("makes {seen}"),
        };
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    if seen.is_empty() { "-".to_owned() } else { seen.join(" or ") }
}

fn refusals(refused: &[Refused], style: Style) -> String {
    let mut text = String::new();
    for Refused { calls, subjects, errno, sentence, advice, .. } in refused {
        let calls: Vec<_> = calls.iter().map(|call| call.name()).collect();
        let only = match subjects.as_slice() {
            [Subject::Cached] => " of a cached file",
            _ => "",
        };
        let told = style.paint(Ink::Warned, errno);
        let _ = writeln!(text, "{}{only}: {told}, {sentence}", and(&calls));
        let _ = writeln!(text, "    {advice}");
    }
    text
}

/// The files that cannot be hard linked as others can: the first for each reason, and how many more there are.
fn suspicions(findings: &Findings, style: Style) -> String {
    let told = findings.survey.suspects.iter().filter_map(|suspect| {
        let reason = findings.suspicion(&suspect.answer)?;
        Some(((suspect.answer.hard_link?, reason), suspect.path.as_str()))
    });
    let mut text = String::new();
    for ((errno, reason), paths) in grouped(told) {
        let first = paths.first().copied().unwrap_or_default();
        let more = if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() };
        let errno = style.paint(Ink::Warned, &errno.to_string());
        let _ = writeln!(text, "hard link of {first}{more}: {errno}, {reason}");
        let _ = writeln!(text, "    {}", reason.advice());
    }
    text
}

/// `a`, `a and b`, `a, b and c`
fn and(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests;
