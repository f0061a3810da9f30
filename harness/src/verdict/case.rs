//! Scenario and record, with each file of the package matched to where it was placed and to its cached file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::did::{Did, Filled};
use crate::kernel::wire::Record;
use crate::linker::{Adapter, Heard, Place};
use crate::observe::{Kind, Node, Tree};
use crate::outcome::{Attempt, Judgement, Placement, Step, Strategy, Verdict, Witnesses};
use crate::package::{Expected, cached};
use crate::scenario::Scenario;

/// Everything that the rules look at.
pub struct Case<'a> {
    pub scenario: &'a Scenario,
    pub record: &'a Record,
    /// What is to be placed.
    pub package: &'a [Expected],
    pub place: &'a Place,
    pub adapter: Box<dyn Adapter>,
    pub heard: Heard,
    pub chain: Vec<Strategy>,
    pub did: Did<'a>,
    /// Whether cache and target are known to be on two filesystems.
    separate: bool,
    /// The directory in the target that holds the package, with a slash at its end unless empty.
    pub root: String,
    /// The package's files that are in the target.
    pub placed: Vec<Placed<'a>>,
}

/// A file of the package in the target: a regular file or a symlink there.
pub struct Placed<'a> {
    pub file: &'a Expected,
    pub node: &'a Node,
    /// Whether it was there before, and the run has not touched it.
    pub stood: bool,
    /// The cached file that it came from, by its path in the cache.
    pub cached: Option<(&'a str, &'a Node)>,
    /// How it was placed: never `Mixed` or `Nothing`.
    pub placement: Placement,
    /// What the disk alone shows of that.
    pub left: Placement,
    /// How it was copied, if it was and that was seen.
    pub filled: Option<Filled>,
    /// Whether it has extents in common with the cached file; `None` where that cannot be seen.
    pub shares: Option<bool>,
}

impl<'a> Case<'a> {
    /// Matches the files of a run.
    pub fn new(scenario: &'a Scenario, record: &'a Record, package: &'a [Expected]) -> Self {
        let adapter = scenario.linker.adapter();
        let heard = adapter.hear(&record.stdout, &record.stderr);
        let root = match adapter.root(&record.target) {
            root if root.is_empty() => root,
            root => format!("{root}/"),
        };
        let place = &record.place;
        let mut case = Self {
            scenario,
            record,
            did: Did::new(record),
            package,
            place,
            chain: adapter.chain(&scenario.mode),
            separate: scenario.ends.are_separate(),
            adapter,
            heard,
            root,
            placed: Vec::new(),
        };
        let index = Index::new(case.package, record);
        case.placed = package.iter().filter_map(|file| case.place(file, &index)).collect();
        case
    }

    /// How many files were placed in each way.
    pub fn counts(&self) -> BTreeMap<Placement, usize> {
        counts(self.placed.iter().filter(|placed| !placed.stood))
    }

