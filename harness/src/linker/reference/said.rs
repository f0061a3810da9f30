//! What the reference linker prints, and how the same text is read back.
//!
//! Invariant: whatever is printed here is understood here; what the two know of the text stands once, at the top.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::errno::Errno;
use crate::linker::{Heard, Refusal};
use crate::outcome::Strategy;

use super::link::LinkError;

const WARNING: &str = "warning: ";
const ERROR: &str = "error: ";
const PLACED: &str = "placed ";
const FAILED: &str = "failed to ";
const FALLING_BACK: &str = "; falling back to ";
const NOTHING_LEFT: &str = " (nothing was left behind)";
const LEFT: &str = " (left behind: ";
const STRATEGIES: [Strategy; 4] = [Strategy::Reflink, Strategy::HardLink, Strategy::Symlink, Strategy::Copy];

/// One line of output.
#[derive(Debug, Clone, Copy)]
pub enum Line<'a> {
    /// On standard error: one strategy was refused, another is used.
    Warning(&'a Fallback),
    /// On standard error: it failed.
    Error(&'a LinkError),
    /// On standard output: every file was placed.
    Placed(&'a Summary),
}

/// One placing that the kernel refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// By what the file was to be placed.
    pub strategy: Strategy,
    /// The file in the cache.
    pub cached: PathBuf,
    /// Where it was to be placed.
    pub target: PathBuf,
    /// Why not.
    pub errno: Errno,
}

/// A refusal, and the strategy used instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// What was refused.
    pub refused: Refused,
    /// What is used instead.
    pub to: Strategy,
}

/// What a failed run has left in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// All that it had placed; the policy wants it so.
    AsPlaced,
    /// Nothing but these, which could not be removed.
    Only(Vec<PathBuf>),
}

/// How many files were placed in each way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of files by strategy; no strategy that placed none.
    pub files: BTreeMap<Strategy, usize>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(fallback) => write!(f, "{WARNING}{fallback}"),
            Self::Error(error) => write!(f, "{ERROR}{error}"),
            Self::Placed(summary) => write!(f, "{summary}"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { strategy, cached, target, errno } = self;
        write!(f, "{FAILED}{strategy} {} to {}: {errno}", cached.display(), target.display())
    }
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{FALLING_BACK}{}", self.refused, self.to)
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsPlaced => Ok(()),
            Self::Only(paths) if paths.is_empty() => f.write_str(NOTHING_LEFT),
            Self::Only(paths) => {
                let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
                write!(f, "{LEFT}{})", paths.join(", "))
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: usize = self.files.values().sum();
        let files = if total == 1 { "file" } else { "files" };
        let each: Vec<_> = self.files.iter().map(|(strategy, count)| format!("{count} {strategy}")).collect();
        let colon = if each.is_empty() { "" } else { ": " };
        write!(f, "{PLACED}{total} {files}{colon}{}", each.join(", "))
    }
}

/// What the output says. Warnings and errors are without the word in front of them.
pub(super) fn hear(stdout: &str, stderr: &str) -> Heard {
    let mut heard = Heard { strategy: stdout.lines().find_map(only_strategy), ..Heard::default() };
    for line in stderr.lines() {
        if let Some(warning) = line.strip_prefix(WARNING) {
            heard.warnings.push(warning.to_owned());
            if let Some((refused, to)) = warning.rsplit_once(FALLING_BACK) {
                heard.refusals.extend(refusal(refused));
                heard.fallback = strategy(to).or(heard.fallback);
            }
        } else if let Some(error) = line.strip_prefix(ERROR) {
            heard.errors.push(error.to_owned());
            let cause = error.strip_suffix(NOTHING_LEFT).unwrap_or(error);
            let cause = cause.split_once(LEFT).map_or(cause, |(cause, _)| cause);
            heard.errno = cause.rsplit_once(": ").and_then(|(_, name)| Errno::named(name));
            heard.refusals.extend(refusal(cause));
        }
    }
    heard
}

/// The strategy of a summary that names one only.
fn only_strategy(line: &str) -> Option<Strategy> {
    let (_, each) = line.strip_prefix(PLACED)?.split_once(": ")?;
    strategy(each.split_once(' ')?.1)
}

