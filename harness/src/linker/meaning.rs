//! What a linker says, by patterns of its lines.

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::adapter::{Heard, Refusal};
use crate::errno::Errno;
use crate::outcome::Strategy;

/// What a line of output means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// A regular expression that such a line matches. Its groups may be called `errno`, which is stated by name, by number or as
    /// strerror(3) describes it, and `cache` and `target`, which are paths.
    pub pattern: String,
    /// The strategy that it names as the one in use; if there is a `target`, for that file, and then so do those without one that
    /// follow.
    pub strategy: Option<Strategy>,
    /// The fallback that it announces; such a line is a warning.
    pub fallback: Option<Strategy>,
    /// The strategy that it says was refused.
    pub refused: Option<Strategy>,
    /// Whether it is a warning.
    #[serde(default)]
    pub warning: bool,
    /// Whether it is an error.
    #[serde(default)]
    pub error: bool,
}

/// What a line means that matches this pattern: nothing yet.
pub(super) fn says(pattern: &str) -> Meaning {
    Meaning { pattern: pattern.to_owned(), ..Meaning::default() }
}

impl Meaning {
    /// It is an error.
    pub(super) fn error(self) -> Self {
        Self { error: true, ..self }
    }

    /// It names this strategy as the one in use.
    pub(super) fn names(self, strategy: Strategy) -> Self {
        Self { strategy: Some(strategy), ..self }
    }

    /// It says that this strategy was refused.
    pub(super) fn refused(self, strategy: Strategy) -> Self {
        Self { refused: Some(strategy), ..self }
    }

    /// It announces that this strategy is used instead.
    pub(super) fn falls_back_to(self, strategy: Strategy) -> Self {
        Self { fallback: Some(strategy), ..self }
    }
}

/// Reads what was said in one run. Where files are named with several strategies, none is that of them all. A line may have several meanings, and is one warning and one error at most.
pub(super) fn hear(says: &[Meaning], stdout: &str, stderr: &str) -> Heard {
    let says: Vec<_> = says.iter().filter_map(|meaning| Some((Regex::new(&meaning.pattern).ok()?, meaning))).collect();
    let mut heard = Heard::default();
    let mut by_file: Vec<(String, Strategy)> = Vec::new();
    for line in stdout.lines().chain(stderr.lines()) {
        let (mut warning, mut error, mut errno) = (false, false, None);
        for (pattern, meaning) in &says {
            let Some(found) = pattern.captures(line) else { continue };
            let group = |name: &str| found.name(name).map(|group| group.as_str().to_owned());
            let stated = group("errno").and_then(|errno| stated(&errno));
            heard.strategy = meaning.fallback.or(meaning.strategy).or(heard.strategy);
            match (meaning.strategy, group("target"), by_file.last_mut()) {
                (Some(strategy), Some(target), Some((last, named))) if target == *last => *named = strategy,
                (Some(strategy), Some(target), _) => by_file.push((target, strategy)),
                (Some(strategy), None, Some((_, named))) => *named = strategy,
                _ => {}
            }
            heard.fallback = meaning.fallback.or(heard.fallback);
            warning |= meaning.warning || meaning.fallback.is_some();
            error |= meaning.error;
            errno = stated.or(errno);
            if let Some(strategy) = meaning.refused {
                let (cache, target) = (group("cache"), group("target"));
                heard.refusals.push(Refusal { strategy, errno: stated, cache, target });
            }
        }
        heard.warnings.extend(warning.then(|| line.to_owned()));
        heard.errors.extend(error.then(|| line.to_owned()));
        heard.errno = errno.filter(|_| error).or(heard.errno);
    }
    if by_file.iter().any(|(_, strategy)| *strategy != by_file[0].1) {
        heard.strategy = None;
    }
    heard
}

fn stated(text: &str) -> Option<Errno> {
    text.parse().ok().map(Errno).or_else(|| Errno::named(text)).or_else(|| Errno::described(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_error_however_many_meanings_it_has() {
        let link = says("^fatal: no link '(?<target>.*)': (?<errno>.*)").refused(Strategy::HardLink);
        let heard =
            hear(&[link, says("^fatal: ").error()], "", "fatal: no link '/t/a b': Too many links\nfatal: all\n");
        let target = Some("/t/a b".to_owned());
        let refusal = Refusal { strategy: Strategy::HardLink, errno: Some(Errno::EMLINK), cache: None, target };
        assert_eq!((heard.errors.len(), heard.errno, heard.refusals), (2, Some(Errno::EMLINK), vec![refusal]));
    }

    #[test]
    fn a_strategy_of_some_files_is_not_that_of_all() {
        let says = [says("^linking (?<target>.*)").names(Strategy::HardLink), says("^copying").names(Strategy::Copy)];
        let named = |said: &str| hear(&says, said, "").strategy;
        assert_eq!(named("linking a\nlinking b\n"), Some(Strategy::HardLink));
        assert_eq!(named("linking a\ncopying\nlinking b\ncopying\n"), Some(Strategy::Copy));
        assert_eq!(named("linking a\ncopying\nlinking b\n"), None);
    }
}
