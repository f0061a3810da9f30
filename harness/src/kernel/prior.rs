//! Puts into a target what a scenario wants there before the linker comes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::agent::Agent;
use super::cell::Trial;
use crate::filesystem::SetupError;
use crate::linker::Place;
use crate::observe::{Depth, observe};
use crate::package::Expected;
use crate::scenario::Prior;

impl Agent {
    /// Makes each target into what it is to be before.
    pub(super) fn lay_prior(&self, trial: &Trial<'_>) -> Result<(), SetupError> {
        match trial.prior {
            Prior::Empty => Ok(()),
            Prior::Same => trial.places().iter().try_for_each(|place| trial.place_before(place)),
            prior => self.as_user(trial.user, || {
                trial.places().iter().try_for_each(|place| {
                    let cache = observe(place.cache(), Depth::Bytes)?;
                    let root = trial.adapter.root(&observe(place.target(), Depth::Bytes)?);
                    lay(prior, place, &place.target().join(root), &trial.adapter.expects(place, &cache))
                })
            })?,
        }
    }

    /// Makes what nobody may write to as it was, so that it can be removed.
    pub(super) fn leave_prior(&self, trial: &Trial<'_>) -> Result<(), SetupError> {
        if trial.prior != Prior::ReadOnly {
            return Ok(());
        }
        self.as_user(trial.user, || trial.places().iter().try_for_each(|place| set_mode(place.target(), 0o755)))?
    }
}

impl Trial<'_> {
    /// Runs the linker for the first time.
    fn place_before(&self, place: &Place) -> Result<(), SetupError> {
        let ran = self.run(&self.adapter.link(place, self.mode))?;
        if ran.exit.is_success() {
            return Ok(());
        }
        Err(Self::failure("the linker, for the first time,", place.target(), ran.exit, &ran.stderr))
    }
}

/// Writes into the target of a place; the package's files are to be below `root`.
fn lay(prior: Prior, place: &Place, root: &Path, package: &[Expected]) -> Result<(), SetupError> {
    match prior {
        Prior::Empty | Prior::Same => Ok(()),
        Prior::Stale => package.iter().try_for_each(|file| write(&root.join(&file.path), &stale(&file.path))),
        Prior::Foreign => {
            let among = first_directory(root, package).map(|directory| directory.join("foreign.txt"));
            [Some(place.target().join("foreign.txt")), among]
                .into_iter()
                .flatten()
                .try_for_each(|path| write(&path, "somebody else's file\n"))
        }
        Prior::ReadOnly => set_mode(place.target(), 0o555),
        Prior::FileInTheWay => match first_directory(root, package) {
            Some(directory) => write(&directory, "a file, where a directory is to be\n"),
            None => Ok(()),
        },
        Prior::DirectoryInTheWay => match package.get(package.len() / 2) {
            Some(file) => {
                write(&root.join(&file.path).join("in-the-way.txt"), "in a directory, where a file is to be\n")
            }
            None => Ok(()),
        },
    }
}

fn stale(path: &str) -> String {
    format!("{path}, as it was in an older version\n")
}

/// The directory that the package's last file is in, counted from its root: one that the package has and nobody else.
fn first_directory(root: &Path, package: &[Expected]) -> Option<PathBuf> {
    let (directory, _) = package.last()?.path.split_once('/')?;
    Some(root.join(directory))
}

fn write(path: &Path, text: &str) -> Result<(), SetupError> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(SetupError::failed("create", directory))?;
    }
    fs::write(path, text).map_err(SetupError::failed("write", path))
}

fn set_mode(path: &Path, mode: u32) -> Result<(), SetupError> {
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(SetupError::failed("change the mode of", path))
}
