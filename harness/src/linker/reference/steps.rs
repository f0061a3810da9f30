//! The steps of the reference linker that another linker, built on it, may take in its own way.
//!
//! Invariant: a linker that changes no step is the reference linker.

use std::path::Path;

use super::link::{Job, LinkError, link_by};
use super::made::Made;
use super::place::{Unplaced, place};
use super::said::{Fallback, Summary};
use crate::errno::Errno;
use crate::outcome::Strategy;

/// What a linker built on this one does itself; everything else is done as the job's policy has it.
pub trait Steps {
    /// Places one file in a directory that is there. An errno is a refusal, which the policy answers.
    fn place(&self, placing: Placing<'_>) -> Result<(), Errno> {
        placing.by_the_book()
    }

    /// Announces a fallback; each kind comes once.
    fn warn(&self, fallback: &Fallback);
}

/// One file that is to be placed.
#[derive(Debug)]
pub struct Placing<'a> {
    /// How.
    pub strategy: Strategy,
    /// The file in the cache.
    pub cached: &'a Path,
    /// Where it is to be.
    pub target: &'a Path,
    /// What the run has made, so that it can be taken back.
    made: &'a mut Made,
}

impl Placing<'_> {
    /// Places it as the reference linker does.
    pub fn by_the_book(self) -> Result<(), Errno> {
        place(self.strategy, self.cached, self.target, self.made).map_err(Unplaced::errno)
    }
}

/// Places every file of the cache, with these steps.
pub fn link_with(steps: &dyn Steps, job: &Job) -> Result<Summary, LinkError> {
    let mut placing = |strategy, cached: &Path, target: &Path, made: &mut Made| {
        steps.place(Placing { strategy, cached, target, made }).map_err(Unplaced::Refused)
    };
    link_by(&mut placing, job, &mut |fallback| steps.warn(fallback))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::fs;

    use super::*;
    use crate::linker::reference::{Mode, Policy};

    /// Refuses every hard link, and leaves out whatever is called so.
    struct Without(&'static str, RefCell<Vec<String>>);

    impl Steps for Without {
        fn place(&self, placing: Placing<'_>) -> Result<(), Errno> {
            match placing.strategy {
                Strategy::HardLink => Err(Errno::EMLINK),
                _ if placing.target.ends_with(self.0) => Ok(()),
                _ => placing.by_the_book(),
            }
        }

        fn warn(&self, fallback: &Fallback) {
            self.1.borrow_mut().push(format!("{} {}", fallback.refused.errno, fallback.to));
        }
    }

    #[test]
    fn the_steps_are_its_own_and_the_policy_is_the_reference_linkers() {
        let root = tempfile::tempdir().unwrap();
        let (cache, target) = (root.path().join("cache"), root.path().join("target"));
        fs::create_dir(&cache).unwrap();
        for name in ["a", "b"] {
            fs::write(cache.join(name), name).unwrap();
        }
        let steps = Without("a", RefCell::default());
        let job = Job { policy: Policy::Restart, mode: Mode::Default, cache, target: target.clone() };
        assert_eq!(link_with(&steps, &job).unwrap().files, [(Strategy::Copy, 2)].into());
        assert_eq!(*steps.1.borrow(), ["EMLINK copy"]);
        let names: Vec<_> = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["b"]);
    }
}
