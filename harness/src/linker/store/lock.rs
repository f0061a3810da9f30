//! The lock: every pinned version with the SHA-256 of the wheel that it comes in.
//!
//! Invariant: a lock that was read is whole; each entry names one version, one wheel of that version and one digest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

const BUILT_IN: &str = include_str!("../../../../scenarios/linkers.lock");

/// The pinned versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    #[serde(default)]
    uv: Vec<Pin>,
}

/// One pinned version of uv.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The version.
    pub version: String,
    /// The name of the wheel.
    pub file: String,
    /// SHA-256 of the wheel, in hexadecimal.
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
         expected are [[uv]] entries, each with a version, a file and a sha256"
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
    #[error("the lock {lock} is wrong in its entry {entry}, uv {version}: {expected}, found `{found}`")]
    Entry {
        /// The lock.
        lock: String,
        /// The entry, counted from 1.
        entry: usize,
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
        let lock: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(before).filter(|&byte| byte == b'\n').count();
            LockError::Malformed { lock: name.to_owned(), line, problem: error.message().replace('\n', ", ") }
        })?;
        for (index, pin) in lock.uv.iter().enumerate() {
            pin.check(&lock.uv[..index]).map_err(|(expected, found)| LockError::Entry {
                lock: name.to_owned(),
                entry: index + 1,
                version: pin.version.clone(),
                expected,
                found: found.to_owned(),
            })?;
        }
        Ok(lock)
    }

    /// Every pinned version, in the lock's order.
    #[must_use]
    pub fn pins(&self) -> &[Pin] {
        &self.uv
    }

    /// The newest pinned version, wherever it stands; `None` in an empty lock.
    #[must_use]
    pub fn newest(&self) -> Option<&Pin> {
        self.uv.iter().max_by_key(|pin| numbers(&pin.version))
    }

    /// The pin of this version, if it is pinned.
    #[must_use]
    pub fn find(&self, version: &str) -> Option<&Pin> {
        self.uv.iter().find(|pin| pin.version == version)
    }
}

impl Pin {
    /// What is expected and what was found instead, where this entry cannot be right.
    fn check(&self, before: &[Self]) -> Result<(), (&'static str, &str)> {
        let Self { version, file, sha256 } = self;
        if !version.split('.').all(|part| part.parse::<u64>().is_ok()) {
            return Err(("expected is a version of numbers and dots", version));
        }
        if before.iter().any(|other| other.version == *version) {
            return Err(("expected is one entry for each version", version));
        }
        if file.contains('/') || !file.starts_with(&format!("uv-{version}-")) {
            return Err(("expected is the file name of this version's wheel", file));
        }
        if sha256.len() != 64 || !sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(("expected is a sha256 of 64 lower-case hexadecimal digits", sha256));
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
        assert!(lock.find("0.6.1").is_some());
        assert_eq!(
            lock.newest().map(|pin| numbers(&pin.version)),
            lock.pins().iter().map(|pin| numbers(&pin.version)).max()
        );
    }

    #[test]
    fn the_newest_is_the_highest_number() {
        let text: String =
            ["0.9.10", "0.10.2", "0.10.1"].map(|v| entry(v, &format!("uv-{v}-any.whl"), DIGEST)).concat();
        assert_eq!(Lock::parse("", &text).unwrap().newest().unwrap().version, "0.10.2");
        assert_eq!(Lock::parse("", "").unwrap().newest(), None);
    }

    #[test]
    fn a_malformed_lock_is_refused_with_its_line() {
        let expected = "; expected are [[uv]] entries, each with a version, a file and a sha256";
        for (text, line, problem) in [
            ("[[uv]]\nversion = 1\n", 2, "invalid type: integer `1`, expected a string"),
            ("[[uv]]\nversion = \"1\"\nfile = \"f\"\n\n", 1, "missing field `sha256`"),
            ("\n[[uv]]\nhash = \"x\"\n", 3, "unknown field `hash`, expected one of `version`, `file`, `sha256`"),
            ("[[pnpm]]\n", 1, "unknown field `pnpm`, expected `uv`"),
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
    fn a_lock_that_cannot_be_read_is_named() {
        let error = Lock::read(Path::new("/nowhere/linkers.lock")).unwrap_err().to_string();
        assert!(error.starts_with("failed to read the lock /nowhere/linkers.lock: "), "{error}");
    }
}
