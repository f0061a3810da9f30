//! From the name of a linker to one that can be run.
//!
//! Invariant: a version that is in the store is used without asking anyone; several processes may fetch at once.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::linker::{Family, Linker, LinkerName, Wanted};

use super::error::StoreError;
use super::lock::Lock;
use super::pip::Pip;
use super::program::examine;
use super::wheel::{install, is_installed};

/// The programs under test: `store/uv-VERSION/uv` in a cache directory.
#[derive(Debug, Clone)]
pub struct Store {
    cache: PathBuf,
    lock: Lock,
    tell: fn(&str),
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
        Self { cache, lock, tell: |_| {} }
    }

    /// Tells of each fetch as it begins, by the version: it can take a while.
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
        let family = name.family;
        let version = match &name.wanted {
            Wanted::BuiltIn(label) => return Ok((built_in(family, label), Found::Present)),
            Wanted::File(path) => {
                let (program, version) = examine(path)?;
                let label = path.display().to_string();
                let linker = Linker::new(family, &label, &version);
                return Ok((Linker { program: Some(program), ..linker }, Found::Present));
            }
            Wanted::Pinned => self.lock.newest().ok_or(StoreError::NothingPinned)?.version.clone(),
            Wanted::Version(version) => version.clone(),
            Wanted::Latest => self.pip().latest()?,
        };
        let (program, found) = self.uv(&version)?;
        Ok((Linker { program: Some(program), ..Linker::new(family, &version, &version) }, found))
    }

    fn pip(&self) -> Pip {
        Pip::new(&self.cache.join("tools/bin"))
    }

    /// The program of this version of uv.
    fn uv(&self, version: &str) -> Result<(PathBuf, Found), StoreError> {
        // What pip and the file system would understand in another way: `0.*`, `../0.6.1`.
        if !version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+".contains(&byte)) {
            return Err(StoreError::NotExact { version: version.to_owned() });
        }
        let store = self.cache.join("store");
        let home = store.join(format!("uv-{version}"));
        let pin = self.lock.find(version);
        if is_installed(&home, pin) {
            return Ok((home.join("uv"), Found::Present));
        }
        fs::create_dir_all(&store).map_err(failed("create directory", &store))?;
        let _alone = alone(&store.join("lock"))?;
        if is_installed(&home, pin) {
            return Ok((home.join("uv"), Found::Present));
        }
        (self.tell)(version);
        let temporary = temporary(&store)?;
        let wheel = self.pip().download(version, &subdirectory(temporary.path(), "wheel")?)?;
        install(&wheel, version, pin, &subdirectory(temporary.path(), "scratch")?, &home)?;
        Ok((home.join("uv"), Found::Fetched))
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
    use std::io::Write;

    use super::*;
    use crate::linker::store::script::script;

    const PINNED: &str = "[[uv]]\nversion = \"0.9\"\nfile = \"uv-0.9-any.whl\"\n\
        sha256 = \"62ef67f173ced2e1beb5e578db08e0e057ee5f21e0d74f09b27f7b43b143fe2a\"\n";

    /// A store whose pip delivers this wheel, or fails where there is none.
    struct Bench {
        cache: TempDir,
        store: Store,
    }

    impl Bench {
        fn new(wheel: &str) -> Self {
            let cache = tempfile::tempdir().unwrap();
            let path = cache.path().join(wheel);
            if let Some(version) = wheel.split('-').nth(1) {
                let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
                let member = format!("uv-{version}.data/scripts/uv");
                zip.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(b"a program").unwrap();
                zip.finish().unwrap();
            }
            fs::create_dir_all(cache.path().join("tools/bin")).unwrap();
            let pip = format!("#!/bin/sh\n[ \"$9\" = --dest ] && cp '{}' \"${{10}}/\"\n", path.display());
            script(&cache.path().join("tools/bin/python3"), &pip);
            let store = Store::new(cache.path().to_owned(), Lock::parse("test", PINNED).unwrap());
            Self { cache, store }
        }

        fn put(&self, version: &str, digest: &str) {
            let home = self.cache.path().join("store").join(format!("uv-{version}"));
            fs::create_dir_all(&home).unwrap();
            fs::write(home.join("uv"), "a program").unwrap();
            fs::write(home.join("wheel.sha256"), digest).unwrap();
        }

        fn obtain(&self, name: &str) -> Result<(Linker, Found), StoreError> {
            self.store.obtain(&name.parse().unwrap())
        }

        fn stored(&self) -> Vec<String> {
            let entries = fs::read_dir(self.cache.path().join("store")).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn what_is_in_the_store_is_used_without_pip() {
        let bench = Bench::new("none");
        bench.put("0.9", &Lock::parse("test", PINNED).unwrap().pins()[0].sha256);
        bench.put("0.8", "");
        for (name, version, label) in
            [("uv", "0.9", "uv@0.9"), ("uv-tool@0.9", "0.9", "uv-tool@0.9"), ("uv@0.8", "0.8", "uv@0.8")]
        {
            let (linker, found) = bench.obtain(name).unwrap();
            assert_eq!((linker.version.as_str(), linker.to_string().as_str(), found), (version, label, Found::Present));
            assert_eq!(linker.program, Some(bench.cache.path().join(format!("store/uv-{version}/uv"))));
        }
    }

    #[test]
    fn what_is_not_in_the_store_is_fetched_once() {
        let bench = Bench::new("uv-0.8-any.whl");
        fs::create_dir_all(bench.cache.path().join("store/fetching/wheel")).unwrap();
        let (linker, found) = bench.obtain("uv@0.8").unwrap();
        assert_eq!(found, Found::Fetched);
        assert_eq!(fs::read_to_string(linker.program.unwrap()).unwrap(), "a program");
        assert_eq!(bench.obtain("uv@0.8").unwrap().1, Found::Present);
        assert_eq!(bench.stored(), ["lock", "uv-0.8"]);
    }

    #[test]
    fn a_wheel_that_is_not_the_pinned_one_leaves_nothing() {
        let bench = Bench::new("uv-0.9-any.whl");
        bench.put("0.8", "");
        let error = bench.obtain("uv").unwrap_err().to_string();
        assert!(error.starts_with("sha256 of uv-0.9-any.whl differs from the lock: expected 62ef67f1"), "{error}");
        assert_eq!(bench.stored(), ["lock", "uv-0.8"]);
    }

    #[test]
    fn what_could_mean_several_versions_is_refused() {
        let bench = Bench::new("none");
        let error = bench.obtain("uv@0.*").unwrap_err().to_string();
        assert_eq!(error, "`0.*` is no exact version of uv; write all of its numbers, like uv@0.6.1");
    }

    #[test]
    fn a_cache_directory_that_cannot_be_used_is_named() {
        let bench = Bench::new("none");
        let file = bench.cache.path().join("none");
        fs::write(&file, "").unwrap();
        let store = Store::new(file.clone(), Lock::parse("test", PINNED).unwrap());
        let error = store.obtain(&"uv".parse().unwrap()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "failed to create directory {}/store: Not a directory (os error 20); \
                 set EXDEV_CACHE to a directory that can be written",
                file.display()
            )
        );
    }

    #[test]
    fn the_reference_linker_is_exdev_itself() {
        let linker = Bench::new("none").store.resolve(&"reference@strict".parse().unwrap()).unwrap();
        assert_eq!(linker.family, Family::REFERENCE);
        assert_eq!((linker.to_string().as_str(), linker.program), ("reference@strict", None));
        assert_eq!(linker.version, env!("CARGO_PKG_VERSION"));
    }

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
