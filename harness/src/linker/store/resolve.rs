//! From the name of a linker to one that can be run.
//!
//! Invariant: a version that is in the store is used without asking anyone; several processes may fetch at once.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::filesystem;
use crate::linker::{Family, Linker, LinkerName, Source, Wanted};

use super::client::search_path;
use super::error::StoreError;
use super::fetch::Clients;
use super::lock::Lock;
use super::npm::Npm;
use super::origin::{NODE, Origin};
use super::pip::Pip;
use super::program::{Program, examine};
use super::slot::Slot;
use super::system;

/// The programs under test: `store/NAME-VERSION` in a cache directory.
#[derive(Debug, Clone)]
pub struct Store {
    cache: PathBuf,
    pub(super) lock: Lock,
    tell: fn(&str),
    /// Where clients are searched for.
    pub(super) path: OsString,
    /// The interpreter that linkers run with.
    pub(super) python: PathBuf,
}

/// How a program was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It was here.
    Present,
    /// It was fetched just now.
    Fetched,
}

/// Where exdev keeps what it fetches: `$EXDEV_CACHE`, else `exdev` in `$XDG_CACHE_HOME`, else `.cache/exdev` in `$HOME`.
pub fn cache_dir() -> Result<PathBuf, StoreError> {
    choose(env::var_os("EXDEV_CACHE"), env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"))
}

impl Store {
    /// The store in this cache directory, with these pinned versions.
    #[must_use]
    pub fn new(cache: PathBuf, lock: Lock) -> Self {
        let path = search_path(&cache.join("tools/bin"));
        // Modules are for one version of Python: that of the interpreter which linkers are given.
        let python = filesystem::find("python3").unwrap_or_else(|_| "python3".into());
        Self { cache, lock, tell: |_| {}, path, python }
    }

    /// Tells of each fetch as it begins, by name and version: it can take a while.
    #[must_use]
    pub fn telling(self, tell: fn(&str)) -> Self {
        Self { tell, ..self }
    }

    /// The versions that are pinned.
    #[must_use]
    pub const fn lock(&self) -> &Lock {
        &self.lock
    }

    /// The linker of this name; it is fetched if need be.
    pub fn resolve(&self, name: &LinkerName) -> Result<Linker, StoreError> {
        self.obtain(name).map(|(linker, _)| linker)
    }

    /// The linker of this name, and how it was had.
    pub fn obtain(&self, name: &LinkerName) -> Result<(Linker, Found), StoreError> {
        let (family, source) = (name.family, name.family.kind().source);
        if let Wanted::BuiltIn(label) = name.wanted {
            return Ok((built_in(family, label), Found::Present));
        }
        let (Program { path, version }, found) = self.program(source, &name.wanted)?;
        let label = match &name.wanted {
            Wanted::File(path) => path.display().to_string(),
            _ => version.clone(),
        };
        let tools = self.tools(source, &version)?;
        Ok((Linker { program: Some(path), tools, ..Linker::new(family, &label, &version) }, found))
    }

    /// The program of this source that is wanted, or the directory that it is in.
    pub(super) fn program(&self, source: Source, wanted: &Wanted) -> Result<(Program, Found), StoreError> {
        let here = |program| (program, Found::Present);
        match (source, wanted) {
            (_, Wanted::File(path)) => examine(path, source).map(here),
            (Source::System { program }, _) => system::installed(program, wanted).map(here),
            (Source::Toolchain, _) => system::rust(wanted).map(here),
            _ => {
                let Some(origin) = Origin::of(source) else { unreachable!("what is built in has no versions") };
                let version = self.version(origin, wanted)?;
                let (path, found) = self.kept(origin, &version)?;
                Ok((Program { path, version }, found))
            }
        }
    }

    /// What has to be fetched with this version, because it runs it.
    pub(super) fn tools(&self, source: Source, version: &str) -> Result<BTreeMap<String, PathBuf>, StoreError> {
        let runtime = match source {
            Source::Npm(npm) => (npm.parcel)(version).runtime,
            _ => None,
        };
        runtime.map(|name| Ok((name.to_owned(), self.node()?.join("bin/node")))).into_iter().collect()
    }

    fn version(&self, origin: Origin, wanted: &Wanted) -> Result<String, StoreError> {
        let name = origin.name();
        match (wanted, origin) {
            (Wanted::Version(version), _) => Ok(version.clone()),
            (Wanted::Latest, Origin::Npm(npm)) => self.npm(name)?.latest(name, npm.main),
            (Wanted::Latest, Origin::Wheel { project } | Origin::Node { project }) => self.pip().latest(name, project),
            (Wanted::Latest, Origin::Python { project }) => self.python().latest(name, project),
            _ => Ok(self.lock.newest(name).ok_or(StoreError::NothingPinned { name })?.version.clone()),
        }
    }

    /// The directory of the pinned node.
    fn node(&self) -> Result<PathBuf, StoreError> {
        let version = self.version(NODE, &Wanted::Pinned)?;
        self.kept(NODE, &version)?;
        Ok(self.home(NODE, &version))
    }

    fn pip(&self) -> Pip<'_> {
        Pip { python: OsStr::new("python3"), path: &self.path }
    }

    fn python(&self) -> Pip<'_> {
        Pip { python: self.python.as_os_str(), path: &self.path }
    }

    /// The npm that is installed, or else the one that comes with node.
    fn npm(&self, name: &'static str) -> Result<Npm<'_>, StoreError> {
        Npm::installed(&self.path).or_else(|said| match self.node() {
            Ok(node) => Ok(Npm::of_node(&node, &self.path)),
            Err(cause) => Err(StoreError::NoNpm { name, said, cause: Box::new(cause) }),
        })
    }

    fn home(&self, origin: Origin, version: &str) -> PathBuf {
        self.cache.join("store").join(format!("{}-{version}", origin.name()))
    }

    /// What is run of this version, which is fetched if need be.
    fn kept(&self, origin: Origin, version: &str) -> Result<(PathBuf, Found), StoreError> {
        // What clients and the file system would understand in another way: `0.*`, `../0.6.1`.
        if !version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte)) {
            return Err(StoreError::NotExact { name: origin.name(), version: version.to_owned() });
        }
        let pin = self.lock.find(origin.name(), version);
        let slot = Slot { origin, version, pin, home: self.home(origin, version) };
        if slot.is_filled() {
            return Ok((slot.runs(), Found::Present));
        }
        let npm = if let Origin::Npm(_) = origin { Some(self.npm(origin.name())?) } else { None };
        let store = self.cache.join("store");
        fs::create_dir_all(&store).map_err(failed("create directory", &store))?;
        let _alone = alone(&store.join("lock"))?;
        if slot.is_filled() {
            return Ok((slot.runs(), Found::Present));
        }
        (self.tell)(&format!("{} {version}", origin.name()));
        let temporary = temporary(&store)?;
        let [downloads, scratch] = ["downloads", "scratch"].map(|name| subdirectory(temporary.path(), name));
        let (downloads, scratch) = (downloads?, scratch?);
        let clients = Clients { pip: self.pip(), python: self.python(), npm };
        let digest = clients.fetch(&slot, &downloads, &scratch)?;
        slot.fill(&scratch, &digest)?;
        Ok((slot.runs(), Found::Fetched))
    }
}

