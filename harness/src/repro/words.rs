//! What programs say: a linker's warnings and errors, and versions of uv.
//!
//! Invariant: a version is three plain numbers, so that it can name a release and nothing else.

use crate::errno::Errno;
use crate::linker::{Family, Heard, Linker};
use crate::outcome::Strategy;

use super::symptom::{End, Symptom, warned_of};
use super::text::Line;

/// So many lines may an error with its causes have.
const CAUSES: usize = 12;

/// A symptom that some lines begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The symptom.
    pub symptom: Symptom,
    /// The paths in cache and target that it names.
    pub paths: [Option<String>; 2],
    /// How many lines it takes.
    pub lines: usize,
}

/// The symptom that these lines begin with.
#[must_use]
pub fn told(lines: &[Line]) -> Option<Told> {
    warning(lines).or_else(|| error(lines)).or_else(|| foreign(&lines.first()?.text))
}

fn warning(lines: &[Line]) -> Option<Told> {
    let first = &lines.first()?.text;
    let (at, strategy) = warned_of(first)?;
    // A title or a sentence may well begin like the warning.
    let falls_back =
        first.contains("falling back") || lines.get(1).is_some_and(|next| next.text.trim().starts_with("falling back"));
    if !falls_back {
        return None;
    }
    let goes_on = |line: &&Line| {
        let text = line.text.trim();
        ["If ", "hint: If ", "full copy"].iter().any(|start| text.starts_with(start))
    };
    let further: Vec<_> =
        lines[1..].iter().take(4).take_while(goes_on).map(|line| line.text.trim().to_owned()).collect();
    let taken = 1 + further.len();
    let words = std::iter::once(first[at..].to_owned()).chain(further).collect();
    Some(Told { symptom: Symptom::Warning { strategy, words }, paths: [None, None], lines: taken })
}

/// An error with its causes, or a line of a log.
fn error(lines: &[Line]) -> Option<Told> {
    let first = lines.first()?.text.trim();
    if first.starts_with("error: ") || first.starts_with("× ") {
        let cause = |line: &&Line| line.text.starts_with(' ') || line.text.starts_with("Caused by: ");
        let causes = lines[1..].iter().take(CAUSES).take_while(cause);
        let block: Vec<_> = causes.map(|line| format!("  {}", line.text.trim())).collect();
        let heard = hear(&format!("error: {}\n{}", first.trim_start_matches("error: "), block.join("\n")));
        return refusal(&heard, End::Failure, 1 + block.len());
    }
    let at = ["Failed to ", "failed to ", "Hit link limit for "].iter().filter_map(|words| first.find(words)).min()?;
    let (end, label) =
        if first[..at].contains("DEBUG") { (End::Fallback, "DEBUG ") } else { (End::Failure, "error: ") };
    refusal(&hear(&format!("{label}{}", &first[at..])), end, 1)
}

fn refusal(heard: &Heard, end: End, lines: usize) -> Option<Told> {
    let refused = heard.refusals.last()?;
    let symptom = Symptom::Refusal { strategy: refused.strategy, errno: refused.errno.or(heard.errno), end };
    Some(Told { symptom, paths: [refused.cache.clone(), refused.target.clone()], lines })
}

/// What uv itself says, at any version.
fn hear(text: &str) -> Heard {
    let uv = Linker::new(Family::UV, "", "");
    uv.adapter().hear("", text)
}

/// The words of other programs for a call to link(2).
const LINKING: [&str; 5] = ["link '", "link(", "hard link", "hardlink", "create link"];

/// What the system's errors are called, by libc and by libuv.
const ERRORS: [(&str, Errno); 9] = [
    ("Invalid cross-device link", Errno::EXDEV),
    ("cross-device link not permitted", Errno::EXDEV),
    ("EXDEV", Errno::EXDEV),
    ("Operation not permitted", Errno::EPERM),
    ("operation not permitted", Errno::EPERM),
    ("Too many links", Errno::EMLINK),
    ("too many links", Errno::EMLINK),
    ("Operation not supported", Errno::EOPNOTSUPP),
    ("operation not supported", Errno::EOPNOTSUPP),
];