    /// The files that it neither copies nor makes anew by design, whatever the mode.
    pub fn by_choice(&self) -> impl Iterator<Item = &Placed<'a>> {
        let copies = |placed: &Placed<'a>| placed.cached.is_some_and(|(path, _)| self.adapter.always_copies(path));
        let makes = |placed: &Placed<'a>| placed.file.size == 0 && self.adapter.makes_empty_files();
        let placed = self.placed.iter().filter(|placed| !placed.stood);
        placed.filter(move |placed| !copies(placed) && !makes(placed))
    }

    /// How many of these were placed in each way.
    pub fn chosen(&self) -> BTreeMap<Placement, usize> {
        counts(self.by_choice())
    }

    /// How many of these files were placed in each way that tells: one that shows nothing (too small to have extents) follows
    /// those that do.
    pub fn telling(&self) -> BTreeMap<Placement, usize> {
        let mut counts = self.chosen();
        if counts.contains_key(&Placement::Reflink) || counts.contains_key(&Placement::Copy) {
            counts.remove(&Placement::Undecided);
        }
        counts
    }

    /// How the package as a whole was placed.
    pub fn placement(&self) -> Placement {
        together(self.telling().into_keys())
    }

    /// What each witness says of how the package as a whole was placed.
    pub fn witnesses(&self) -> Witnesses {
        let seen = self.by_choice().map(|placed| self.did.strategy(&self.target_path(placed.file)));
        let did: BTreeSet<_> = seen.map(|seen| seen.map_or(Placement::Undecided, Placement::from)).collect();
        let mut left: BTreeSet<_> = self.by_choice().map(|placed| placed.left).collect();
        if left.contains(&Placement::Copy) {
            left.remove(&Placement::Undecided);
        }
        let said = self.heard.fallback.or(self.heard.strategy);
        Witnesses { said, did: together(did), left: together(left) }
    }

    /// Whether there are new inodes, and none of them tells whether it was copied or reflinked.
    pub fn undecided(&self) -> bool {
        self.telling().contains_key(&Placement::Undecided)
    }

    /// The attempts to place the package.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.did.summary(self.placed.iter().filter_map(|placed| placed.filled))
    }

    /// Why something may have been done that was not seen; `None` where all was.
    pub fn unseen(&self) -> Option<String> {
        if self.did.is_empty() { Some("nothing was traced".to_owned()) } else { self.did.blind_spot() }
    }

    /// How many new inodes have extents in common with their cached file.
    pub fn sharing(&self) -> usize {
        let new = self.placed.iter().filter(|placed| !placed.stood && placed.placement != Placement::HardLink);
        new.filter(|placed| placed.shares == Some(true)).count()
    }

    /// That the linker failed, in words.
    pub fn failure(&self) -> String {
        match self.record.step {
            Step::Prime => format!("the linker failed while it filled its cache ({})", self.record.exit),
            Step::Link => format!("the linker failed ({})", self.record.exit),
        }
    }

    /// The path that a file of the package has in the target.
    pub fn target_path(&self, file: &Expected) -> String {
        format!("{}{}", self.root, file.path)
    }

    fn place(&self, file: &'a Expected, index: &Index<'a>) -> Option<Placed<'a>> {
        let node = self.record.target.get(&self.target_path(file))?;
        if matches!(node.kind, Kind::Directory | Kind::Other) {
            return None;
        }
        let (cached, hard_linked) = index.find(file, &self.target_path(file), node);
        // Two filesystems have nothing in common, even where the offsets on their devices are equal.
        let shares = if self.separate {
            Some(false)
        } else {
            cached.and_then(|(_, cached)| node.extents()?.share_with(cached.extents()?))
        };
        let filled = self.did.filled(&self.target_path(file), node);
        // Once a cache is pruned, what is made anew can have the number of an inode that was in it.
        let hard_linked = hard_linked && !(self.did.is_pruned() && filled.is_some());
        let left = match (&node.kind, shares) {
            (Kind::Symlink { .. }, _) => Placement::Symlink,
            _ if hard_linked && !self.separate => Placement::HardLink,
            (_, Some(false)) => Placement::Copy,
            _ => Placement::Undecided,
        };
        let placement = match (left, filled) {
            (Placement::HardLink | Placement::Symlink, _) => left,
            (_, Some(filled)) => filled.strategy().into(),
            _ => self.copied_or_reflinked(cached.map(|(path, _)| path), shares),
        };
        let stood = filled.is_none() && self.stood_before(file, node);
        let filled = filled.filter(|_| placement == Placement::Copy);
        Some(Placed { file, node, stood, cached, placement, left, filled, shares })
    }

    /// Whether this very inode was in the target before: then the run has not placed it.
    fn stood_before(&self, file: &Expected, node: &Node) -> bool {
        let before = self.record.target_before.get(&self.target_path(file));
        let same = |was: &Node| match (&was.kind, &node.kind) {
            (Kind::File { sha256: old, .. }, Kind::File { sha256: new, .. }) => old == new,
            (old, new) => old == new,
        };
        before.is_some_and(|was| (was.device, was.inode) == (node.device, node.inode) && same(was))
    }

    /// What a new inode is that nobody was seen to fill. Shared extents alone prove no reflink: `copy_file_range()` shares them, too.
    /// Only a linker whose chain has reflinks, and that does not claim to have copied, is taken to have made one.
    fn copied_or_reflinked(&self, cached: Option<&str>, shares: Option<bool>) -> Placement {
        let refused =
            cached.and_then(|path| self.record.probe.answer(path)).is_some_and(|answer| answer.reflink.is_some());
        let claims_copy = [self.heard.strategy, self.heard.fallback].contains(&Some(Strategy::Copy));
        match shares {
            Some(false) => Placement::Copy,
            None if refused => Placement::Copy,
            Some(true) if self.chain.contains(&Strategy::Reflink) && !claims_copy => Placement::Reflink,
            _ => Placement::Undecided,
        }
    }
}

