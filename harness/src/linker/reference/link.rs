//! Places a cache's files into a target by a policy.
//!
//! Invariant: files are placed in the order of their paths, one after the other, so that "the first file" is the same in every run.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::errno::Errno;
use crate::outcome::Strategy;

use super::made::Made;
use super::mode::Mode;
use super::place::{Unplaced, place};
use super::policy::Policy;
use super::said::{Fallback, Left, Refused, Summary};
use super::staged;

/// What is to be placed, where, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What to do on a refusal.
    pub policy: Policy,
    /// Which strategies to try.
    pub mode: Mode,
    /// The directory whose files are placed; it holds files and directories and nothing else.
    pub cache: PathBuf,
    /// The directory that they are placed into, made if need be.
    pub target: PathBuf,
}

/// Why not every file was placed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkError {
    /// A file could not be placed.
    #[error("{refused}{left}")]
    Refused {
        /// The placing that was refused.
        refused: Refused,
        /// What is in the target now.
        left: Left,
    },
    /// Something beside the placing of a file failed.
    #[error("failed to {operation} {}: {errno}{left}", path.display())]
    Other {
        /// What was tried.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        errno: Errno,
        /// What is in the target now.
        left: Left,
    },
}

/// Places every file of the cache. Each kind of fallback is reported when it is met first.
pub fn link(job: &Job, warn: &mut dyn FnMut(&Fallback)) -> Result<Summary, LinkError> {
    link_by(&mut place, job, warn)
}

/// Places one file: by a strategy, from a path, to a path, noting what it makes.
pub(super) type Placer<'a> = &'a mut dyn FnMut(Strategy, &Path, &Path, &mut Made) -> Result<(), Unplaced>;

/// Places every file of the cache by what places one.
pub(super) fn link_by(place: Placer, job: &Job, warn: &mut dyn FnMut(&Fallback)) -> Result<Summary, LinkError> {
    if job.policy == Policy::Staged {
        return staged::link(place, job, warn);
    }
    let mut run = Run { place, job, warn, warned: HashSet::new(), made: Made::default(), summary: Summary::default() };
    let (first, fallbacks) = (job.mode.first(), job.mode.fallbacks());
    let ended = list(&job.cache).and_then(|files| match job.policy {
        Policy::PerFile => run.each_by_itself(&files, first, fallbacks),
        Policy::FirstFile => run.all_as_the_first(&files, first, fallbacks),
        Policy::Restart | Policy::Staged => run.all_or_nothing(&files, first, fallbacks),
        Policy::Strict => run.all_or_nothing(&files, first, &[]),
    });
    ended.map_err(|stop| {
        stop.into_error(match job.policy {
            Policy::PerFile | Policy::FirstFile => Left::AsPlaced,
            Policy::Restart | Policy::Strict | Policy::Staged => Left::Only(run.made.take_back()),
        })
    })?;
    Ok(run.summary)
}

struct Run<'a> {
    place: Placer<'a>,
    job: &'a Job,
    warn: &'a mut dyn FnMut(&Fallback),
    warned: HashSet<(Strategy, Strategy)>,
    made: Made,
    summary: Summary,
}

impl Run<'_> {
    fn each_by_itself(&mut self, files: &[PathBuf], first: Strategy, fallbacks: &[Strategy]) -> Result<(), Stop> {
        files.iter().try_for_each(|file| self.walk(file, first, fallbacks).map(drop))
    }

    fn all_as_the_first(&mut self, files: &[PathBuf], first: Strategy, fallbacks: &[Strategy]) -> Result<(), Stop> {
        let Some((file, others)) = files.split_first() else { return Ok(()) };
        let decided = self.walk(file, first, fallbacks)?;
        self.each_by_itself(others, decided, &[])
    }

    fn all_or_nothing(&mut self, files: &[PathBuf], first: Strategy, fallbacks: &[Strategy]) -> Result<(), Stop> {
        let stop = match self.each_by_itself(files, first, &[]) {
            Ok(()) => return Ok(()),
            Err(stop) => stop,
        };
        match (stop.refused(), fallbacks) {
            (Some(refused), &[next, ref others @ ..]) if self.made.take_back().is_empty() => {
                self.summary = Summary::default();
                self.announce(refused, next);
                self.all_or_nothing(files, next, others)
            }
            _ => Err(stop),
        }
    }

    /// Places one file by the first strategy that is not refused, and says by which.
    fn walk(&mut self, file: &Path, first: Strategy, fallbacks: &[Strategy]) -> Result<Strategy, Stop> {
        let stop = match self.attempt(file, first) {
            Ok(()) => return Ok(first),
            Err(stop) => stop,
        };
        match (stop.refused(), fallbacks) {
            (Some(refused), &[next, ref others @ ..]) => {
                self.announce(refused, next);
                self.walk(file, next, others)
            }
            _ => Err(stop),
        }
    }

    fn attempt(&mut self, file: &Path, strategy: Strategy) -> Result<(), Stop> {
        let (cached, target) = (self.job.cache.join(file), self.job.target.join(file));
        let directory = target.parent().unwrap_or(&self.job.target);
        self.made.directory(directory).map_err(stopped("create directory", directory))?;
        match (self.place)(strategy, &cached, &target, &mut self.made) {
            Ok(()) => {
                *self.summary.files.entry(strategy).or_default() += 1;
                Ok(())
            }
            Err(unplaced) => Err(Stop::Placing(Refused { strategy, cached, target, errno: unplaced.errno() })),
        }
    }

    fn announce(&mut self, refused: &Refused, to: Strategy) {
        if self.warned.insert((refused.strategy, to)) {
            (self.warn)(&Fallback { refused: refused.clone(), to });
        }
    }
}

