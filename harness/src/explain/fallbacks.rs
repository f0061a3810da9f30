//! The strategies that were refused, grouped by what refused them; and where the ends are, found by looking.

use std::collections::BTreeMap;
use std::path::Path;

use super::discreet::Discreet;
use super::explanation::{Fallback, Refusal};
use super::settings;
use crate::errno::Errno;
use crate::facts::{Confinement, EndFacts, Facts, FactsError, ProcessFacts, end, file};
use crate::outcome::Strategy;
use crate::reason::{Share, why};
use crate::trace::{By, Class, Event, Trace};

/// What the command was, and who ran it.
pub struct Setting<'a> {
    pub command: &'a [String],
    pub process: &'a ProcessFacts,
    pub discreet: &'a Discreet,
}

/// Each strategy that was refused, once for each errno and pair of mounts.
///
/// # Errors
/// An end could not be looked at.
pub fn fallbacks(
    trace: &Trace,
    placed: &BTreeMap<String, By>,
    setting: &Setting<'_>,
) -> Result<Vec<Fallback>, FactsError> {
    let mut found: Vec<(Fallback, Key)> = Vec::new();
    let mut ends = Ends::default();
    for event in &trace.events {
        let (Some(strategy), Some(errno)) = (strategy(event.class), event.answer.errno()) else { continue };
        // That a name is taken, or a file is not there, is no refusal of the strategy.
        if [nix::libc::EEXIST, nix::libc::ENOENT].contains(&errno.0) {
            continue;
        }
        let from = event.from.as_deref().unwrap_or_default();
        let (cache, target) = (ends.of(from)?.clone(), ends.of(&event.to)?.clone());
        let key = Key { strategy, errno, mounts: [cache.end.mount_id, target.end.mount_id], confined: event.confined };
        if let Some((known, _)) = found.iter_mut().find(|(_, other)| *other == key) {
            known.files += 1;
            continue;
        }
        let every = !trace.events.iter().any(|other| other.class == event.class && other.answer.errno().is_none());
        let share = if every { Share::Every } else { Share::Some };
        found.push((fallback(event, &key, share, [cache, target], placed, setting), key));
    }
    Ok(found.into_iter().map(|(fallback, _)| fallback).collect())
}

/// What else was refused, by class and errno.
pub fn refusals(trace: &Trace, failed: Failed, discreet: &Discreet) -> Vec<Refusal> {
    let mut found: BTreeMap<(Class, Errno), Refusal> = BTreeMap::new();
    for event in trace.events.iter().filter(|event| strategy(event.class).is_none()) {
        let Some(errno) = event.answer.errno() else { continue };
        let crosses = event.class == Class::Rename && errno == Errno::EXDEV;
        let usual = [nix::libc::EEXIST, nix::libc::ENOENT, nix::libc::ENOTEMPTY].contains(&errno.0);
        let copies = matches!(event.class, Class::CopyFileRange | Class::Sendfile);
        if !crosses && (usual || copies || failed == Failed::No) {
            continue;
        }
        let path = || discreet.text(&event.to);
        let new = || Refusal { class: event.class.to_string(), errno: errno.to_string(), calls: 0, path: path() };
        found.entry((event.class, errno)).or_insert_with(new).calls += 1;
    }
    found.into_values().collect()
}

/// Whether the command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It did.
    Yes,
    /// It did not.
    No,
}

#[derive(PartialEq, Eq)]
struct Key {
    strategy: Strategy,
    errno: Errno,
    mounts: [u64; 2],
    confined: bool,
}

fn strategy(class: Class) -> Option<Strategy> {
    match class {
        Class::Link => Some(Strategy::HardLink),
        Class::Reflink => Some(Strategy::Reflink),
        Class::Symlink => Some(Strategy::Symlink),
        _ => None,
    }
}

fn fallback(
    event: &Event,
    key: &Key,
    share: Share,
    [cache, target]: [EndFacts; 2],
    placed: &BTreeMap<String, By>,
    setting: &Setting<'_>,
) -> Fallback {
    let Setting { command, process, discreet } = setting;
    let from = event.from.as_deref().unwrap_or_default();
    let mut process = (*process).clone();
    if key.confined {
        process.confinement = Confinement::Confined;
    }
    let source = file(Path::new(from)).ok().map(|facts| facts.with_all_flags(Path::new(from)));
    let obstacle = source.and_then(|facts| facts.obstacle(&process));
    let facts = Facts { cache, target, process };
    let name = Path::new(&event.to).file_name().and_then(|name| name.to_str());
    let reason = why(key.strategy.into(), key.errno, &crate::reason::Scene { name, ..facts.scene(obstacle, share) });
    let to = discreet.text(&event.to);
    let mut advice = settings::advice(command, &reason, &to);
    advice.push(reason.advice());
    let hidden = |end: EndFacts| {
        let mut end = EndFacts { path: discreet.text(&end.path), ..end };
        end.end.mountinfo = discreet.text(&end.end.mountinfo);
        end
    };
    Fallback {
        strategy: key.strategy,
        errno: key.errno.to_string(),
        files: 1,
        reason: reason.to_string(),
        kind: reason,
        then: placed.get(&event.to).and_then(|by| by.strategy()),
        from: discreet.text(from),
        to,
        cache: hidden(facts.cache),
        target: hidden(facts.target),
        advice,
    }
}

/// The ends that were looked at.
#[derive(Default)]
struct Ends(BTreeMap<String, EndFacts>);

impl Ends {
    /// The directory of a file, or, where that is gone again, the nearest one above that is there.
    fn of(&mut self, path: &str) -> Result<&EndFacts, FactsError> {
        let parent = Path::new(path).parent().unwrap_or(Path::new("/"));
        let there = parent.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("/"));
        let key = there.to_string_lossy().into_owned();
        if !self.0.contains_key(&key) {
            self.0.insert(key.clone(), end(there)?);
        }
        Ok(&self.0[&key])
    }
}
