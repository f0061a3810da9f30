//! From a text to what is run for it.
//!
//! Invariant: pure, total, and the same for the same text.

use crate::linker::{Family, LinkerName, Wanted};
use crate::package::Size;
use crate::scenario::Identity;

use super::ends::{self, Ends};
use super::facts::{Fact, Note};
use super::gather::gather;
use super::json;
use super::mounts::Mount;
use super::pair::{NoPair, Pair, pair};
use super::paths;
use super::places::Places;
use super::symptom::{End, Symptom};
use super::text::{MOST, lines, printable};
use super::understanding::{Case, NotUnderstood, Understanding};

/// The modes that uv has.
const MODES: [&str; 4] = ["clone", "hardlink", "symlink", "copy"];

/// Understands the text of a report, or exdev's own JSON; `linker` is the one to run, whatever the text says.
pub fn understand(text: &[u8], linker: Option<&LinkerName>) -> Result<Understanding, NotUnderstood> {
    if let Some(understood) = json::understand(text, linker) {
        return understood;
    }
    let mut told = Understanding::default();
    if text.len() > MOST {
        told.assume("nothing that matters is behind the first 4 MiB, which are what was read");
    }
    let mut notes = gather(&lines(text));
    containers(&mut notes, &mut told);
    let Ends { cache, target, family } = ends::ends(&notes, &mut told)?;
    let symptom = symptom(&notes, &mut told);
    let Pair { pairing, because, assumed } = paired(&cache, &target, symptom.as_ref())?;
    let other = other_linker(&notes);
    let linker = match (linker, other) {
        (Some(linker), _) => linker.clone(),
        (None, Some(linker)) => return Err(NotUnderstood::OtherLinker { linker, pairing }),
        (None, None) => LinkerName { family, wanted: version(&notes, &mut told) },
    };
    for assumed in &assumed {
        told.assume(assumed);
    }
    let mode = mode(&notes, &mut told)?;
    told.cases.push(Case {
        linker,
        mode,
        pairing,
        because: printable(&because),
        package: Size::Small,
        identity: Identity::User,
        symptom,
    });
    Ok(told.ordered())
}

/// The pairing, or what is missing for it.
pub(super) fn paired(cache: &Mount, target: &Mount, symptom: Option<&Symptom>) -> Result<Pair, NotUnderstood> {
    pair(cache, target, symptom.and_then(Symptom::errno)).map_err(|no| match no {
        NoPair::Unmakeable(mount) => NotUnderstood::NoSuchFilesystem { mount: printable(&mount.named()) },
        NoPair::Untyped(mount) => {
            let end = match (&*mount == cache, &*mount == target) {
                (true, true) => "cache and the target",
                (true, false) => "cache",
                _ => "target",
            };
            NotUnderstood::NoType { mount: printable(&format!("{} at {}", mount.source, mount.at)), end }
        }
    })
}

/// What is mounted into a container is another filesystem than the container's own.
fn containers(notes: &mut Vec<Note>, told: &mut Understanding) {
    let places = Places::new(notes);
    let shown = |at: &str| places.mounts().any(|(_, mount)| mount.at == at);
    let volumes = notes.iter().filter_map(|note| match &note.fact {
        Fact::Container(mount) if !shown(&mount.at) => Some((note, mount)),
        _ => None,
    });
    let volume = |(note, mount): (&Note, &Mount)| {
        let kind = mount.kind.clone().or_else(|| Some("ext4".to_owned()));
        let source = format!("the mount into a container of line {}", note.line);
        let fact = Fact::Mount(Mount { kind, source, ..mount.clone() });
        Note { line: note.line, quote: note.quote.clone(), fact }
    };
    let mut found: Vec<Note> = volumes.map(volume).collect();
    let Some(first) = found.first().cloned() else { return };
    if !shown("/") {
        let root = Mount {
            kind: Some("overlay".to_owned()),
            source: "the container".to_owned(),
            at: "/".to_owned(),
            ..Mount::default()
        };
        found.push(Note { fact: Fact::Mount(root), ..first });
    }
    if !notes.iter().any(|note| matches!(note.fact, Fact::Directory(_))) {
        let last = found.len() - 1;
        found.push(Note { fact: Fact::Directory("/app".to_owned()), ..found[last].clone() });
    }
    told.assume("a container is an overlay, and what is mounted into it is ext4, as it mostly is");
    notes.append(&mut found);
}

