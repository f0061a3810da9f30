//! exdev's own JSON: what `exdev explain --json` and `exdev run --json` print.
//!
//! Invariant: what is not known there is passed over, so a later release can be read, too.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::errno::Errno;
use crate::linker::{LinkerName, Wanted};
use crate::outcome::{Exit, Rule, Strategy, Verdict};
use crate::package::Size;
use crate::scenario::Identity;

use super::decide::{family, paired};
use super::mounts::{Mount, whole};
use super::symptom::{End, Symptom};
use super::text::{MOST, printable};
use super::understanding::{Case, NotUnderstood, Understanding};

/// Understands a text that is exdev's JSON; `None` if it is not.
pub fn understand(text: &[u8], linker: Option<&LinkerName>) -> Option<Result<Understanding, NotUnderstood>> {
    let text = String::from_utf8_lossy(&text[..text.len().min(MOST)]);
    let document: Document = documents(&text).next()?;
    let understood = match document {
        Document::Explained { explanation } => explained(&explanation, linker),
        Document::Reported { outcomes } => reported(&outcomes, linker),
    };
    Some(understood.map(Understanding::ordered))
}

/// So many lines that may begin a document are tried.
const TRIES: usize = 16;

/// The documents of a text, which may have words around them.
fn documents(text: &str) -> impl Iterator<Item = Document> {
    let first = text.len() - text.trim_start().len();
    let begins = text.match_indices('{').map(|(at, _)| at);
    let begins = begins.filter(move |&at| at == first || text[..at].ends_with('\n'));
    begins.take(TRIES).filter_map(|at| serde_json::Deserializer::from_str(&text[at..]).into_iter().next()?.ok())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Explained { explanation: Explanation },
    Reported { outcomes: Vec<Outcome> },
}

#[derive(Deserialize)]
struct Explanation {
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    exit: Option<Exit>,
    #[serde(default)]
    linker: Option<String>,
    #[serde(default)]
    fallbacks: Vec<Fallback>,
}

#[derive(Deserialize)]
struct Fallback {
    strategy: Strategy,
    #[serde(default)]
    errno: Option<String>,
    #[serde(default)]
    reason: String,
    cache: Place,
    target: Place,
}

#[derive(Deserialize)]
struct Place {
    path: String,
    kind: String,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    mount_id: Option<u64>,
    #[serde(default)]
    mountinfo: String,
}

#[derive(Deserialize)]
struct Outcome {
    id: String,
    linker: String,
    mode: String,
    pairing: String,
    package: String,
    #[serde(default)]
    contract: BTreeMap<Rule, Judged>,
}

#[derive(Deserialize)]
struct Judged {
    verdict: Verdict,
}

impl Place {
    fn mount(&self) -> Mount {
        let stated = whole(&self.mountinfo).unwrap_or_default();
        Mount {
            kind: Some(self.kind.clone()),
            device: self.device.clone(),
            number: self.mount_id.map(|id| id.to_string()),
            ..stated
        }
    }
}

fn explained(it: &Explanation, linker: Option<&LinkerName>) -> Result<Understanding, NotUnderstood> {
    let fallback = it.fallbacks.first().ok_or(NotUnderstood::NoFallback)?;
    let mut told = Understanding::default();
    let symptom = explained_symptom(it, fallback, &mut told);
    let (cache, target) = (fallback.cache.mount(), fallback.target.mount());
    for (end, place, mount) in [("cache", &fallback.cache, &cache), ("target", &fallback.target, &target)] {
        told.find_in_json(end, &format!("the {end} is {}, on {}", place.path, mount.named()));
    }
    if !fallback.reason.is_empty() {
        told.find_in_json("reason", &format!("the reason was: {}", fallback.reason));
    }
    let pair = paired(&cache, &target, Some(&symptom))?;
    if let Some(linker) = it.linker.as_deref().filter(|linker| *linker != "uv") {
        told.assume(&format!("uv stands for {}, which exdev does not run", super::text::shortened(linker)));
    }
    let linker = linker.cloned().unwrap_or_else(|| {
        told.assume("uv is of the newest version that is pinned, as the explanation does not say which");
        LinkerName { family: family(&it.command, &fallback.target.path), wanted: Wanted::Pinned }
    });
    for assumed in &pair.assumed {
        told.assume(assumed);
    }
    told.cases.push(Case {
        linker,
        mode: "default".to_owned(),
        pairing: pair.pairing,
        because: printable(&pair.because),
        package: Size::Small,
        identity: Identity::User,
        symptom: Some(symptom),
    });
    Ok(told)
}

