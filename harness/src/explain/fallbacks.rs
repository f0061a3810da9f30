//! The strategies that were refused, grouped by what refused them; and where the ends are, found by looking.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::discreet::Discreet;
use super::explanation::{Fallback, Refusal};
use super::settings;
use crate::errno::Errno;
use crate::facts::{Confinement, EndFacts, Facts, FactsError, ProcessFacts, end, file};
use crate::outcome::Strategy;
use crate::reason::{Reason, Scene, Share, why};
use crate::trace::{Answer, By, Class, Event, Trace};

/// What the command was, and who ran it.
pub struct Setting<'a> {
    pub command: &'a [String],
    pub process: &'a ProcessFacts,
    pub discreet: &'a Discreet,
    /// The files that are there in the end.
    pub files: &'a BTreeMap<String, By>,
    /// Where refused files are in the end, by the index of their event.
    pub instead: &'a HashMap<usize, String>,
}

/// Each strategy that was refused, once for each errno, reason, pair of mounts and what came instead; and what could not be looked at,
/// so that there is no telling why. What a filesystem does not have at all comes last.
pub fn fallbacks(trace: &Trace, setting: &Setting<'_>) -> (Vec<Fallback>, Vec<String>) {
    let mut found: Vec<(Fallback, [u64; 2])> = Vec::new();
    let (mut unknown, mut ends) = (Vec::new(), Ends::default());
    for (index, event) in trace.events.iter().enumerate() {
        let (Some(strategy), Some(errno)) = (strategy(event.class), event.answer.errno()) else { continue };
        // That a name is taken, or a file is not there, is no refusal of the strategy.
        if [nix::libc::EEXIST, nix::libc::ENOENT].contains(&errno.0) {
            continue;
        }
        let from = from(event);
        let (cache, target) = match (ends.of(&from), ends.of(Path::new(&event.to))) {
            (Ok(cache), Ok(target)) => (cache, target),
            (Err(error), _) | (_, Err(error)) => {
                let line = setting.discreet.text(&format!("why a {strategy} got {errno} is not known: {error}"));
                if !unknown.contains(&line) {
                    unknown.push(line);
                }
                continue;
            }
        };
        let mounts = [cache.end.mount_id, target.end.mount_id];
        let some = trace.events.iter().any(|other| other.class == event.class && other.answer == Answer::Done);
        let refused =
            Refused { event, strategy, errno, from: &from, share: if some { Share::Some } else { Share::Every } };
        let then = setting.instead.get(&index).and_then(|path| setting.files.get(path)?.strategy());
        let fallback = fallback(&refused, then, [cache, target], setting);
        match found.iter_mut().find(|(known, at)| *at == mounts && is_alike(known, &fallback)) {
            Some((known, _)) => known.files += 1,
            None => found.push((fallback, mounts)),
        }
    }
    let untried = untried(setting, &mut ends);
    let counted = found.into_iter().map(|(fallback, [_, target])| match fallback.then {
        Some(Strategy::Copy) => Fallback { untried: untried.get(&target).copied().unwrap_or(0), ..fallback },
        _ => fallback,
    });
    let mut found: Vec<_> = counted.collect();
    found.sort_by_key(|fallback| matches!(fallback.kind, Reason::NoReflinks { .. }));
    (found, unknown)
}

/// How many files of each mount were copied, and never refused anything.
fn untried(setting: &Setting<'_>, ends: &mut Ends) -> HashMap<u64, usize> {
    let refused: HashSet<_> = setting.instead.values().collect();
    let mut untried = HashMap::new();
    for (path, by) in setting.files {
        // What was merely written may be no copy of anything.
        let copied = matches!(by, By::Copy(class) if *class != Class::Write) && !refused.contains(path);
        if let Some(end) = copied.then(|| ends.of(Path::new(path)).ok()).flatten() {
            *untried.entry(end.end.mount_id).or_default() += 1;
        }
    }
    untried
}

fn is_alike(one: &Fallback, other: &Fallback) -> bool {
    let key = |it: &Fallback| (it.strategy, it.errno.clone(), it.kind.clone(), it.then);
    let devices = |it: &Fallback| [it.cache.end.device.clone(), it.target.end.device.clone()];
    key(one) == key(other) && devices(one) == devices(other)
}

/// The file that was to be placed. A symlink's text begins where the symlink is to be.
fn from(event: &Event) -> PathBuf {
    let from = Path::new(event.from.as_deref().unwrap_or_default());
    Path::new(&event.to).parent().map_or_else(|| from.to_owned(), |beside| beside.join(from))
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

/// A call that was refused.
struct Refused<'a> {
    event: &'a Event,
    strategy: Strategy,
    errno: Errno,
    from: &'a Path,
    share: Share,
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
    refused: &Refused<'_>,
    then: Option<Strategy>,
    [cache, target]: [Rc<EndFacts>; 2],
    setting: &Setting<'_>,
) -> Fallback {
    let Setting { command, process, discreet, .. } = setting;
    let Refused { event, strategy, errno, from, share } = *refused;
    let mut process = (*process).clone();
    if event.confined {
        process.confinement = Confinement::Confined;
    }
    let source = file(from).ok().map(|facts| facts.with_all_flags(from));
    let obstacle = source.as_ref().and_then(|facts| facts.obstacle(&process));
    let facts = Facts { cache: (*cache).clone(), target: (*target).clone(), process };
    let name = Path::new(&event.to).file_name().and_then(|name| name.to_str());
    let reason = why(strategy.into(), errno, &Scene { name, ..facts.scene(obstacle, share) });
    let to = discreet.text(&event.to);
    let mut advice = settings::advice(command, &reason, &to);
    advice.push(reason.advice());
    Fallback {
        strategy,
        errno: errno.to_string(),
        files: 1,
        reason: reason.to_string(),
        kind: reason,
        then,
        untried: 0,
        from: discreet.text(&from.to_string_lossy()),
        to,
        file: source,
        cache: discreet.end(facts.cache),
        target: discreet.end(facts.target),
        advice,
    }
}

/// The ends that were looked at.
#[derive(Default)]
struct Ends(HashMap<PathBuf, Rc<EndFacts>>);

impl Ends {
    /// The directory of a file, or, where that is gone again, the nearest one above that is there.
    fn of(&mut self, path: &Path) -> Result<Rc<EndFacts>, FactsError> {
        let parent = path.parent().unwrap_or(Path::new("/"));
        if let Some(known) = self.0.get(parent) {
            return Ok(Rc::clone(known));
        }
        let there = parent.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("/"));
        let found = Rc::new(end(there)?);
        self.0.insert(parent.to_owned(), Rc::clone(&found));
        Ok(found)
    }
}
