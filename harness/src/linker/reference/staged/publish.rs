//! From the staging directory into the target, by renames.
//!
//! Invariant: a refused rename undoes those before it. What a file replaces is kept until all is published, and so can come back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno as Refusal;

use super::super::link::{Stop, stopped};
use super::staging::{Staging, twice};
use crate::errno::Errno;

/// One thing to publish.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Nothing is in its place.
    New { from: PathBuf, to: PathBuf },
    /// Another file is.
    Replace { from: PathBuf, to: PathBuf },
}

/// One rename that was done.
#[derive(Debug)]
enum Done {
    Moved { from: PathBuf, to: PathBuf },
    Exchanged { one: PathBuf, other: PathBuf },
}

/// What was refused, and what of the target could not be put back.
#[derive(Debug)]
pub(super) struct Unpublished {
    /// What was refused.
    pub(super) stop: Stop,
    /// The paths that are not as they were.
    pub(super) left: Vec<PathBuf>,
}

/// Moves the staged package into the target: all of it, or nothing.
pub(super) fn publish(staging: &Staging, target: &Path) -> Result<(), Unpublished> {
    let mut steps = Vec::new();
    plan(&staging.tree(), target, &mut steps).map_err(|stop| Unpublished { stop, left: Vec::new() })?;
    let mut done = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        if let Err(stop) = step.take(&staging.aside(number), &mut done) {
            return Err(Unpublished { stop, left: undo(done) });
        }
    }
    Ok(())
}

/// The renames that publish a directory, in the order of their names. Where both have a directory, its entries are published.
fn plan(from: &Path, to: &Path, steps: &mut Vec<Step>) -> Result<(), Stop> {
    let entries = fs::read_dir(from).map_err(stopped("read directory", from))?;
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(stopped("read directory", from))?;
    names.sort();
    for name in names {
        let (from, to) = (from.join(&name), to.join(&name));
        let staged = fs::symlink_metadata(&from).map_err(stopped("look at", &from))?;
        let there = match fs::symlink_metadata(&to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                steps.push(Step::New { from, to });
                continue;
            }
            there => there.map_err(stopped("look at", &to))?,
        };
        let in_the_way = |errno| Stop::Other { operation: "replace", path: to.clone(), errno: Errno(errno) };
        match (staged.is_dir(), there.is_dir()) {
            (true, true) => plan(&from, &to, steps)?,
            // A symlink to a directory is no directory: it may lead out of the target.
            (true, false) => return Err(in_the_way(nix::libc::ENOTDIR)),
            (false, true) => return Err(in_the_way(nix::libc::EISDIR)),
            (false, false) => steps.push(Step::Replace { from, to }),
        }
    }
    Ok(())
}

impl Step {
    fn take(&self, aside: &Path, done: &mut Vec<Done>) -> Result<(), Stop> {
        let mut rename = |from: &Path, to: &Path| {
            fs::rename(from, to).map_err(stopped("rename a file into", to))?;
            done.push(Done::Moved { from: from.to_owned(), to: to.to_owned() });
            Ok(())
        };
        match self {
            Self::New { from, to } => match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                // The lock keeps others of our kind away, and nothing was there.
                Err(refusal) if is_unknown(refusal) => return rename(from, to),
                renamed => {
                    renamed.map_err(|refusal| stopped("rename a file into", to)(refusal.into()))?;
                    done.push(Done::Moved { from: from.clone(), to: to.clone() });
                }
            },
            Self::Replace { from, to } => match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
                Err(refusal) if is_unknown(refusal) => {
                    rename(to, aside)?;
                    return rename(from, to);
                }
                exchanged => {
                    exchanged.map_err(|refusal| stopped("exchange a file with", to)(refusal.into()))?;
                    done.push(Done::Exchanged { one: from.clone(), other: to.clone() });
                }
            },
        }
        Ok(())
    }
}

/// Whether this is how a filesystem refuses a flag that it does not know. That of an old overlay is EXDEV.
fn is_unknown(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::INVAL | Refusal::NOSYS | Refusal::XDEV | Refusal::OPNOTSUPP)
}

/// Undoes renames, the last one first, and says what is still where it should not be.
fn undo(done: Vec<Done>) -> Vec<PathBuf> {
    let back = |done: Done| match done {
        Done::Moved { from, to } => twice(|| fs::rename(&to, &from)).err().map(|_| to),
        Done::Exchanged { one, other } => {
            let exchange = || Ok(renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE)?);
            twice(exchange).err().map(|_| other)
        }
    };
    done.into_iter().rev().filter_map(back).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::reference::link::list;

    /// A target with these files, into which these are staged; the text of a file tells where it is from.
    fn staged(there: &[&str], new: &[&str]) -> (tempfile::TempDir, Staging) {
        let target = tempfile::tempdir().unwrap();
        let staging = Staging::of(target.path()).unwrap();
        staging.make().unwrap();
        for (root, names, text) in [(target.path(), there, "old"), (&staging.tree(), new, "new")] {
            for name in names {
                let path = root.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        }
        (target, staging)
    }

    /// The target's files with their texts, without the staging directory.
    fn shown(target: &Path, staging: &Staging) -> Vec<String> {
        let files = list(target).unwrap().into_iter().filter(|file| !file.starts_with(super::super::staging::NAME));
        let shown: Vec<_> = files
            .map(|file| format!("{} {}", file.display(), fs::read_to_string(target.join(&file)).unwrap()))
            .collect();
        staging.remove().unwrap();
        shown
    }

    #[test]
    fn what_is_other_is_replaced_and_what_is_foreign_stays() {
        let (target, staging) = staged(&["a/b", "a/mine", "c"], &["a/b", "a/d/e", "c", "f/g"]);
        publish(&staging, target.path()).unwrap();
        assert_eq!(shown(target.path(), &staging), ["a/b new", "a/d/e new", "a/mine old", "c new", "f/g new"]);
    }

    #[test]
    fn a_directory_in_a_files_place_is_told_before_anything_is_published() {
        for (there, new, error) in
            [("z/y", "z", libc_name(nix::libc::EISDIR)), ("z", "z/y", libc_name(nix::libc::ENOTDIR))]
        {
            let (target, staging) = staged(&["a", there], &["a", new]);
            let Unpublished { stop, left } = publish(&staging, target.path()).unwrap_err();
            let Stop::Other { path, errno, .. } = stop else { panic!("{stop:?}") };
            assert_eq!((path, errno.to_string(), left), (target.path().join("z"), error, vec![]));
            assert_eq!(shown(target.path(), &staging), ["a old".to_owned(), format!("{there} old")]);
        }
    }

    fn libc_name(errno: i32) -> String {
        Errno(errno).to_string()
    }

    #[test]
    fn a_refused_rename_takes_back_those_before_it() {
        let (target, staging) = staged(&["a", "b"], &["a", "c/d", "e"]);
        let mut steps = Vec::new();
        plan(&staging.tree(), target.path(), &mut steps).unwrap();
        // What is renamed last is no longer there.
        fs::remove_file(staging.tree().join("e")).unwrap();
        let mut done = Vec::new();
        let taken: Vec<_> = steps.iter().map(|step| step.take(&staging.aside(0), &mut done).is_ok()).collect();
        assert_eq!((taken, done.len()), (vec![true, true, false], 2));
        assert_eq!(undo(done), Vec::<PathBuf>::new());
        assert_eq!(shown(target.path(), &staging), ["a old", "b old"]);
    }
}
