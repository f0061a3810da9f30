//! The witness *did*: what the trace says of how files were filled, and of what was refused.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::kernel::wire::Record;
use crate::linker::Place;
use crate::observe::Node;
use crate::outcome::{Attempt, Strategy};
use crate::trace::{Answer, By, Class, Event, Trace, placed};

/// What the trace says, by file.
pub struct Did<'a> {
    trace: &'a Trace,
    place: &'a Place,
    by_inode: HashMap<(u64, u64), Filled>,
    by_path: BTreeMap<String, By>,
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
    pub fn new(record: &'a Record) -> Self {
        let mut by_inode = HashMap::new();
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
            }
        }
        let by_path = placed(&record.trace.events);
        Self { trace: &record.trace, place: &record.place, by_inode, by_path }
    }

    /// How a new file was filled, if that was seen. `path` is its path in the target.
    pub fn filled(&self, path: &str, node: &Node) -> Option<Filled> {
        let by_path = || match self.by_path(path)? {
            By::Reflink => Some(Filled::Reflink),
            By::Copy(Class::CopyFileRange) => Some(Filled::CopyFileRange),
            By::Copy(Class::Sendfile) => Some(Filled::Sendfile),
            By::Copy(_) | By::Write => Some(Filled::Write),
            By::HardLink | By::Symlink => None,
        };
        self.by_inode.get(&(node.device, node.inode)).copied().or_else(by_path)
    }

    /// How a file in the target came to be, by the calls that named it.
    pub fn strategy(&self, path: &str) -> Option<Strategy> {
        // What was written into a target was copied: linkers have nothing else to write.
        self.by_path(path).map(|by| by.strategy().unwrap_or(Strategy::Copy))
    }

    fn by_path(&self, path: &str) -> Option<By> {
        self.by_path.get(&*self.place.target().join(path).to_string_lossy()).copied()
    }

    /// Whether nothing has kept a call from being seen; if something has, what.
    pub fn blind_spot(&self) -> Option<String> {
        self.trace.events.iter().find_map(|event| match &event.answer {
            Answer::Unseen(why) if event.class != Class::Write => {
                Some(format!("a {} was not seen: {why}", event.class))
            }
            _ => None,
        })
    }

    /// Why it may do otherwise where nobody watches, if it may: what could not have been seen was refused.
    pub fn hindered(&self) -> Option<&'static str> {
        self.trace.gaps.first().map(|gap| gap.describe())
    }

    /// Whether anything was traced at all.
    pub fn is_empty(&self) -> bool {
        self.trace.events.is_empty() && self.trace.gaps.is_empty()
    }

    /// Whether a fault has pruned the cache.
    pub const fn is_pruned(&self) -> bool {
        self.trace.pruned
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

#[cfg(test)]
mod tests {
    use crate::errno::Errno;
    use crate::outcome::Rule::{C3, C4, C5};
    use crate::outcome::{Placement, Strategy};
    use crate::report::did;
    use crate::trace::{Answer, Class};
    use crate::verdict::sample::{MODULE, Sample, TOOL, UV_WARNING};

    /// uv 0.6.1 on one XFS, by another mount: it copies, and the kernel shares the extents.
    fn shared() -> Sample {
        Sample::new("uv@0.6.1", "xfs+bind", Strategy::Reflink)
            .stderr(UV_WARNING)
            .refused(Strategy::HardLink, Errno::EXDEV)
    }

    #[test]
    fn the_call_that_filled_a_file_decides_not_its_extents() {
        let files: Vec<_> = shared().record.place.contents().files.iter().map(|file| file.path.clone()).collect();
        let fill = |class| files.iter().fold(shared(), |sample, file| sample.filled(file, class)).judge();
        for (class, placement, by) in [
            (Class::Reflink, Placement::Reflink, ""),
            (Class::CopyFileRange, Placement::Copy, "copy 34 done by copy_file_range"),
            (Class::Sendfile, Placement::Copy, "copy 34 done by sendfile"),
            (Class::Write, Placement::Copy, "copy 34 done by write"),
        ] {
            let outcome = fill(class);
            assert_eq!((outcome.strategy, outcome.shared), (placement, 32), "{class}");
            assert!(did(&outcome.attempts).ends_with(by), "{}", did(&outcome.attempts));
        }
        assert_eq!(shared().judge().strategy, Placement::Undecided);
    }

    #[test]
    fn a_file_is_known_by_its_inode_wherever_it_was_renamed_to() {
        let mut sample = Sample::reflinked().filled(TOOL, Class::CopyFileRange);
        sample.record.trace.events.iter_mut().for_each(|event| event.to = "/exdev/cell/target/.tmp/x".to_owned());
        let outcome = sample.judge();
        assert_eq!((outcome.files[&Placement::Copy], outcome.strategy), (1, Placement::Mixed));
    }

    #[test]
    fn attempts_are_counted_by_what_they_got() {
        let exdev = || Answer::Refused(Errno::EXDEV);
        let sample = Sample::linked()
            .tried(TOOL, Strategy::Reflink, Answer::Refused(Errno::EOPNOTSUPP))
            .tried(TOOL, Strategy::HardLink, Answer::Done)
            .tried(MODULE, Strategy::HardLink, exdev())
            .tried(MODULE, Strategy::HardLink, Answer::Injected(Errno::EXDEV))
            .tried(MODULE, Strategy::HardLink, Answer::Done)
            // What is not of the cache, or stays in it, places nothing.
            .did(Class::Link, Some("/exdev/tmp/a"), "/exdev/cell/target/a", exdev())
            .did(Class::Link, Some("/exdev/cell/cache/a"), "/exdev/cell/cache/b", exdev());
        assert_eq!(
            did(&sample.judge().attempts),
            "reflink 1 refused EOPNOTSUPP, link 1 refused EXDEV, link 1 refused EXDEV by fault, link 2 done"
        );
        assert_eq!(did(&Sample::linked().judge().attempts), "nothing");
    }

    #[test]
    fn what_a_fault_refused_would_have_been_no_economy() {
        let copied = || Sample::new("uv@0.6.1", "ext4", Strategy::Copy).stderr(UV_WARNING);
        assert_eq!(copied().judge().contract[&C4].evidence.len(), 32);
        copied().tried(TOOL, Strategy::HardLink, Answer::Injected(Errno(nix::libc::EIO))).keeps(C4);
    }

    #[test]
    fn a_refusal_that_is_reported_was_met() {
        const SAID: &str =
            "warning: failed to hard link /exdev/cell/cache/a to /exdev/cell/target/a: EXDEV; falling back to copy\n";
        let copied = || Sample::new("reference@per-file", "ext4", Strategy::Copy).stderr(SAID);
        let met = |errno| copied().tried(TOOL, Strategy::HardLink, Answer::Refused(errno));
        met(Errno::EXDEV).keeps(C5);
        met(Errno::EPERM).breaks(C5, &["a hard link is said to be refused with EXDEV, and none was"]);
        // Nobody looked, or not everywhere.
        copied().keeps(C5);
        let unseen = Answer::Unseen("it is in another user namespace".to_owned());
        met(Errno::EPERM).did(Class::Link, None, "", unseen).keeps(C5);
    }

    #[test]
    fn one_strategy_is_uniform_however_often_another_was_tried() {
        Sample::linked().tried(TOOL, Strategy::Reflink, Answer::Refused(Errno::EOPNOTSUPP)).keeps(C3);
    }
}
