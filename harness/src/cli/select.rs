//! What to run: the options that `run` and `list scenarios` share.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;

use super::exit::{Failure, OrExit, say};
use crate::linker::store::{Lock, Store, cache_dir};
use crate::linker::{Family, Linker, LinkerName, Wanted, custom};
use crate::package::Size;
use crate::pairing::{Directories, Ends, Filesystem, Pairing};
use crate::plan::{Matrix, Shard, select};
use crate::scenario::{AtOnce, Identity, LIMIT, Prior, Scenario};
use crate::trace::Fault;

/// Which scenarios.
#[derive(Debug, clap::Args)]
pub struct Selection {
    /// Linkers under test, with commas between: NAME (the newest version that is pinned), NAME@VERSION, NAME@latest,
    /// NAME@/PATH/TO/PROGRAM, or all (the newest of each); see `exdev list linkers`. Without this and --linker-file, uv
    #[arg(long, value_name = "LINKER", value_delimiter = ',')]
    linker: Vec<String>,
    /// A linker that a TOML file describes; may be given several times
    #[arg(long, value_name = "FILE")]
    linker_file: Vec<PathBuf>,
    /// Pairings, with commas between: FS, CACHE:TARGET or FS+RELATION; see `exdev list filesystems`. Without this and --fs,
    /// every pairing there is
    #[arg(long, value_name = "PAIRING", value_delimiter = ',')]
    pairing: Vec<String>,
    /// Filesystems, with commas between: each alone, and every pairing of them in both directions; added to --pairing
    #[arg(long, value_name = "FS", value_delimiter = ',')]
    fs: Vec<String>,
    /// Modes, with commas between, in the linkers' own words (uv: default, clone, hardlink, symlink, copy), or all. A linker runs in
    /// those that it has; without this, in the one that it runs in when it is told nothing
    #[arg(long, value_name = "MODE", value_delimiter = ',')]
    mode: Vec<String>,
    /// The package: small (34 files of every kind), pair (that and another package of 34 files) or large (20,000 files)
    /// [default: small]
    #[arg(long, value_name = "SIZE")]
    package: Option<String>,
    /// As whom the linkers run: user (an ordinary one) or root (as in a container; it sees the host's devices). An ordinary one unless
    /// given; on directories of yours, you
    #[arg(long = "as", value_name = "IDENTITY")]
    identity: Option<String>,
    /// What is in the target before: empty, same (the same package, placed by the same linker), stale (the package's files with other
    /// bytes), linked (hard links to another package in the cache, at the same paths), foreign (files of somebody else), read-only
    /// (the directory), file-in-the-way (of a directory) or directory-in-the-way (of a file)
    #[arg(long, value_name = "STATE")]
    prior: Option<String>,
    /// How many runs of a linker there are at once, from one cache: 2 to 64 into one target, or 2-apart to 64-apart into a target each
    #[arg(long, value_name = "RUNS")]
    at_once: Option<String>,
    /// What is to go wrong while the linkers link, with commas between: CLASS#ORDINALS=EFFECT, for example link#1=EXDEV,
    /// link#2..=EPERM, reflink#1=EAGAIN, write#3=ENOSPC, rename#1=kill, open#2..4=50ms, link#5=prune. Classes: link, reflink, symlink,
    /// `copy_file_range`, sendfile, open (for writing), write, rename, unlink, mkdir, chmod. Ordinals count from 1 over all processes
    /// of a linker; an effect is the name of an errno, kill (SIGKILL), prune (the
    /// cache is emptied, and then the call is made), or a delay
    #[arg(long = "fault", value_name = "FAULT", value_delimiter = ',')]
    faults: Vec<String>,
    /// How many seconds a linker may take before it is ended
    /// [default: 120]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    limit: Option<u64>,
    /// Run only one part of the scenarios, for example 1/4
    #[arg(long, value_name = "PART/PARTS")]
    shard: Option<String>,
    /// The versions that are pinned, instead of those built in
    #[arg(long, value_name = "FILE", env = "EXDEV_LOCK")]
    lock: Option<PathBuf>,
    /// Only scenarios whose name contains one of these
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
}

impl Selection {
    /// The names of all options that select; the lock does not, it only says what a version is.
    pub const OPTIONS: [&str; 13] = [
        "linker",
        "linker_file",
        "pairing",
        "fs",
        "mode",
        "package",
        "identity",
        "prior",
        "at_once",
        "faults",
        "limit",
        "shard",
        "filter",
    ];

    /// Whether anything at all was selected.
    pub fn is_given(&self) -> bool {
        let Self { linker, linker_file, pairing, fs, mode, package, identity, prior, at_once, .. } = self;
        let Self { faults, limit, shard, filter, .. } = self;
        let lists = [linker, pairing, fs, mode, faults, filter];
        lists.iter().any(|list| !list.is_empty())
            || !linker_file.is_empty()
            || [package, identity, prior, at_once, shard].iter().any(|it| it.is_some())
            || limit.is_some()
    }