/// The cache's files by what they can be found by.
struct Index<'a> {
    place: &'a Place,
    before: &'a Tree,
    cache: &'a Tree,
    by_inode: HashMap<(u64, u64), (&'a str, &'a Node)>,
    by_file: BTreeMap<&'a str, &'a str>,
}

impl<'a> Index<'a> {
    fn new(package: &'a [Expected], record: &'a Record) -> Self {
        let before = &record.cache_before;
        let cache = if record.trace.pruned { before } else { &record.cache_after };
        let files = cache.iter().filter(|(_, node)| node.sha256().is_some());
        let by_inode = files.map(|(path, node)| ((node.device, node.inode), (path.as_str(), node))).collect();
        Self { place: &record.place, before, cache, by_inode, by_file: cached(package, cache) }
    }

    /// The cached file behind a file of the package, and whether the target's file, at the path `at`, is the same inode.
    fn find(&self, file: &Expected, at: &str, node: &Node) -> (Option<(&'a str, &'a Node)>, bool) {
        let named = |path: &str| self.cache.get_key_value(path).map(|(path, node)| (path.as_str(), node));
        if let Kind::Symlink { to } = &node.kind {
            return (self.place.leads_to(to, at).and_then(|path| named(&path)), false);
        }
        if let Some(same) = self.by_inode.get(&(node.device, node.inode)) {
            return (Some(*same), true);
        }
        let cached = self.by_file.get(file.path.as_str()).and_then(|path| named(path));
        (cached, cached.is_some_and(|(path, cached)| self.gained_link(path, cached, node)))
    }

    /// Whether a cached file has gained a link that the target's file shows, too. An overlay in a user namespace cannot keep a
    /// file's inode number when it copies it up to link it, so there the numbers of one inode differ from name to name.
    fn gained_link(&self, path: &str, cached: &Node, node: &Node) -> bool {
        self.before.get(path).is_some_and(|before| before.links < cached.links && cached.links == node.links)
    }
}

fn counts<'a, 'b: 'a>(placed: impl Iterator<Item = &'a Placed<'b>>) -> BTreeMap<Placement, usize> {
    let mut counts = BTreeMap::new();
    for placed in placed {
        *counts.entry(placed.placement).or_default() += 1;
    }
    counts
}

/// The one way of all, if there is one.
fn together(ways: impl IntoIterator<Item = Placement>) -> Placement {
    let mut ways = ways.into_iter();
    match (ways.next(), ways.next()) {
        (None, _) => Placement::Nothing,
        (Some(one), None) => one,
        _ => Placement::Mixed,
    }
}

/// `1 file`, `34 files`.
pub fn files(count: usize) -> String {
    format!("{count} {}", if count == 1 { "file" } else { "files" })
}

/// Kept.
pub fn kept() -> Judgement {
    Judgement { verdict: Verdict::Kept, evidence: Vec::new() }
}

/// Kept where there is no evidence, else broken.
pub fn broken_by(evidence: Vec<String>) -> Judgement {
    let verdict = if evidence.is_empty() { Verdict::Kept } else { Verdict::Broken };
    Judgement { verdict, evidence }
}

/// Not judged, for this reason.
pub fn not_judged(reason: impl Into<String>) -> Judgement {
    Judgement { verdict: Verdict::NotJudged, evidence: vec![reason.into()] }
}

#[cfg(test)]
mod tests;
