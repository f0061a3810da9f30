//! What uv says about its linking, read from the text of one run.
//!
//! uv has worded this in about ten ways over its releases, and the words name the two paths in either order. What is
//! read here is uv's claim and nothing more: whether it is true is for the files to say.
//!
//! Invariant: `hear` is total and pure. Text that it does not know is passed over, never guessed at, so a field that
//! is empty means that uv did not say it.

use crate::errno::Errno;
use crate::linker::{Heard, Refusal};
use crate::outcome::Strategy;

/// The words that uv has for each strategy; a longer word goes before one that it begins with.
const WORDS: [(&str, Strategy); 6] = [
    ("hardlink", Strategy::HardLink),
    ("hard link", Strategy::HardLink),
    ("reflink", Strategy::Reflink),
    ("clone", Strategy::Reflink),
    ("symlink", Strategy::Symlink),
    ("copy", Strategy::Copy),
];

/// The labels of an error and of its causes: `Caused by:` to 0.12, `cause:` in 0.13; the signs are of the resolver.
const LABELS: [&str; 6] = ["error: ", "Caused by: ", "cause: ", "× ", "├─▶ ", "╰─▶ "];

/// The indentation of a warning's further lines, as wide as its label.
const UNDER_WARNING: &str = "         ";

/// Reads what uv said in one run.
#[must_use]
pub fn hear(stdout: &str, stderr: &str) -> Heard {
    let text = plain(&format!("{stdout}\n{stderr}"));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut heard = Heard::default();
    let mut rest = lines.as_slice();
    while let Some(line) = rest.first() {
        let taken = if line.starts_with("warning: ") {
            warned(&mut heard, rest)
        } else if line.starts_with("error: ") || line.starts_with("  × ") {
            failed(&mut heard, rest)
        } else {
            noted(&mut heard, line);
            1
        };
        rest = &rest[taken..];
    }
    heard.errno = heard.errors.iter().rev().find_map(|line| Errno::stated(line));
    let last = refusals_in(&heard.errors);
    heard.refusals.extend(last);
    heard
}

/// Takes the warning that `lines` begin with; answers how many lines it has.
fn warned(heard: &mut Heard, lines: &[&str]) -> usize {
    let under = |line: &&&str| line.strip_prefix(UNDER_WARNING).is_some_and(|text| !text.starts_with(' '));
    let mut taken = 1 + lines[1..].iter().take_while(under).count();
    if matches!(lines[taken..], ["", hint, ..] if hint.starts_with("hint: ")) {
        taken += 2;
    }
    heard.warnings.push(lines[..taken].join("\n"));
    let named = lines[0].strip_prefix("warning: Failed to ").and_then(word).and_then(|(_, rest)| fallback(rest));
    heard.fallback = named.or(heard.fallback);
    heard.strategy = named.or(heard.strategy);
    taken
}

/// Takes the error that `lines` begin with, in place of an earlier one; answers how many lines it has.
fn failed(heard: &mut Heard, lines: &[&str]) -> usize {
    let taken = 1 + lines[1..].iter().take_while(|line| line.starts_with("  ")).count();
    let bare = |line: &&str| {
        let line = line.trim_start();
        LABELS.iter().find_map(|label| line.strip_prefix(label)).unwrap_or(line).to_owned()
    };
    heard.errors = lines[..taken].iter().map(bare).collect();
    taken
}

/// Takes a debug line; with `-vv` a time goes before it, and the module before its message.
fn noted(heard: &mut Heard, line: &str) {
    let Some((_, message)) = line.split_once("DEBUG ") else { return };
    let behind_module = || message.split_once(' ').and_then(|(_, message)| refusal(message));
    if let Some(refused) = refusal(message).or_else(behind_module) {
        heard.strategy = fallback(message).or(heard.strategy);
        heard.refusals.push(refused);
    }
}

/// The refusals in an error chain; to 0.4 the errno is in the cause after the one with the paths.
fn refusals_in(chain: &[String]) -> Vec<Refusal> {
    let cause =
        |at: usize| chain.get(at + 1).filter(|next| refusal(next).is_none()).and_then(|next| Errno::stated(next));
    let found = chain.iter().enumerate().filter_map(|(at, line)| {
        let mut refused = refusal(line)?;
        refused.errno = refused.errno.or_else(|| cause(at));
        Some(refused)
    });
    found.collect()
}

/// The refusal that a message states, if it names a strategy and at least one path.
fn refusal(message: &str) -> Option<Refusal> {
    let (strategy, rest) = match message.strip_prefix("Hit link limit for ") {
        Some(rest) => (Strategy::HardLink, rest),
        None => word(message.strip_prefix("Failed to ").or_else(|| message.strip_prefix("failed to "))?)?,
    };
    let rest = rest.trim_start();
    let (first, second) = paths(rest.strip_prefix("file from ").unwrap_or(rest))?;
    // The link calls are worded from the new name to the old in some releases and from the old to the new in others.
    let swapped = second.is_some_and(in_cache) && !in_cache(first);
    let (cache, target) = if swapped { (second, Some(first)) } else { (Some(first), second) };
    let [cache, target] = [cache, target].map(|path| path.map(str::to_owned));
    Some(Refusal { strategy, errno: Errno::stated(message), cache, target })
}

/// The one or two paths that a message begins with, in backticks or bare.
fn paths(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(quoted) = text.strip_prefix('`') {
        let (first, rest) = quoted.split_once('`')?;
        let second = rest.strip_prefix(" to `").and_then(|rest| rest.split_once('`'));
        return Some((first, second.map(|(path, _)| path)));
    }
    if !text.starts_with('/') {
        return None;
    }
    let text = text.split_once(", creating a fresh copy").map_or(text, |(text, _)| text);
    let reason = text.rsplit_once(" (os error ").and_then(|(text, _)| text.rsplit_once(": "));
    let text = reason.map_or(text, |(text, _)| text);
    Some(text.find(" to /").map_or((text, None), |at| (&text[..at], Some(&text[at + 4..]))))
}

/// Whether a path is of an unpacked wheel: each release keeps those in the cache's bucket `archive-vN`.
fn in_cache(path: &str) -> bool {
    path.split('/').any(|name| name.starts_with("archive-v"))
}

/// The strategy whose word `text` begins with, and the text after it.
fn word(text: &str) -> Option<(Strategy, &str)> {
    WORDS.iter().find_map(|(word, strategy)| Some((*strategy, text.strip_prefix(word)?)))
}

/// The strategy that a message names as what uv goes on with.
fn fallback(message: &str) -> Option<Strategy> {
    let (_, rest) = message.rsplit_once("falling back to ").or_else(|| message.rsplit_once("attempting to "))?;
    word(rest.strip_prefix("full ").unwrap_or(rest)).map(|(strategy, _)| strategy)
}

/// The text without ANSI control sequences.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        let mut chars = after.trim_start_matches(|c: char| matches!(c, '0'..='?')).chars();
        chars.next();
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