    /// The versions that are pinned, if not those built in.
    pub const fn lock(&self) -> Option<&PathBuf> {
        self.lock.as_ref()
    }

    /// Whether something was said of the filesystems that are to be made.
    pub fn names_filesystems(&self) -> bool {
        !self.pairing.is_empty() || !self.fs.is_empty()
    }

    /// The scenarios, with their linkers fetched; in these directories, if some are given.
    pub fn scenarios(&self, given: Option<&Directories>) -> Result<Vec<Scenario>, Failure> {
        let shard = self.shard()?;
        select(self.matrix(given)?.expand().or_usage()?, &self.filter, shard).or_usage()
    }

    /// The scenarios of every shard.
    pub fn scenarios_of_all_shards(&self, given: Option<&Directories>) -> Result<Vec<Scenario>, Failure> {
        select(self.matrix(given)?.expand().or_usage()?, &self.filter, None).or_usage()
    }

    /// The one part that is to be run, if not all are.
    pub fn shard(&self) -> Result<Option<Shard>, Failure> {
        self.shard.as_deref().map(str::parse::<Shard>).transpose().or_usage()
    }

    fn matrix(&self, given: Option<&Directories>) -> Result<Matrix, Failure> {
        let names = self.names()?;
        let described = self.linker_file.iter().map(|path| custom::read(path));
        let described = described.collect::<Result<Vec<_>, _>>().or_usage()?;
        let ends = match given {
            Some(given) => vec![Ends::Given(given.clone())],
            None => self.pairings()?.into_iter().map(Ends::Made).collect(),
        };
        let package = self.package.as_deref().map_or(Ok(Size::Small), str::parse::<Size>).or_usage()?;
        let identity = match &self.identity {
            Some(text) => text.parse::<Identity>().or_usage()?,
            None if given.is_some() && nix::unistd::geteuid().is_root() => Identity::Root,
            None => Identity::User,
        };
        let prior = self.prior.as_deref().map(str::parse::<Prior>).transpose().context("--prior").or_usage()?;
        let prior = prior.unwrap_or_default();
        let at_once = self.at_once.as_deref().map(str::parse::<AtOnce>).transpose().context("--at-once").or_usage()?;
        let faults = self.faults.iter().map(|text| text.parse::<Fault>()).collect::<Result<Vec<_>, _>>();
        let (faults, limit) = (faults.context("--fault").or_usage()?, self.limit.map_or(LIMIT, Duration::from_secs));
        let mut linkers = resolve(self.lock.as_ref(), &names)?;
        linkers.extend(described);
        let modes = self.mode.clone();
        Ok(Matrix { linkers, modes, ends, package, identity, prior, at_once, faults, limit })
    }

    fn names(&self) -> Result<Vec<LinkerName>, Failure> {
        if self.linker.is_empty() && self.linker_file.is_empty() {
            return Ok(vec![LinkerName::newest(Family::UV)]);
        }
        let mut names = Vec::new();
        for text in &self.linker {
            match text.as_str() {
                "all" => names.extend(Family::all().map(LinkerName::newest)),
                name => names.push(name.parse().or_usage()?),
            }
        }
        Ok(names)
    }

    fn pairings(&self) -> Result<Vec<Pairing>, Failure> {
        let named = self.pairing.iter().map(|text| text.parse::<Pairing>());
        let mut pairings = named.collect::<Result<Vec<_>, _>>().context("--pairing").or_usage()?;
        let filesystems = self.fs.iter().map(|text| text.parse::<Filesystem>());
        let filesystems = filesystems.collect::<Result<Vec<_>, _>>().context("--fs").or_usage()?;
        pairings.extend(Pairing::square(&filesystems));
        if pairings.is_empty() {
            pairings = Pairing::all();
        }
        Ok(pairings)
    }
}

/// Finds and, where need be, fetches linkers.
pub fn resolve(path: Option<&PathBuf>, names: &[LinkerName]) -> Result<Vec<Linker>, Failure> {
    let lock = lock(path)?;
    // What is built in needs no cache, and so no home directory.
    let built_in = names.iter().all(|name| matches!(name.wanted, Wanted::BuiltIn(_)));
    let cache = if built_in { PathBuf::new() } else { cache_dir().or_unavailable()? };
    let store = telling(Store::new(cache, lock));
    names.iter().map(|name| store.resolve(name).or_unavailable()).collect()
}

/// The store with the built-in lock, or another one.
pub fn store(path: Option<&PathBuf>) -> Result<Store, Failure> {
    let lock = lock(path)?;
    Ok(telling(Store::new(cache_dir().or_unavailable()?, lock)))
}

/// The versions that are pinned.
pub fn lock(path: Option<&PathBuf>) -> Result<Lock, Failure> {
    path.map_or_else(Lock::built_in, |path| Lock::read(path)).or_usage()
}

fn telling(store: Store) -> Store {
    store.telling(|what| say(format_args!("fetching {what}")))
}