fn built_in(family: Family, label: &str) -> Linker {
    Linker::new(family, label, env!("CARGO_PKG_VERSION"))
}

fn choose(own: Option<OsString>, xdg: Option<OsString>, home: Option<OsString>) -> Result<PathBuf, StoreError> {
    let set = |variable: Option<OsString>| variable.filter(|value| !value.is_empty()).map(PathBuf::from);
    // The XDG base directory specification: a path that is not absolute is invalid and is to be ignored.
    let xdg = set(xdg).filter(|path| path.is_absolute()).map(|path| path.join("exdev"));
    let home = set(home).map(|path| path.join(".cache/exdev"));
    let chosen = set(own).or(xdg).or(home).ok_or(StoreError::NoCacheDirectory)?;
    std::path::absolute(&chosen).map_err(failed("find", &chosen))
}

/// Waits until no other process fetches into the store; lasts until the file is dropped.
fn alone(path: &Path) -> Result<File, StoreError> {
    let file = File::create(path).map_err(failed("create", path))?;
    file.lock().map_err(failed("lock", path))?;
    Ok(file)
}

/// The directory that a fetch works in; one that is there was left by a fetch that was killed.
fn temporary(store: &Path) -> Result<TempDir, StoreError> {
    let path = store.join("fetching");
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", &path)(error)),
        _ => {}
    }
    let made = tempfile::Builder::new().prefix("fetching").rand_bytes(0).tempdir_in(store);
    made.map_err(failed("create directory", &path))
}

fn subdirectory(directory: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let path = directory.join(name);
    fs::create_dir(&path).map_err(failed("create directory", &path))?;
    Ok(path)
}

fn failed(operation: &'static str, path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |cause| StoreError::Cache { operation, path: path.to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_directory_is_the_first_that_is_set() {
        let choose = |own: &str, xdg: &str, home: &str| {
            let set = |text: &str| (text != "-").then(|| OsString::from(text));
            choose(set(own), set(xdg), set(home)).map(|path| path.display().to_string()).ok()
        };
        assert_eq!(choose("/own", "/xdg", "/home/me").as_deref(), Some("/own"));
        assert_eq!(choose("", "/xdg", "/home/me").as_deref(), Some("/xdg/exdev"));
        assert_eq!(choose("-", "not/absolute", "/home/me").as_deref(), Some("/home/me/.cache/exdev"));
        assert_eq!(choose("-", "-", "/home/me").as_deref(), Some("/home/me/.cache/exdev"));
        assert_eq!(choose("-", "-", "-"), None);
    }
}
