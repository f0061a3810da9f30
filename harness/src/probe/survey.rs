//! What a cache holds: how much, in what order, and which of its files cannot be placed as the others can.
//!
//! Invariant: a survey names no more files than it must; most caches have thousands, and few stand out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::Answer;
use super::attempt::attempt;
use super::call::Call;
use super::error::ProbeError;
use super::scratch::is_ours;
use crate::errno::Errno;
use crate::facts::{Obstacle, ProcessFacts, file};

/// So many files are looked at; whatever lies behind them is as those before, as far as a probe can tell.
const MOST_FILES: usize = 200_000;

/// So many files that stand out are tried; the others are taken to get what one with the same obstacle got.
const MOST_TRIED: usize = 16;

/// A file with more links than this is worth a try: Minix allows 250, and EFS 177.
const MANY_LINKS: u64 = 100;

/// So large is what a file takes at least on most filesystems.
const BLOCK: u64 = 4096;

/// So many files are named that come before one that stands out.
const AHEAD: usize = 3;

/// What a cache holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Survey {
    /// The number of regular files.
    pub files: usize,
    /// Whether that is all of them.
    pub complete: bool,
    /// The regular file whose path comes first in the order of bytes, relative to the cache.
    pub first: Option<String>,
    /// What each directory at the top of the cache holds; the files at the top itself are under the empty name.
    pub shelves: BTreeMap<String, Shelf>,
    /// Those of the files that stand out, in the order of the directories; no more than a thousand are named.
    pub suspects: Vec<Suspect>,
}

/// What a directory at the top of a cache holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shelf {
    /// How many directories in it hold files.
    pub directories: usize,
    /// What its files take, in bytes: each fills whole blocks of 4 KiB, as on most filesystems.
    pub bytes: u64,
}

/// A file that cannot be placed as the others can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspect {
    /// Its path, relative to the cache.
    pub path: String,
    /// The files that come directly before it, in the order of the directories; the nearest last.
    pub ahead: Vec<String>,
    /// What placing it got.
    pub answer: Answer,
}

/// A file worth a try, until it was tried.
struct Candidate {
    path: PathBuf,
    ahead: Vec<String>,
    links: u64,
    obstacle: Option<Obstacle>,
}

/// A cache that was walked.
pub(super) struct Walked {
    survey: Survey,
    candidates: Vec<Candidate>,
    /// Files that do not stand out, with their sizes.
    ordinary: Vec<(PathBuf, u64)>,
}

/// So many ordinary files are remembered, to choose from.
const MOST_ORDINARY: usize = 1000;

/// So many files that stand out are named.
const MOST_NAMED: usize = 1000;

/// Walks a cache as most linkers do: in the order of the directories, each entered where it is met.
pub(super) fn walk(cache: &Path, process: &ProcessFacts) -> Result<Walked, ProbeError> {
    let entries = fs::read_dir(cache);
    let entries = entries.map_err(|error| ProbeError::Unreadable {
        end: "cache",
        path: cache.to_owned(),
        errno: Errno::from(&error),
    })?;
    let mut walked =
        Walked { survey: Survey { complete: true, ..Survey::default() }, candidates: Vec::new(), ordinary: Vec::new() };
    let (mut stack, mut ahead, mut shelves) = (vec![entries], Vec::new(), BTreeSet::new());
    while let Some(entries) = stack.last_mut() {
        // A directory that cannot be read is one that no linker can place from.
        let Some(Ok(entry)) = entries.next() else {
            stack.pop();
            continue;
        };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            stack.extend(fs::read_dir(entry.path()));
        } else if kind.is_file() && !is_ours(&entry.file_name()) {
            if walked.survey.files == MOST_FILES {
                walked.survey.complete = false;
                break;
            }
            walked.meet(cache, &entry.path(), process, &mut ahead, &mut shelves);
        }
    }
    for (shelf, _) in shelves {
        walked.survey.shelves.entry(shelf).or_default().directories += 1;
    }
    Ok(walked)
}