/// What was reported: a warning before an error, as a warning is uv's own word on the matter.
fn symptom(notes: &[Note], told: &mut Understanding) -> Option<Symptom> {
    let rank = |symptom: &Symptom| match symptom {
        Symptom::Warning { .. } => 0,
        Symptom::Refusal { end: End::Failure, .. } => 1,
        Symptom::Refusal { end: End::Fallback, .. } | Symptom::Broken { .. } => 2,
    };
    let symptoms = notes.iter().filter_map(|note| match &note.fact {
        Fact::Symptom(symptom) => Some((note, symptom)),
        _ => None,
    });
    let (note, symptom) = symptoms.min_by_key(|(_, symptom)| rank(symptom))?;
    told.find(note.line, &note.quote, &format!("reported: {symptom}"));
    Some(symptom.clone())
}

/// The linker that the text is of, if it is not uv.
fn other_linker(notes: &[Note]) -> Option<&'static str> {
    let of_uv = notes.iter().any(|note| {
        matches!(
            note.fact,
            Fact::Command(_) | Fact::Version(_) | Fact::CacheDir(_) | Fact::Symptom(Symptom::Warning { .. })
        ) || matches!(&note.fact, Fact::Variable { name, .. } if name.starts_with("UV_"))
    });
    let other = notes.iter().find_map(|note| match note.fact {
        Fact::OtherLinker(linker) => Some(linker),
        _ => None,
    });
    other.filter(|_| !of_uv)
}

fn version(notes: &[Note], told: &mut Understanding) -> Wanted {
    let mut versions = notes.iter().filter_map(|note| match &note.fact {
        Fact::Version(version) => Some((note, version)),
        _ => None,
    });
    let Some((note, version)) = versions.next() else {
        told.assume("uv is of the newest version that is pinned, as the text does not say which");
        return Wanted::Pinned;
    };
    told.find(note.line, &note.quote, &format!("uv is of version {version}"));
    if let Some((other, another)) = versions.find(|(_, another)| *another != version) {
        told.assume(&format!(
            "uv is of version {version}, which comes first, and not {another} of line {}",
            other.line
        ));
    }
    Wanted::Version(version.clone())
}

fn mode(notes: &[Note], told: &mut Understanding) -> Result<String, NotUnderstood> {
    let given = paths::command(notes).and_then(|(note, command)| Some((note, command.mode.as_ref()?)));
    let set = || {
        notes.iter().rev().find_map(|note| match &note.fact {
            Fact::Variable { name, value } if name == "UV_LINK_MODE" => Some((note, value)),
            _ => None,
        })
    };
    let Some((note, mode)) = given.or_else(set) else { return Ok("default".to_owned()) };
    if !MODES.contains(&mode.as_str()) {
        return Err(NotUnderstood::NoMode { mode: super::text::shortened(mode) });
    }
    told.find(note.line, &note.quote, &format!("the mode is {mode}"));
    Ok(mode.clone())
}

/// The family that has its target here.
pub(super) fn family(command: &[String], target: &str) -> Family {
    let words: Vec<_> = command.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    match words[..] {
        [_, "tool", ..] if target.contains(".local/share/uv/tools") => Family::UV_TOOL_HOME,
        [_, "tool", ..] => Family::UV_TOOL,
        _ => Family::UV,
    }
}

#[cfg(test)]
mod tests;
