//! Everything that two directories and the files in them tell: what each call gets, and what may explain it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tempfile::TempPath;

use super::answers::Answer;
use super::attempt::{Got, attempt};
use super::call::Call;
use super::error::ProbeError;
use super::scratch::{fresh, fresh_directory};
use super::survey::{Survey, walk};
use crate::errno::Errno;
use crate::facts::{Facts, Obstacle, facts};
use crate::outcome::Strategy;
use crate::reason::{Reason, Share, why};

/// What is known of a cache and a target, from the two directories alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// Where the two are, and who looked.
    pub facts: Facts,
    /// Why no file can be made in the cache, if none can.
    pub cache_closed: Option<Errno>,
    /// Every call that was tried from the cache into the target.
    pub tries: Vec<Try>,
    /// The links that were tried from one name in the cache to another.
    pub within_cache: Vec<Try>,
    /// The rename that was tried from one directory in the target to another; nothing where no directory could be made for it.
    pub within_target: Vec<Try>,
    /// What the cache holds.
    pub survey: Survey,
}

/// One call, tried on one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Try {
    /// The call.
    pub call: Call,
    /// What kind of file it was tried on.
    pub subject: Subject,
    /// The file's path in the cache; a fresh one has none that lasts.
    pub file: Option<String>,
    /// What stands in the way of the file itself.
    pub obstacle: Option<Obstacle>,
    /// What it got.
    #[serde(flatten)]
    pub got: Got,
}

/// What kind of file a call was tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// One that the probe had just written, and that nobody had synced.
    Fresh,
    /// One that the cache holds.
    Cached,
}

/// How many fresh files are tried.
const FRESH: usize = 2;

/// Tries every call from one directory into the other, and looks at both. What is made is removed.
///
/// # Errors
/// One of the two is no directory that can be used so.
pub fn findings(cache: &Path, target: &Path) -> Result<Findings, ProbeError> {
    let (cache, target) = (&directory("cache", cache)?, &directory("target", target)?);
    fresh(target).map_err(|errno| ProbeError::Unwritable { path: target.clone(), errno })?;
    let facts = facts(cache, target)?;
    let made: Result<Vec<_>, _> = (0..FRESH).map(|_| fresh(cache)).collect();
    let walked = walk(cache, &facts.process)?;
    let examples = walked.examples();
    if let (Err(errno), true) = (&made, examples.is_empty()) {
        return Err(ProbeError::NothingToTry { path: cache.clone(), errno: *errno });
    }
    let cache_closed = made.as_ref().err().copied();
    let made = made.unwrap_or_default();
    let mut tries = Vec::new();
    for call in Call::PLACING {
        for file in &made {
            tries.push(Try::fresh(call, attempt(call, file, target)?));
        }
        for (file, obstacle) in &examples {
            let path = file.strip_prefix(cache).unwrap_or(file).display().to_string();
            let got = attempt(call, file, target)?;
            tries.push(Try { call, subject: Subject::Cached, file: Some(path), obstacle: *obstacle, got });
        }
    }
    let within_cache = within(cache, &made)?;
    let within_target = out_of_one_directory(target)?;
    tries.extend(renames(cache, target, made)?);
    let survey = walked.suspects(cache, target, usual(&tries, Subject::Cached))?;
    Ok(Findings { facts, cache_closed, tries, within_cache, within_target, survey })
}

/// The directory, with every symlink followed.
fn directory(end: &'static str, path: &Path) -> Result<PathBuf, ProbeError> {
    let found = fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ProbeError::NotThere { end, path: path.to_owned() },
        io::ErrorKind::NotADirectory => ProbeError::NoDirectory { end, path: path.to_owned() },
        _ => ProbeError::Unreadable { end, path: path.to_owned(), errno: Errno::from(&error) },
    })?;
    if found.is_dir() { Ok(found) } else { Err(ProbeError::NoDirectory { end, path: path.to_owned() }) }
}

