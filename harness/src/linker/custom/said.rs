//! What a described linker says, by the patterns of its description.

use regex::Regex;

use super::description::Meaning;
use crate::errno::Errno;
use crate::linker::{Heard, Refusal};

/// Reads what was said in one run.
pub(super) fn hear(says: &[Meaning], stdout: &str, stderr: &str) -> Heard {
    let says: Vec<_> = says.iter().filter_map(|meaning| Some((Regex::new(&meaning.pattern).ok()?, meaning))).collect();
    let mut heard = Heard::default();
    for line in stdout.lines().chain(stderr.lines()) {
        for (pattern, meaning) in &says {
            let Some(found) = pattern.captures(line) else { continue };
            let errno = found.name("errno").and_then(|errno| named(errno.as_str()));
            heard.strategy = meaning.fallback.or(meaning.strategy).or(heard.strategy);
            heard.fallback = meaning.fallback.or(heard.fallback);
            if meaning.warning || meaning.fallback.is_some() {
                heard.warnings.push(line.to_owned());
            }
            if meaning.error {
                heard.errors.push(line.to_owned());
                heard.errno = errno.or(heard.errno);
            }
            if let Some(strategy) = meaning.refused {
                heard.refusals.push(Refusal { strategy, errno, cache: None, target: None });
            }
        }
    }
    heard
}

fn named(text: &str) -> Option<Errno> {
    text.parse().ok().map(Errno).or_else(|| Errno::named(text))
}
