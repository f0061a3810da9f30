//! The witness *did*: what the trace says of how files were filled, and of what was refused.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::kernel::wire::Record;
use crate::linker::Place;
use crate::observe::Node;
use crate::outcome::{Attempt, Strategy};
use crate::trace::{Answer, Class, Event, Trace};

/// What the trace says, by file.
pub struct Did<'a> {
    trace: &'a Trace,
    place: Place,
    by_inode: HashMap<(u64, u64), Filled>,
    by_path: HashMap<&'a str, Filled>,
}

/// How a new file was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Filled {
    /// By `FICLONE` or `FICLONERANGE`.
    Reflink,
    /// By `copy_file_range(2)`.
    CopyFileRange,
    /// By sendfile(2).
    Sendfile,
    /// By anything else: write(2), or nothing at all if it is empty.
    Write,
}

impl Filled {
    /// The strategy that it is.
    pub const fn strategy(self) -> Strategy {
        match self {
            Self::Reflink => Strategy::Reflink,
            Self::CopyFileRange | Self::Sendfile | Self::Write => Strategy::Copy,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Reflink => "reflink",
            Self::CopyFileRange => "copy_file_range",
            Self::Sendfile => "sendfile",
            Self::Write => "write",
        }
    }
}

impl<'a> Did<'a> {
    /// Reads a trace.
    pub fn new(record: &'a Record, place: Place) -> Self {
        let (mut by_inode, mut by_path) = (HashMap::new(), HashMap::new());
        for event in record.trace.events.iter().filter(|event| event.answer == Answer::Done) {
            let filled = match event.class {
                Class::Open => Filled::Write,
                Class::Reflink => Filled::Reflink,
                Class::CopyFileRange => Filled::CopyFileRange,
                Class::Sendfile => Filled::Sendfile,
                _ => continue,
            };
            if let Some(inode) = event.inode {
                by_inode.insert(inode, filled);
                by_path.insert(event.to.as_str(), filled);
            }
        }
        Self { trace: &record.trace, place, by_inode, by_path }
    }

    /// How a new file was filled, if that was seen. `path` is its path in the target.
    pub fn filled(&self, path: &str, node: &Node) -> Option<Filled> {
        let by_path = || self.by_path.get(&*self.place.target().join(path).to_string_lossy());
        self.by_inode.get(&(node.device, node.inode)).or_else(by_path).copied()
    }

    /// Whether nothing has kept a call from being seen; if something has, what.
    pub fn blind_spot(&self) -> Option<String> {
        let unseen = self.trace.events.iter().find_map(|event| match &event.answer {
            Answer::Unseen(why) if event.class != Class::Write => {
                Some(format!("a {} was not seen: {why}", event.class))
            }
            _ => None,
        });
        self.trace.gaps.first().map(|gap| gap.describe().to_owned()).or(unseen)
    }

    /// Whether anything was traced at all.
    pub fn is_empty(&self) -> bool {
        self.trace.events.is_empty() && self.trace.gaps.is_empty()
    }

    /// All that was seen.
    pub fn events(&self) -> &'a [Event] {
        &self.trace.events
    }

    /// The attempts to place a file of the cache by this strategy.
    pub fn attempts(&self, strategy: Strategy) -> impl Iterator<Item = &'a Event> {
        let class = match strategy {
            Strategy::HardLink => Some(Class::Link),
            Strategy::Reflink => Some(Class::Reflink),
            Strategy::Symlink => Some(Class::Symlink),
            Strategy::Copy => None,
        };
        let cache = self.place.cache();
        let places = move |event: &&Event| {
            let from_cache = event.from.as_ref().is_some_and(|from| Path::new(from).starts_with(cache));
            from_cache && !Path::new(&event.to).starts_with(cache)
        };
        let events = &self.trace.events;
        events.iter().filter(move |event| Some(event.class) == class).filter(places)
    }

    /// The refusals that a strategy met.
    pub fn refusals(&self, strategy: Strategy) -> impl Iterator<Item = &'a Event> {
        self.attempts(strategy).filter(|event| event.answer.errno().is_some())
    }

    /// Every attempt to place a file, counted by its kind and by what it got: refusals first. `copied` are the files that were copied.
    pub fn summary(&self, copied: impl Iterator<Item = Filled>) -> Vec<Attempt> {
        let mut summary = Vec::new();
        for (strategy, class) in [
            (Strategy::Reflink, Class::Reflink),
            (Strategy::HardLink, Class::Link),
            (Strategy::Symlink, Class::Symlink),
        ] {
            let mut counts: BTreeMap<_, usize> = BTreeMap::new();
            for event in self.attempts(strategy) {
                *counts.entry(result(&event.answer)).or_default() += 1;
            }
            let attempts = counts.into_iter().map(|((_, result, by), count)| Attempt {
                class: class.to_string(),
                result,
                by: by.map(str::to_owned),
                count,
            });
            summary.extend(attempts);
        }
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        copied.for_each(|filled| *counts.entry(filled).or_default() += 1);
        summary.extend(counts.into_iter().map(|(filled, count)| Attempt {
            class: Strategy::Copy.to_string(),
            result: "ok".to_owned(),
            by: Some(filled.name().to_owned()),
            count,
        }));
        summary
    }
}

/// What an attempt got: in this order, and by whose doing.
fn result(answer: &Answer) -> (u8, String, Option<&'static str>) {
    match answer {
        Answer::Refused(errno) => (0, errno.to_string(), None),
        Answer::Injected(errno) => (0, errno.to_string(), Some("fault")),
        Answer::Killed => (1, "killed".to_owned(), Some("fault")),
        Answer::Done => (2, "ok".to_owned(), None),
        Answer::Unseen(_) => (3, "unseen".to_owned(), None),
    }
}