fn explained_symptom(it: &Explanation, fallback: &Fallback, told: &mut Understanding) -> Symptom {
    let end = if it.exit.is_none_or(Exit::is_success) { End::Fallback } else { End::Failure };
    let errno = fallback.errno.as_deref().and_then(errno);
    let symptom = Symptom::Refusal { strategy: fallback.strategy, errno, end };
    told.find_in_json("fallbacks", &format!("reported: {symptom}"));
    symptom
}

/// An errno by its name: `EXDEV`.
fn errno(name: &str) -> Option<Errno> {
    // 133 is the last errno of Linux, see errno(3).
    (1..=133).map(Errno).find(|errno| errno.to_string() == name)
}

fn reported(outcomes: &[Outcome], linker: Option<&LinkerName>) -> Result<Understanding, NotUnderstood> {
    let mut told = Understanding::default();
    let broken = |outcome: &Outcome| -> Vec<Rule> {
        let broken = outcome.contract.iter().filter(|(_, judged)| judged.verdict == Verdict::Broken);
        broken.map(|(rule, _)| *rule).collect()
    };
    let any = outcomes.iter().any(|outcome| !broken(outcome).is_empty());
    if !any {
        told.assume("all outcomes are meant, as none of them broke a rule");
    }
    for outcome in outcomes.iter().filter(|outcome| !any || !broken(outcome).is_empty()) {
        let rules = broken(outcome);
        let symptom = (!rules.is_empty()).then_some(Symptom::Broken { rules });
        let means = symptom.as_ref().map_or_else(|| "it kept the contract".to_owned(), ToString::to_string);
        told.find_in_json(&outcome.id, &means);
        told.cases.push(again(outcome, linker, symptom)?);
    }
    if told.cases.is_empty() { Err(NotUnderstood::NoOutcome) } else { Ok(told) }
}

fn again(outcome: &Outcome, linker: Option<&LinkerName>, symptom: Option<Symptom>) -> Result<Case, NotUnderstood> {
    let wrong = |problem: String| NotUnderstood::NotAgain { id: printable(&outcome.id), problem: printable(&problem) };
    let linker = match linker {
        Some(linker) => linker.clone(),
        None => fetchable(&outcome.linker).map_err(wrong)?,
    };
    if !outcome.mode.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(wrong(format!("`{}` is no mode", outcome.mode)));
    }
    Ok(Case {
        linker,
        mode: outcome.mode.clone(),
        pairing: outcome.pairing.parse().map_err(|error: crate::pairing::PairingError| wrong(error.to_string()))?,
        because: "as in the report".to_owned(),
        package: outcome.package.parse().map_err(|error: crate::word::UnknownWord| wrong(error.to_string()))?,
        identity: if outcome.id.ends_with("/root") { Identity::Root } else { Identity::User },
        symptom,
    })
}

/// A linker that any machine can have.
fn fetchable(text: &str) -> Result<LinkerName, String> {
    let name = text.parse::<LinkerName>().map_err(|error| error.to_string())?;
    match &name.wanted {
        Wanted::File(_) => {
            Err(format!("{text} is a program of the machine that it ran on; --linker names one of this machine"))
        }
        Wanted::Version(version) if super::words::answered_version(version) != Some(version) => {
            Err(format!("`{version}` is no plain version number"))
        }
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests;