impl Walked {
    fn meet(
        &mut self,
        cache: &Path,
        path: &Path,
        process: &ProcessFacts,
        ahead: &mut Vec<String>,
        shelves: &mut BTreeSet<(String, String)>,
    ) {
        let (Ok(facts), Ok(relative)) = (file(path), path.strip_prefix(cache)) else { return };
        let relative = relative.to_string_lossy().into_owned();
        self.survey.files += 1;
        if self.survey.first.as_ref().is_none_or(|first| relative.as_bytes() < first.as_bytes()) {
            self.survey.first = Some(relative.clone());
        }
        let mut parts = relative.splitn(3, '/');
        let (top, below, deeper) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let on = if below.is_some() { top } else { "" };
        let bytes = &mut self.survey.shelves.entry(on.to_owned()).or_default().bytes;
        *bytes = bytes.saturating_add(facts.size.div_ceil(BLOCK).saturating_mul(BLOCK));
        if let (Some(directory), Some(_)) = (below, deeper) {
            shelves.insert((on.to_owned(), directory.to_owned()));
        }
        let obstacle = facts.obstacle(process);
        if obstacle.is_some() || facts.links > MANY_LINKS {
            self.candidates.push(Candidate {
                path: path.to_owned(),
                ahead: ahead.clone(),
                links: facts.links,
                obstacle,
            });
        } else if self.ordinary.len() < MOST_ORDINARY {
            self.ordinary.push((path.to_owned(), facts.size));
        }
        ahead.push(relative);
        ahead.drain(..ahead.len().saturating_sub(AHEAD));
    }

    /// The files to try as examples of the cache: those that do not stand out, or, where all do, some that do; large ones, but
    /// none that takes long.
    pub(super) fn examples(&self) -> Vec<(PathBuf, Option<Obstacle>)> {
        const LARGE: u64 = 1024 * 1024;
        let mut ordinary: Vec<_> = self.ordinary.iter().collect();
        ordinary.sort_by_key(|(_, size)| (*size > LARGE, Reverse(*size)));
        let mut examples: Vec<_> = ordinary.into_iter().map(|(path, _)| (path.clone(), None)).collect();
        if examples.is_empty() {
            examples = self.candidates.iter().map(|it| (it.path.clone(), it.obstacle)).collect();
        }
        examples.truncate(2);
        examples
    }

    /// Tries those that may stand out, and keeps those that get something else than the cache's other files, or, where all may,
    /// than the first of them.
    pub(super) fn suspects(mut self, cache: &Path, target: &Path, usual: Option<Answer>) -> Result<Survey, ProbeError> {
        let mut known: BTreeMap<(Option<Obstacle>, bool), Answer> = BTreeMap::new();
        let mut answers = BTreeMap::new();
        // The one with the most links first: where even that can be linked, so can the others.
        let mut order: Vec<_> = (0..self.candidates.len()).collect();
        order.sort_by_key(|&index| Reverse(self.candidates[index].links));
        for (tried, index) in order.into_iter().enumerate() {
            let Candidate { path, obstacle, links, .. } = &self.candidates[index];
            let class = (*obstacle, *links > MANY_LINKS);
            let same = known.get(&class).filter(|same| tried >= MOST_TRIED || same.hard_link.is_none());
            let answer = match same {
                Some(same) => *same,
                None => answer(path, target, *obstacle)?,
            };
            known.insert(class, answer);
            answers.insert(index, answer);
        }
        let usual = usual.or_else(|| answers.get(&0).copied());
        for (index, Candidate { path, ahead, .. }) in self.candidates.into_iter().enumerate() {
            let other = answers.get(&index).filter(|answer| usual.is_none_or(|usual| !usual.is_like(answer)));
            if let Some(answer) = other.filter(|_| self.survey.suspects.len() < MOST_NAMED) {
                let path = path.strip_prefix(cache).unwrap_or(&path).to_string_lossy().into_owned();
                self.survey.suspects.push(Suspect { path, ahead, answer: *answer });
            }
        }
        Ok(self.survey)
    }
}

/// What placing one cached file gets.
fn answer(path: &Path, target: &Path, obstacle: Option<Obstacle>) -> Result<Answer, ProbeError> {
    let errno = |call| Ok::<_, ProbeError>(attempt(call, path, target)?.errno());
    let (reflink, hard_link, symlink) = (errno(Call::Reflink)?, errno(Call::HardLink)?, errno(Call::Symlink)?);
    Ok(Answer { hard_link, reflink, symlink, obstacle })
}
