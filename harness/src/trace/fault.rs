//! Faults: what is to become of which call. `CLASS#ORDINALS=EFFECT`, for example `link#1=EXDEV`, `link#2..=EPERM`,
//! `write#3..5=ENOSPC`, `rename#1=kill`, `open#1=200ms`, `link#3=prune`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::class::Class;
use crate::errno::Errno;

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Fault {
    /// In which calls.
    pub class: Class,
    /// In which of them.
    pub ordinals: Ordinals,
    /// What becomes of them.
    pub effect: Effect,
}

/// Which calls of a class, counted from 1 over the whole process tree: `3`, `3..5` (both included), `3..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ordinals {
    /// The first.
    pub first: usize,
    /// The last; `None` where there is no end.
    pub last: Option<usize>,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It fails with this errno; the kernel is never asked.
    Errno(Errno),
    /// The linker's process group gets SIGKILL; the call is never made.
    Kill,
    /// All that is in the linker's cache is removed, as by somebody who clears it meanwhile; then the call is made.
    Prune,
    /// It is made so much later. Other threads go on meanwhile.
    Delay(Duration),
}

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no fault: {problem}; write CLASS#ORDINALS=EFFECT, for example link#1=EXDEV, link#2..=EPERM, rename#1..3=kill, open#1=50ms, link#3=prune"
)]
pub struct FaultError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

/// All faults of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The faults.
    pub list: Vec<Fault>,
    /// The cache that is pruned, if one of them wants that.
    pub cache: PathBuf,
}

impl Faults {
    /// What becomes of a call, beside the time it is delayed by: the first fault that is about it decides.
    #[must_use]
    pub fn effect(&self, class: Class, ordinal: usize) -> Option<Effect> {
        self.about(class, ordinal).find(|effect| !matches!(effect, Effect::Delay(_)))
    }

    /// How much later a call is made.
    #[must_use]
    pub fn delay(&self, class: Class, ordinal: usize) -> Duration {
        let delays = self.about(class, ordinal).filter_map(|effect| match effect {
            Effect::Delay(delay) => Some(delay),
            _ => None,
        });
        delays.sum()
    }

    fn about(&self, class: Class, ordinal: usize) -> impl Iterator<Item = Effect> {
        let about = move |fault: &&Fault| fault.class == class && fault.ordinals.contain(ordinal);
        self.list.iter().filter(about).map(|fault| fault.effect)
    }
}

impl Ordinals {
    const fn contain(self, ordinal: usize) -> bool {
        let beyond = match self.last {
            Some(last) => ordinal > last,
            None => false,
        };
        self.first <= ordinal && !beyond
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, ordinals, effect } = self;
        write!(f, "{class}#{ordinals}={effect}")
    }
}

impl fmt::Display for Ordinals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { first, last: None } => write!(f, "{first}.."),
            Self { first, last: Some(last) } if first == last => write!(f, "{first}"),
            Self { first, last: Some(last) } => write!(f, "{first}..{last}"),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errno(errno) => write!(f, "{errno}"),
            Self::Kill => f.write_str("kill"),
            Self::Prune => f.write_str("prune"),
            Self::Delay(delay) => write!(f, "{}ms", delay.as_millis()),
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let read = || {
            let (class, rest) = text.split_once('#').ok_or("it has no `#`")?;
            let (ordinals, effect) = rest.split_once('=').ok_or("it has no `=`")?;
            let class = class.parse::<Class>().map_err(|error| error.to_string())?;
            Ok(Self { class, ordinals: self::ordinals(ordinals)?, effect: self::effect(effect)? })
        };
        read().map_err(|problem: String| FaultError { text: text.to_owned(), problem })
    }
}

fn ordinals(text: &str) -> Result<Ordinals, String> {
    let number = |text: &str| match text.parse() {
        Ok(number @ 1..) => Ok(number),
        _ => Err(format!("`{text}` is no ordinal, which is a number from 1")),
    };
    let (first, last) = match text.split_once("..") {
        None => (number(text)?, Some(number(text)?)),
        Some((first, "")) => (number(first)?, None),
        Some((first, last)) => (number(first)?, Some(number(last)?)),
    };
    match last {
        Some(last) if last < first => Err(format!("`{text}` ends before it begins")),
        last => Ok(Ordinals { first, last }),
    }
}

