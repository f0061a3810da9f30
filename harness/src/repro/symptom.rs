//! What a person saw go wrong, and whether a run shows the same.

use std::fmt;

use serde::Serialize;

use crate::errno::Errno;
use crate::linker::Heard;
use crate::outcome::{Outcome, Rule, Strategy};

/// What was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// A warning that a strategy was given up for another one.
    Warning {
        /// The strategy that was given up.
        strategy: Strategy,
        /// The warning's lines, as far as they were reported.
        words: Vec<String>,
    },
    /// A placing system call that was refused.
    Refusal {
        /// The strategy that was refused.
        strategy: Strategy,
        /// The errno, where it was reported.
        errno: Option<Errno>,
        /// What the refusal led to.
        end: End,
    },
    /// Rules of the contract that an earlier run of exdev saw broken.
    Broken {
        /// The rules.
        rules: Vec<Rule>,
    },
}

/// What a refusal led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The linker failed.
    Failure,
    /// The linker went on.
    Fallback,
}

/// Whether a run shows what was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reproduction {
    /// It does.
    Reproduced(String),
    /// It does not, and what it shows instead.
    NotReproduced(String),
}

impl Symptom {
    /// The errno that was reported.
    #[must_use]
    pub const fn errno(&self) -> Option<Errno> {
        match self {
            Self::Refusal { errno, .. } => *errno,
            Self::Warning { .. } | Self::Broken { .. } => None,
        }
    }

    /// Compares with a run, of which `heard` is what the linker said.
    #[must_use]
    pub fn compare(&self, outcome: &Outcome, heard: &Heard) -> Reproduction {
        match self {
            Self::Warning { strategy, words } => warned(*strategy, words, outcome),
            Self::Refusal { strategy, errno, end } => refused(*strategy, *errno, *end, outcome, heard),
            Self::Broken { rules } => broken(rules, outcome),
        }
    }
}

/// The words that uv's releases have for giving up a strategy in their warnings.
fn given_up(strategy: Strategy) -> &'static [&'static str] {
    match strategy {
        Strategy::HardLink => &["Failed to hardlink files", "Failed to hard link files"],
        Strategy::Reflink => &["Failed to clone files", "Failed to reflink files"],
        Strategy::Symlink => &["Failed to symlink files"],
        Strategy::Copy => &["Failed to copy files"],
    }
}

/// The strategy that a warning in this line is about.
pub(super) fn warned_of(line: &str) -> Option<(usize, Strategy)> {
    let all = [Strategy::HardLink, Strategy::Reflink, Strategy::Symlink, Strategy::Copy];
    all.into_iter().find_map(|strategy| {
        let at = given_up(strategy).iter().find_map(|words| line.find(words))?;
        Some((at, strategy))
    })
}

fn warned(strategy: Strategy, words: &[String], outcome: &Outcome) -> Reproduction {
    let about = |warning: &&String| warned_of(warning).is_some_and(|(_, other)| other == strategy);
    let Some(warning) = outcome.warnings.iter().find(about) else {
        let instead = if outcome.warnings.is_empty() { "no such warning" } else { "another warning" };
        return Reproduction::NotReproduced(format!("{instead}, {}", ending(outcome)));
    };
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let warning = plain(warning);
    let same = words.iter().all(|line| warning.contains(&plain(line)));
    Reproduction::Reproduced(if same { "the same warning" } else { "the same warning, in other words" }.to_owned())
}

fn refused(strategy: Strategy, errno: Option<Errno>, end: End, outcome: &Outcome, heard: &Heard) -> Reproduction {
    let named = errno.map_or_else(String::new, |errno| format!(" with {errno}"));
    let alike = |other: Option<Errno>| errno.is_none() || other.is_none() || other == errno;
    let said = heard.refusals.iter().any(|refusal| refusal.strategy == strategy && alike(refusal.errno));
    let probed = outcome.reason.as_deref().unwrap_or_default().split("; ").any(|part| {
        let (strategies, why) = part.split_once(": ").unwrap_or((part, ""));
        strategies.contains(strategy.name()) && errno.is_none_or(|errno| why.starts_with(&errno.to_string()))
    });
    let failed = !outcome.exit.is_success();
    match (said || probed, end) {
        (true, End::Failure) if failed => Reproduction::Reproduced("the same error".to_owned()),
        (true, End::Fallback) if !failed => Reproduction::Reproduced(format!("{strategy} was refused{named}")),
        (true, _) => Reproduction::NotReproduced(format!("{strategy} was refused{named}, yet {}", ending(outcome))),
        (false, _) => Reproduction::NotReproduced(format!("{strategy} was not refused{named}, {}", ending(outcome))),
    }
}

fn broken(rules: &[Rule], outcome: &Outcome) -> Reproduction {
    let again: Vec<_> = outcome.broken().map(|(rule, _)| rule).filter(|rule| rules.contains(rule)).collect();
    let named = |rules: &[Rule]| rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    if again.as_slice() == rules {
        return Reproduction::Reproduced(format!("{} broken again", named(rules)));
    }
    let kept: Vec<_> = rules.iter().copied().filter(|rule| !again.contains(rule)).collect();
    Reproduction::NotReproduced(format!("{} not broken, {}", named(&kept), ending(outcome)))
}

fn ending(outcome: &Outcome) -> String {
    format!("the files were placed by {} and it ended with {}", outcome.strategy, outcome.exit)
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning { strategy, .. } => write!(f, "it warned that it fell back from {strategy}"),
            Self::Refusal { strategy, errno, end } => {
                write!(f, "{strategy} was refused")?;
                errno.map_or(Ok(()), |errno| write!(f, " with {errno}"))?;
                f.write_str(match end {
                    End::Failure => ", and it failed",
                    End::Fallback => ", and it went on",
                })
            }
            Self::Broken { rules } => {
                let rules: Vec<_> = rules.iter().map(ToString::to_string).collect();
                write!(f, "it broke {}", rules.join(" "))
            }
        }
    }
}

impl fmt::Display for Reproduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reproduced(what) => write!(f, "reproduced: {what}"),
            Self::NotReproduced(what) => write!(f, "not reproduced: {what}"),
        }
    }
}