fn refusal(text: &str) -> Option<Refusal> {
    let (placing, errno) = text.strip_prefix(FAILED)?.rsplit_once(": ")?;
    let starts = |strategy: &Strategy| placing.strip_prefix(strategy.name()).is_some_and(|rest| rest.starts_with(' '));
    let strategy = STRATEGIES.into_iter().find(starts)?;
    let (cache, target) = placing.get(strategy.name().len()..)?.trim_start().split_once(" to ")?;
    let [cache, target] = [cache, target].map(|path| Some(path.to_owned()));
    Some(Refusal { strategy, errno: Errno::named(errno), cache, target })
}

fn strategy(name: &str) -> Option<Strategy> {
    STRATEGIES.into_iter().find(|strategy| strategy.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(strategy: Strategy, errno: Errno) -> Refused {
        // Names that hold the words of the text itself.
        let cached = PathBuf::from("/cache/to: EIO (x).py");
        Refused { strategy, cached, target: PathBuf::from("/target/a: copy; falling back to b"), errno }
    }

    #[test]
    fn every_refusal_is_understood_again() {
        for strategy in STRATEGIES {
            for errno in
                [Errno::EPERM, Errno::EXDEV, Errno::EMLINK, Errno::EOPNOTSUPP, Errno(396), Errno(nix::libc::EAGAIN)]
            {
                let [cache, target] =
                    ["/cache/to: EIO (x).py", "/target/a: copy; falling back to b"].map(|path| Some(path.to_owned()));
                let expected = [Refusal { strategy, errno: Some(errno), cache, target }];
                let fallback = Fallback { refused: refused(strategy, errno), to: Strategy::Copy };
                let heard = hear("", &format!("{}\n", Line::Warning(&fallback)));
                assert_eq!(heard.refusals, expected);
                assert_eq!(heard.fallback, Some(Strategy::Copy));
                assert_eq!(heard.warnings, [fallback.to_string()]);
                for left in [Left::AsPlaced, Left::Only(vec![]), Left::Only(vec![PathBuf::from("/target/b: EIO")])] {
                    let error = LinkError::Refused { refused: refused(strategy, errno), left };
                    let heard = hear("", &format!("{}\n", Line::Error(&error)));
                    assert_eq!(heard.refusals, expected);
                    assert_eq!((heard.errno, heard.errors), (Some(errno), vec![error.to_string()]));
                    assert_eq!((heard.fallback, heard.strategy), (None, None));
                }
            }
        }
    }

    #[test]
    fn a_failure_that_is_no_refusal_is_only_an_error() {
        let path = PathBuf::from("/cache");
        let error = LinkError::Other { operation: "read directory", path, errno: Errno(2), left: Left::Only(vec![]) };
        let heard = hear("", &Line::Error(&error).to_string());
        assert_eq!(heard.errors, ["failed to read directory /cache: ENOENT (nothing was left behind)"]);
        assert_eq!(heard.refusals, []);
    }

    #[test]
    fn a_summary_names_a_strategy_when_there_is_only_one() {
        let heard = |counts: &[(Strategy, usize)]| {
            let line = Line::Placed(&Summary { files: counts.iter().copied().collect() }).to_string();
            (hear(&format!("{line}\n"), "").strategy, line)
        };
        for strategy in STRATEGIES {
            assert_eq!(heard(&[(strategy, 34)]), (Some(strategy), format!("placed 34 files: 34 {strategy}")));
        }
        let mixed = heard(&[(Strategy::Copy, 4), (Strategy::HardLink, 20)]);
        assert_eq!(mixed, (None, "placed 24 files: 20 hard link, 4 copy".to_owned()));
        assert_eq!(heard(&[]), (None, "placed 0 files".to_owned()));
        assert_eq!(heard(&[(Strategy::Copy, 1)]).1, "placed 1 file: 1 copy");
    }

    #[test]
    fn the_text_is_the_documented_one() {
        let refused = Refused {
            strategy: Strategy::HardLink,
            cached: PathBuf::from("/c/a.py"),
            target: PathBuf::from("/t/a.py"),
            errno: Errno::EXDEV,
        };
        let fallback = Fallback { refused: refused.clone(), to: Strategy::Copy };
        assert_eq!(
            Line::Warning(&fallback).to_string(),
            "warning: failed to hard link /c/a.py to /t/a.py: EXDEV; falling back to copy"
        );
        let left = Left::Only(vec![PathBuf::from("/t/x"), PathBuf::from("/t/y")]);
        assert_eq!(
            Line::Error(&LinkError::Refused { refused, left }).to_string(),
            "error: failed to hard link /c/a.py to /t/a.py: EXDEV (left behind: /t/x, /t/y)"
        );
    }
}