/// Why a file, and perhaps the run, ended.
#[derive(Debug)]
pub(super) enum Stop {
    /// A strategy was refused for a file.
    Placing(Refused),
    /// Something else failed.
    Other {
        /// What was tried.
        operation: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        errno: Errno,
    },
}

impl Stop {
    /// The refusal that another strategy may answer; none can, where the target has such a name already.
    pub(super) fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Placing(refused) if refused.errno != Errno(nix::libc::EEXIST) => Some(refused),
            _ => None,
        }
    }

    /// The error, with what was left behind.
    pub(super) fn into_error(self, left: Left) -> LinkError {
        match self {
            Self::Placing(refused) => LinkError::Refused { refused, left },
            Self::Other { operation, path, errno } => LinkError::Other { operation, path, errno, left },
        }
    }
}

/// The end of a run by an error of this operation.
pub(super) fn stopped(operation: &'static str, path: &Path) -> impl Fn(io::Error) -> Stop {
    move |error| Stop::Other { operation, path: path.to_owned(), errno: Errno::from(&error) }
}

/// Every file below a directory, relative to it, sorted by the bytes of its path.
pub(super) fn list(root: &Path) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        // Joined to an empty path, the root would be printed with a slash behind it.
        let path: PathBuf = root.components().chain(directory.components()).collect();
        for entry in fs::read_dir(&path).map_err(stopped("read directory", &path))? {
            let entry = entry.map_err(stopped("read directory", &path))?;
            let kind = entry.file_type().map_err(stopped("look at", &entry.path()))?;
            if kind.is_dir() {
                directories.push(directory.join(entry.file_name()));
            } else if kind.is_file() {
                files.push(directory.join(entry.file_name()));
            } else {
                let errno = Errno::EINVAL;
                return Err(Stop::Other { operation: "take as a file or directory", path: entry.path(), errno });
            }
        }
    }
    files.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["a-b", "a/b", "c", "d/e/f"];

    struct Ran {
        result: Result<Summary, LinkError>,
        warnings: Vec<String>,
        target: Vec<PathBuf>,
    }

    /// Links four files; `refuse` says what a strategy meets at the file of this index.
    fn run(policy: Policy, mode: Mode, refuse: fn(Strategy, usize) -> Option<Errno>) -> Ran {
        let root = tempfile::tempdir().unwrap();
        let (cache, target) = (root.path().join("cache"), root.path().join("target"));
        for name in NAMES {
            let path = cache.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let mut warnings = Vec::new();
        let mut placing = |strategy, cached: &Path, to: &Path, made: &mut Made| {
            let index = NAMES.iter().position(|name| to.ends_with(name)).unwrap();
            // Whether the disk below has reflinks must not matter here.
            let real = if strategy == Strategy::Reflink { Strategy::Copy } else { strategy };
            let refused = refuse(strategy, index).map(Unplaced::Refused);
            refused.map_or_else(|| place(real, cached, to, made), Err)
        };
        let short = |text: String| text.replace(&root.path().display().to_string(), "");
        let job = Job { policy, mode, cache, target: target.clone() };
        let result = link_by(&mut placing, &job, &mut |fallback| warnings.push(short(fallback.to_string())));
        let target = if target.exists() { list(&target).ok().unwrap() } else { Vec::new() };
        Ran { result, warnings, target }
    }

    fn placed(counts: &[(Strategy, usize)]) -> Summary {
        Summary { files: counts.iter().copied().collect() }
    }

    /// The error's end, from the name of the strategy's file on.
    fn error(ran: &Ran) -> String {
        let text = ran.result.as_ref().unwrap_err().to_string();
        text.rsplit_once("/target/").unwrap().1.to_owned()
    }

    fn third_link(strategy: Strategy, index: usize) -> Option<Errno> {
        (strategy == Strategy::HardLink && index == 2).then_some(Errno::EMLINK)
    }

    fn every_link(strategy: Strategy, _: usize) -> Option<Errno> {
        (strategy == Strategy::HardLink).then_some(Errno::EXDEV)
    }

    #[test]
    fn per_file_falls_back_for_each_file_alone() {
        let ran = run(Policy::PerFile, Mode::Default, third_link);
        assert_eq!(ran.result, Ok(placed(&[(Strategy::HardLink, 3), (Strategy::Copy, 1)])));
        assert_eq!(ran.warnings, ["failed to hard link /cache/c to /target/c: EMLINK; falling back to copy"]);
        assert_eq!(ran.target, NAMES.map(PathBuf::from));
    }

    #[test]
    fn a_fallback_is_announced_once() {
        let ran = run(Policy::PerFile, Mode::Default, every_link);
        assert_eq!(ran.result, Ok(placed(&[(Strategy::Copy, 4)])));
        assert_eq!(ran.warnings, ["failed to hard link /cache/a-b to /target/a-b: EXDEV; falling back to copy"]);
    }

    #[test]
    fn each_link_of_a_chain_is_announced() {
        let ran = run(Policy::PerFile, Mode::Clone, |strategy, _| {
            (strategy != Strategy::Copy).then_some(if strategy == Strategy::Reflink {
                Errno::EOPNOTSUPP
            } else {
                Errno::EXDEV
            })
        });
        assert_eq!(ran.result, Ok(placed(&[(Strategy::Copy, 4)])));
        assert_eq!(
            ran.warnings,
            [
                "failed to reflink /cache/a-b to /target/a-b: EOPNOTSUPP; falling back to hard link",
                "failed to hard link /cache/a-b to /target/a-b: EXDEV; falling back to copy"
            ]
        );
    }

    #[test]
    fn the_first_file_decides_and_what_it_placed_stays() {
        let ran = run(Policy::FirstFile, Mode::Default, third_link);
        assert_eq!(error(&ran), "c: EMLINK");
        assert_eq!(ran.target, ["a-b", "a/b"].map(PathBuf::from));
        let ran = run(Policy::FirstFile, Mode::Default, |strategy, index| {
            (strategy == Strategy::HardLink && index == 0).then_some(Errno::EPERM)
        });
        assert_eq!(ran.result, Ok(placed(&[(Strategy::Copy, 4)])));
        assert_eq!(ran.warnings.len(), 1);
    }

    #[test]
    fn restart_places_all_with_the_next_strategy() {
        let ran = run(Policy::Restart, Mode::Default, third_link);
        assert_eq!(ran.result, Ok(placed(&[(Strategy::Copy, 4)])));
        assert_eq!(ran.warnings, ["failed to hard link /cache/c to /target/c: EMLINK; falling back to copy"]);
        assert_eq!(ran.target, NAMES.map(PathBuf::from));
    }

    #[test]
    fn restart_leaves_nothing_when_its_chain_ends() {
        let ran = run(Policy::Restart, Mode::Default, |_, index| (index == 3).then_some(Errno::EPERM));
        assert_eq!(error(&ran), "d/e/f: EPERM (nothing was left behind)");
        assert_eq!(ran.target, Vec::<PathBuf>::new());
    }

    #[test]
    fn strict_never_falls_back_and_leaves_nothing() {
        let ran = run(Policy::Strict, Mode::Default, third_link);
        assert_eq!(error(&ran), "c: EMLINK (nothing was left behind)");
        assert_eq!(ran.warnings, [""; 0]);
        assert_eq!(ran.target, Vec::<PathBuf>::new());
        assert_eq!(run(Policy::Strict, Mode::Default, |_, _| None).result, Ok(placed(&[(Strategy::HardLink, 4)])));
    }

    #[test]
    fn a_name_that_is_there_already_is_no_refusal() {
        for policy in Policy::ALL {
            let ran = run(policy, Mode::Default, |_, index| (index == 1).then_some(Errno(nix::libc::EEXIST)));
            assert!(error(&ran).starts_with("a/b: EEXIST"), "{policy}: {}", error(&ran));
            assert_eq!(ran.warnings, [""; 0]);
        }
    }

    #[test]
    fn a_cache_that_is_not_there_is_an_error() {
        let job =
            Job { policy: Policy::Strict, mode: Mode::Copy, cache: "/nowhere".into(), target: "/nowhere2".into() };
        let error = link(&job, &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), "failed to read directory /nowhere: ENOENT (nothing was left behind)");
    }
}
