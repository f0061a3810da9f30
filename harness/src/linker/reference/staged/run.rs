//! One run: stage by the first strategy that nothing refuses, and publish.

use std::path::{Path, PathBuf};

use super::super::link::{Job, LinkError, Placer, Stop, list, stopped};
use super::super::made::Made;
use super::super::place::Unplaced;
use super::super::said::{Fallback, Left, Refused, Summary};
use super::compare::holds;
use super::probe::{PROBES, is_as_named, telling_first};
use super::publish::{Unpublished, publish};
use super::refresh::refresh;
use super::staging::{NAME, Staging};
use crate::errno::Errno;
use crate::outcome::Strategy;

/// Places every file of the cache, or leaves the target as it was.
pub(in super::super) fn link(place: Placer, job: &Job, warn: &mut dyn FnMut(&Fallback)) -> Result<Summary, LinkError> {
    let mut made = Made::default();
    locked(place, job, warn, &mut made).map_err(|Unpublished { stop, mut left }| {
        // What one refusal has kept from being removed is removed now.
        made.take_back();
        left.extend(made.take_back());
        stop.into_error(Left::Only(left))
    })
}

fn locked(place: Placer, job: &Job, warn: &mut dyn FnMut(&Fallback), made: &mut Made) -> Result<Summary, Unpublished> {
    let files = list(&job.cache).and_then(without_our_name)?;
    made.directory(&job.target).map_err(stopped("create directory", &job.target))?;
    let staging = Staging::of(&job.target)?;
    if holds(job, &files) {
        return Ok(Summary::default());
    }
    let files = telling_first(files);
    let mut run = Run { place, job, warn, staging: &staging };
    let ended = run.stage(&files, job.mode.first(), job.mode.fallbacks()).map_err(Unpublished::from);
    let ended = ended.and_then(|used| publish(&staging, &job.target).map(|()| used));
    let gone = staging.remove();
    match (ended, gone) {
        (Ok(used), Ok(())) => {
            Ok(Summary { files: Some((used, files.len())).filter(|_| !files.is_empty()).into_iter().collect() })
        }
        (Err(unpublished), Ok(())) => Err(unpublished),
        (Ok(_), Err(stop)) => Err(Unpublished { stop, left: vec![staging.path().to_owned()] }),
        (Err(Unpublished { stop, mut left }), Err(_)) => {
            left.push(staging.path().to_owned());
            Err(Unpublished { stop, left })
        }
    }
}

/// The files, none of which has the staging directory's name.
fn without_our_name(files: Vec<PathBuf>) -> Result<Vec<PathBuf>, Stop> {
    match files.iter().find(|file| file.starts_with(NAME)) {
        Some(file) => {
            let errno = Errno(nix::libc::EEXIST);
            Err(Stop::Other { operation: "place beside the staging directory of that name", path: file.clone(), errno })
        }
        None => Ok(files),
    }
}

impl From<Stop> for Unpublished {
    fn from(stop: Stop) -> Self {
        Self { stop, left: Vec::new() }
    }
}

struct Run<'a> {
    place: Placer<'a>,
    job: &'a Job,
    warn: &'a mut dyn FnMut(&Fallback),
    staging: &'a Staging,
}

impl Run<'_> {
    /// Stages every file by the first strategy that none of them is refused, and says which.
    fn stage(&mut self, files: &[PathBuf], first: Strategy, fallbacks: &[Strategy]) -> Result<Strategy, Stop> {
        let stop = match self.stage_by(files, first) {
            Ok(()) => return Ok(first),
            Err(stop) => stop,
        };
        match (stop.refused(), fallbacks) {
            (Some(refused), &[next, ref others @ ..]) => {
                self.staging.remove()?;
                (self.warn)(&Fallback { refused: refused.clone(), to: next });
                self.stage(files, next, others)
            }
            _ => Err(stop),
        }
    }

    fn stage_by(&mut self, files: &[PathBuf], strategy: Strategy) -> Result<(), Stop> {
        self.staging.make()?;
        let (tree, mut made) = (self.staging.tree(), Made::default());
        for (number, file) in files.iter().enumerate() {
            let (cached, staged) = (self.job.cache.join(file), tree.join(file));
            let directory = staged.parent().unwrap_or(&tree);
            made.directory(directory).map_err(stopped("create directory", directory))?;
            self.place(strategy, &cached, &staged).map_err(|unplaced| self.stop(unplaced, strategy, file))?;
            if number < PROBES {
                check(strategy, &cached, &staged)?;
            }
        }
        Ok(())
    }

    /// Places one file. One that has all its links gets another inode first.
    fn place(&mut self, strategy: Strategy, cached: &Path, staged: &Path) -> Result<(), Unplaced> {
        let placed = (self.place)(strategy, cached, staged, &mut Made::default());
        let exhausted = strategy == Strategy::HardLink && placed == Err(Unplaced::Refused(Errno::EMLINK));
        if exhausted && refresh(cached, self.staging).is_ok() {
            return (self.place)(strategy, cached, staged, &mut Made::default());
        }
        placed
    }

    /// What ends the attempt to place a file. It was meant for the target, and that is what the user is told.
    fn stop(&self, unplaced: Unplaced, strategy: Strategy, file: &Path) -> Stop {
        let target = self.job.target.join(file);
        match unplaced {
            Unplaced::Refused(errno) => {
                Stop::Placing(Refused { strategy, cached: self.job.cache.join(file), target, errno })
            }
            Unplaced::Around { operation, errno } => Stop::Other { operation, path: target, errno },
        }
    }
}

/// Looks whether a file was placed as the strategy's name says.
fn check(strategy: Strategy, cached: &Path, staged: &Path) -> Result<(), Stop> {
    if is_as_named(strategy, cached, staged).map_err(stopped("look at", staged))? {
        return Ok(());
    }
    let operation = "find what was asked for, and not a file of another kind, at";
    Err(Stop::Other { operation, path: staged.to_owned(), errno: Errno::EOPNOTSUPP })
}