fn effect(text: &str) -> Result<Effect, String> {
    let delay = |digits: &str, unit: u64| {
        Some(Effect::Delay(Duration::from_millis(digits.parse::<u64>().ok()?.checked_mul(unit)?)))
    };
    let delayed = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => delay(digits, 1),
        (None, Some(digits)) => delay(digits, 1000),
        _ => None,
    };
    match text {
        "kill" => Ok(Effect::Kill),
        "prune" => Ok(Effect::Prune),
        _ => delayed.or_else(|| Errno::named(text).map(Effect::Errno)).ok_or_else(|| {
            format!("`{text}` is no effect, which is the name of an errno, `kill`, `prune`, or a time like 50ms or 2s")
        }),
    }
}

impl TryFrom<String> for Fault {
    type Error = FaultError;

    fn try_from(text: String) -> Result<Self, FaultError> {
        text.parse()
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        Faults { list: text.split(' ').map(|fault| fault.parse().unwrap()).collect(), ..Faults::default() }
    }

    #[test]
    fn every_fault_survives_being_written_and_read() {
        for text in [
            "link#1=EXDEV",
            "reflink#2..=EAGAIN",
            "write#3..5=ENOSPC",
            "copy_file_range#1..=EDQUOT",
            "rename#1=kill",
            "link#5=prune",
        ] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        assert_eq!("open#2=2s".parse::<Fault>().unwrap().to_string(), "open#2=2000ms");
        assert_eq!("link#1=ENOTSUP".parse::<Fault>().unwrap().to_string(), "link#1=EOPNOTSUPP");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        for (text, problem) in [
            ("link=EXDEV", "it has no `#`"),
            ("link#1", "it has no `=`"),
            ("link#0=EXDEV", "`0` is no ordinal, which is a number from 1"),
            ("link#x=EXDEV", "`x` is no ordinal, which is a number from 1"),
            ("link#3..2=EXDEV", "`3..2` ends before it begins"),
            (
                "link#1=EVIL",
                "`EVIL` is no effect, which is the name of an errno, `kill`, `prune`, or a time like 50ms or 2s",
            ),
            (
                "link#1=99999999999999999999s",
                "`99999999999999999999s` is no effect, which is the name of an errno, `kill`, `prune`, or a time like 50ms or 2s",
            ),
            (
                "copy#1=EXDEV",
                "unknown class of system calls `copy`; known are link, reflink, symlink, copy_file_range, sendfile, open, write, rename, unlink, mkdir, chmod",
            ),
        ] {
            assert_eq!(text.parse::<Fault>(), Err(FaultError { text: text.to_owned(), problem: problem.to_owned() }));
        }
    }

    #[test]
    fn ordinals_name_their_calls_and_no_others() {
        let hit = |text: &str| (1..=6).filter(|at| faults(text).effect(Class::Link, *at).is_some()).collect::<Vec<_>>();
        assert_eq!(hit("link#2=EXDEV"), [2]);
        assert_eq!(hit("link#2..4=EXDEV"), [2, 3, 4]);
        assert_eq!(hit("link#5..=EXDEV"), [5, 6]);
        assert_eq!(hit("symlink#1..=EXDEV"), [0; 0]);
        assert_eq!(hit("link#1=EXDEV link#5=EXDEV"), [1, 5]);
    }

    #[test]
    fn the_first_fault_decides_and_delays_add_up() {
        let faults = faults("link#1..=20ms link#2=kill link#1..=EIO link#2=1s");
        assert_eq!(faults.effect(Class::Link, 1), Some(Effect::Errno(Errno(nix::libc::EIO))));
        assert_eq!(faults.effect(Class::Link, 2), Some(Effect::Kill));
        assert_eq!(faults.delay(Class::Link, 2), Duration::from_millis(1020));
        assert_eq!(faults.delay(Class::Open, 2), Duration::ZERO);
    }
}