/// Links from one name in the cache to another, which some linkers need to keep a cache at all.
fn within(cache: &Path, made: &[TempPath]) -> Result<Vec<Try>, ProbeError> {
    let Some(file) = made.first() else { return Ok(Vec::new()) };
    let calls = [Call::HardLink, Call::Symlink];
    calls.into_iter().map(|call| Ok(Try::fresh(call, attempt(call, file, cache)?))).collect()
}

/// A rename of a file from a directory in the target into the target, by which some linkers publish what they have placed.
fn out_of_one_directory(target: &Path) -> Result<Vec<Try>, ProbeError> {
    let Ok(directory) = fresh_directory(target) else { return Ok(Vec::new()) };
    let Ok(file) = fresh(directory.path()) else { return Ok(Vec::new()) };
    Ok(vec![Try::fresh(Call::Rename, attempt(Call::Rename, &file, target)?)])
}

/// Renames files of the probe's own; those that it does not move are removed here.
fn renames(cache: &Path, target: &Path, made: Vec<TempPath>) -> Result<Vec<Try>, ProbeError> {
    let mut tries = Vec::new();
    let mut files = made.into_iter();
    for call in [Call::Rename, Call::RenameNoReplace] {
        for _ in 0..FRESH {
            // A file that has been reflinked is written out; a rename is tried on whatever there is.
            let file = match files.next() {
                Some(file) => Ok(file),
                None => fresh(cache),
            };
            if let Ok(file) = file {
                tries.push(Try::fresh(call, attempt(call, &file, target)?));
            }
        }
    }
    Ok(tries)
}

impl Try {
    const fn fresh(call: Call, got: Got) -> Self {
        Self { call, subject: Subject::Fresh, file: None, obstacle: None, got }
    }
}

/// What all files of a kind got that were tried; a strategy that was refused to one of them counts as refused.
fn usual(tries: &[Try], subject: Subject) -> Option<Answer> {
    let of = |call| tries.iter().filter(move |it| it.call == call && it.subject == subject);
    let errno = |call| of(call).find_map(|it| it.got.errno());
    of(Call::HardLink).next()?;
    let obstacle = of(Call::HardLink).find_map(|it| it.obstacle);
    Some(Answer {
        hard_link: errno(Call::HardLink),
        reflink: errno(Call::Reflink),
        symlink: errno(Call::Symlink),
        obstacle,
    })
}

impl Findings {
    /// What the cache's files get that do not stand out; where it has none, what a fresh file gets.
    #[must_use]
    pub fn usual(&self) -> Option<Answer> {
        usual(&self.tries, Subject::Cached).or_else(|| usual(&self.tries, Subject::Fresh))
    }

    /// Whether a call that was tried has ever worked.
    #[must_use]
    pub fn works(&self, call: Call) -> bool {
        self.tries.iter().any(|it| it.call == call && it.got.errno().is_none())
    }

    /// Whether a strategy cannot be used within the cache, however much room there is.
    #[must_use]
    pub fn refused_within_cache(&self, strategy: Strategy) -> bool {
        let call = Call::from(strategy);
        let refused = |it: &Try| it.got.errno().is_some_and(|errno| !errno.is_no_room());
        self.within_cache.iter().any(|it| it.call == call && refused(it))
    }

    /// Why a try was refused, if it was.
    #[must_use]
    pub fn reason(&self, tried: &Try) -> Option<Reason> {
        let errno = tried.got.errno()?;
        let same = self.tries.iter().filter(|it| it.call == tried.call);
        let share = if same.clone().all(|it| it.got.errno().is_some()) { Share::Every } else { Share::Some };
        Some(why(tried.call, errno, &self.facts.scene(tried.obstacle, share)))
    }

    /// Why a file that stands out cannot be hard linked, if it cannot.
    #[must_use]
    pub fn suspicion(&self, answer: &Answer) -> Option<Reason> {
        Some(why(Call::HardLink, answer.hard_link?, &self.facts.scene(answer.obstacle, Share::Some)))
    }
}

#[cfg(test)]
mod tests;
