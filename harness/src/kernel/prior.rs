//! Puts into a target what a scenario wants there before the linker comes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::agent::Agent;
use super::cell::Trial;
use crate::errno::Errno;
use crate::filesystem::SetupError;
use crate::linker::Place;
use crate::observe::{Depth, observe};
use crate::package::Expected;
use crate::scenario::Prior;

/// The directory in the cache that holds another package.
const OTHER: &str = "exdev-other";

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
        let ran = self.run_unwatched(&self.adapter.link(place, self.mode))?;
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
        Prior::Linked => {
            if package.iter().all(|file| place.cache().join(&file.path).exists()) {
                return Err(SetupError::not_here(
                    "this linker's cache is the package itself, and holds no other",
                    "name a linker whose cache holds many packages, like uv or pnpm",
                ));
            }
            // What says which package it is, another one does not have.
            let Some(directory) = own_directory(root, package) else { return Ok(()) };
            package.iter().filter(|file| root.join(&file.path).starts_with(&directory)).try_for_each(|file| {
                let cached = place.cache().join(OTHER).join(&file.path);
                write(&cached, &format!("{}, as it is in another package\n", file.path))?;
                link(&cached, &root.join(&file.path))
            })
        }
        Prior::Foreign => {
            let among = own_directory(root, package).map(|directory| directory.join("foreign.txt"));
            [Some(place.target().join("foreign.txt")), among]
                .into_iter()
                .flatten()
                .try_for_each(|path| write(&path, "somebody else's file\n"))
        }
        Prior::ReadOnly => set_mode(place.target(), 0o555),
        Prior::FileInTheWay => match own_directory(root, package) {
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

/// The directory, counted from the package's root, of the last file that is in one: it is the package's own and nobody else's.
fn own_directory(root: &Path, package: &[Expected]) -> Option<PathBuf> {
    let (directory, _) = package.iter().rev().find_map(|file| file.path.split_once('/'))?;
    Some(root.join(directory))
}

fn write(path: &Path, text: &str) -> Result<(), SetupError> {
    make_parent(path)?;
    fs::write(path, text).map_err(SetupError::failed("write", path))
}

fn link(file: &Path, path: &Path) -> Result<(), SetupError> {
    make_parent(path)?;
    let refused = |why: String| {
        let reason = format!("no file in this target can be a hard link to one in the cache: {why}");
        SetupError::not_here(reason, "name a pairing that allows hard links, like ext4")
    };
    fs::hard_link(file, path).map_err(|error| refused(Errno::from(&error).to_string()))?;
    // Some filesystems only say that they have made one.
    if path.is_symlink() { Err(refused("it becomes a symlink".to_owned())) } else { Ok(()) }
}

fn make_parent(path: &Path) -> Result<(), SetupError> {
    path.parent()
        .map_or(Ok(()), |directory| fs::create_dir_all(directory).map_err(SetupError::failed("create", directory)))
}

fn set_mode(path: &Path, mode: u32) -> Result<(), SetupError> {
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(SetupError::failed("change the mode of", path))
}