/// The refusal that a line of another program states: of node, git, cp, ln.
fn foreign(line: &str) -> Option<Told> {
    let errno = ERRORS.iter().find_map(|(words, errno)| line.contains(words).then_some(*errno))?;
    LINKING.iter().find(|words| line.contains(*words))?;
    // A program says who it is, or which errno it met; a sentence of a person does not.
    let speaker = line.trim().split_once(": ").is_some_and(|(name, _)| !name.contains(' '));
    if !speaker && !line.contains("EXDEV: ") && !line.contains("EPERM: ") {
        return None;
    }
    let symptom = Symptom::Refusal { strategy: Strategy::HardLink, errno: Some(errno), end: End::Failure };
    let quoted =
        |(from, to): (&str, &str)| Some([from.split('\'').nth(1)?.to_owned(), to.split('\'').nth(1)?.to_owned()]);
    let paths = line.split_once(" -> ").and_then(quoted).map_or([None, None], |paths| paths.map(Some));
    Some(Told { symptom, paths, lines: 1 })
}

/// The linker other than uv that a line is of.
#[must_use]
pub fn other_linker(line: &str) -> Option<&'static str> {
    const SIGNS: [(&str, &str); 9] = [
        ("ERR_PNPM", "pnpm"),
        ("pnpm install", "pnpm"),
        ("bun install", "bun"),
        ("yarn install", "yarn"),
        ("npm install", "npm"),
        ("pdm install", "pdm"),
        ("conda install", "conda"),
        ("pixi install", "pixi"),
        ("git clone", "git"),
    ];
    SIGNS.iter().find_map(|(sign, name)| line.contains(sign).then_some(*name))
}

/// The version of uv that a line states.
#[must_use]
pub fn version(line: &str) -> Option<&str> {
    let bare = |word: &'_ str| word.trim_matches(|c: char| "*_`:,()#[]'\"".contains(c)).to_ascii_lowercase();
    let words: Vec<_> = line.split_whitespace().collect();
    let behind = |at: usize| words.get(at).copied().and_then(plain);
    let headed = || {
        let first: Vec<_> = words.iter().map(|word| bare(word)).filter(|word| !word.is_empty()).take(2).collect();
        (first.first().is_some_and(|word| word == "version")).then(|| words.iter().find_map(|word| plain(word)))?
    };
    let spaced = (0..words.len()).filter(|&at| bare(words[at]) == "uv").find_map(|at| {
        let labelled = words.get(at + 1).is_some_and(|word| ["version", "self"].contains(&bare(word).as_str()));
        if labelled { words[at + 1..].iter().take(4).find_map(|word| plain(word)) } else { behind(at + 1) }
    });
    spaced.or_else(|| words.iter().copied().find_map(glued)).or_else(headed)
}

/// The version that a word ends with: `uv-0.6.1`.
fn glued(word: &str) -> Option<&str> {
    let signs = ["uv-", "uv==", "uv@", "uv/", "astral-sh/uv:"];
    let (before, rest) = signs.iter().find_map(|sign| word.split_once(sign))?;
    let end = rest.find('/').unwrap_or(rest.len());
    if before.ends_with(|c: char| c.is_alphanumeric()) || end < rest.len() { None } else { leading(rest) }
}

/// Whether a line is the title of an answer that is a version: `### Version`.
#[must_use]
pub fn asks_version(line: &str) -> bool {
    let words = line.trim_matches(|c: char| "#*:_ ".contains(c)).to_ascii_lowercase();
    matches!(words.as_str(), "version" | "uv version" | "uv --version" | "uv version information")
}

/// A plain version number in a line that is the answer to such a title.
#[must_use]
pub fn answered_version(line: &str) -> Option<&str> {
    version(line).or_else(|| line.split_whitespace().find_map(plain))
}

fn plain(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| "*_`,()[]'\"".contains(c)).trim_end_matches('.');
    let word = word.strip_prefix('v').unwrap_or(word);
    leading(word).filter(|version| *version == word)
}

/// The three numbers that a text begins with.
fn leading(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = text[..end].trim_end_matches('.');
    let numbers: Vec<_> = version.split('.').collect();
    let number = |part: &&str| (1..=4).contains(&part.len());
    (numbers.len() == 3 && numbers.iter().all(number)).then_some(version)
}

#[cfg(test)]
mod tests;
