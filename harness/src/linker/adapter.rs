//! What exdev must know of a program to test it.
//!
//! Invariant: an adapter is pure. It says which commands to run and what their output and their files mean; it runs nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::errno::Errno;
use crate::observe::Tree;
use crate::outcome::{Step, Strategy};
use crate::package::{Expected, Form};
use crate::pairing::Names;
use crate::probe::Shelf;

use super::habits::Habits;
use super::place::{Invocation, Place};

/// One kind of linker, at one version.
pub trait Adapter {
    /// Why this version cannot be tested, if it cannot.
    fn unfit(&self) -> Option<String> {
        None
    }

    /// The modes that it has, in its own words; the first is the one that runs when nothing is asked for.
    fn modes(&self) -> Vec<&str>;

    /// The strategies that it tries in this mode, in order.
    fn chain(&self, mode: &str) -> Vec<Strategy>;

    /// What it does in this mode where the kernel refuses it something, if that is known: only then is it predicted what it will do.
    fn habits(&self, _mode: &str) -> Option<Habits> {
        None
    }

    /// The directory in the cache that holds the package which this cached file (a path in the cache) is of; `None` if it is of
    /// none. For predictions.
    fn package_of<'a>(&self, _cached: &'a str) -> Option<&'a str> {
        None
    }

    /// How many packages a cache holds, each in a directory of its own, and what they take, by what is in its directories at
    /// the top. For predictions.
    fn packages(&self, _shelves: &BTreeMap<String, Shelf>) -> Shelf {
        Shelf::default()
    }

    /// How the names of those directories in its cache begin that hold what it has found out about the host, and nothing of any
    /// package.
    fn learns(&self) -> Option<&str> {
        None
    }

    /// Whether it copies this cached file by design, whatever the mode.
    fn always_copies(&self, _cached: &str) -> bool {
        false
    }

    /// Whether it makes empty files anew, whatever the mode: there is nothing in them to place.
    fn makes_empty_files(&self) -> bool {
        false
    }

    /// The programs of the host that it needs, by name; inside an agent they are where [`Place::program`] says.
    fn needs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The forms in which it takes the package.
    fn forms(&self) -> Vec<Form> {
        Vec::new()
    }

    /// The names that it can place; a file with another one is no part of its package.
    fn names(&self) -> Names {
        Names::POSIX
    }

    /// Files that a target has before anything is done there, by their paths in it: manifests and configuration for this mode.
    /// While the cache is filled, in whatever mode does that best, the target is one that is thrown away.
    fn begins_with(&self, _place: &Place, _step: Step, _mode: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Files that a target has from the one that was thrown away when the cache was filled, if they are there: lockfiles.
    fn carries(&self) -> &'static [&'static str] {
        &[]
    }

    /// The directory that is thrown away when the cache is filled: a target elsewhere, or in the cache if the two have to be on one
    /// filesystem.
    fn throwaway(&self, place: &Place) -> PathBuf {
        place.throwaway()
    }

    /// The command that makes an empty directory into a target, where that must be done first. It places nothing.
    fn prepare(&self, _place: &Place, _target: &Path) -> Option<Invocation> {
        None
    }

    /// The command that fills an empty cache from the package. There is no network; but if [`forms`](Self::forms) has
    /// [`Form::Npm`], a registry has the package at [`Place::registry`] until this command ends.
    fn prime(&self, place: &Place) -> Invocation;

    /// The command that places the package from the cache into the target.
    fn link(&self, place: &Place, mode: &str) -> Invocation;

    /// The files that it is to place from a filled cache: those of the package in the form that it takes, if it keeps them as they are.
    fn expects(&self, place: &Place, _cache: &Tree) -> Vec<Expected> {
        self.forms().into_iter().next().unwrap_or_default().expected(place.contents())
    }

    /// The directory in the target that the package's files belong in, found by looking; empty for the target itself.
    fn root(&self, _target: &Tree) -> String {
        String::new()
    }

    /// Whether it makes this path of the target (relative to it) itself, by design, rather than placing it from the cache.
    fn makes(&self, _target: &Tree, _path: &str) -> bool {
        false
    }

    /// Whether it may add or change this path of the cache while linking: locks and indexes, never a package's file.
    fn keeps_books(&self, _cached: &str) -> bool {
        false
    }

    /// Whether it may write to this path, which is outside of cache, target and its temporary directory: settings and state in its
    /// home.
    fn may_write(&self, _place: &Place, _path: &Path) -> bool {
        false
    }

    /// What its output says.
    fn hear(&self, stdout: &str, stderr: &str) -> Heard;
}

/// What a linker said about how it placed the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// The last strategy that it named as in use or as fallen back to, in a debug line or a warning.
    pub strategy: Option<Strategy>,
    /// The fallback that it announced to the user, by a warning; debug lines do not count.
    pub fallback: Option<Strategy>,
    /// Every warning in order, whole with its continuation and hint lines, without colours.
    pub warnings: Vec<String>,
    /// The final error and its causes, one element per line, without the labels that differ between releases.
    pub errors: Vec<String>,
    /// The errno that the final error states last, if it states one.
    pub errno: Option<Errno>,
    /// The refusals that it mentions, debug lines included, in order.
    pub refusals: Vec<Refusal>,
}

/// A strategy that a linker says was refused for one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The strategy that was refused.
    pub strategy: Strategy,
    /// The errno, where it is stated.
    pub errno: Option<Errno>,
    /// The path in the cache, where it is stated.
    pub cache: Option<String>,
    /// The path in the target, where it is stated.
    pub target: Option<String>,
}
