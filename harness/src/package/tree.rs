//! The package's files, as an unpacked wheel without its `RECORD` holds them.
//!
//! Invariant: the same bytes in every build, and no two files but the empty ones have bytes in common: a placed file is known
//! by its hash.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::observe::hex;
use crate::package::Size;
use crate::pairing::Names;

/// One file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, relative to the package's root.
    pub path: String,
    /// Its permission bits: 0644 or 0755.
    pub mode: u32,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// SHA-256 of that, in hexadecimal.
    pub sha256: String,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its files, sorted by path.
    pub files: Vec<File>,
}

/// The package of this size, of those files that have such names; it is generated once per process.
#[must_use]
pub fn package(size: Size, names: Names) -> &'static Package {
    static PACKAGES: Mutex<BTreeMap<(Size, Names), &'static Package>> = Mutex::new(BTreeMap::new());
    // What a thread that panicked left behind is whole: a package is inserted when it is made.
    let mut packages = PACKAGES.lock().unwrap_or_else(PoisonError::into_inner);
    packages.entry((size, names)).or_insert_with(|| {
        let mut files = match size {
            Size::Small => small(),
            Size::Pair => pair(),
            Size::Large => large(),
        };
        files.retain(|file| names.hold(&file.path));
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Box::leak(Box::new(Package { files }))
    })
}

impl File {
    pub(super) fn plain(path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self { path: path.to_owned(), mode: 0o644, sha256: hex(&Sha256::digest(&bytes)), bytes }
    }

    fn executable(path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { mode: 0o755, ..Self::plain(path, bytes) }
    }
}

/// Why the package could not be written.
#[derive(Debug, Error)]
#[error("failed to {operation} {}: {cause}", path.display())]
pub struct WriteError {
    /// What was tried.
    pub operation: &'static str,
    /// Where.
    pub path: PathBuf,
    /// What the system said.
    pub cause: io::Error,
}

impl Package {
    /// Writes the tree below `root`, which is made if need be. Modes are set after writing, so the umask has no say.
    pub fn write(&self, root: &Path) -> Result<(), WriteError> {
        if !root.is_dir() {
            make_directory(root)?;
        }
        for directory in self.directories() {
            make_directory(&root.join(directory))?;
        }
        for file in &self.files {
            let path = root.join(&file.path);
            write_file(&path, &file.bytes, file.mode)?;
        }
        Ok(())
    }

    /// Every directory below the root, each behind the one that holds it.
    fn directories(&self) -> BTreeSet<&Path> {
        let ancestors = self.files.iter().flat_map(|file| Path::new(&file.path).ancestors().skip(1));
        ancestors.filter(|directory| !directory.as_os_str().is_empty()).collect()
    }
}

/// Writes a file. Whatever the umask is, another user may have to read it.
pub(super) fn write_file(path: &Path, bytes: &[u8], mode: u32) -> Result<(), WriteError> {
    fs::write(path, bytes).map_err(failed("write", path))?;
    set_mode(path, mode)
}

pub(super) fn make_directory(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(failed("create directory", path))?;
    set_mode(path, 0o755)
}

fn set_mode(path: &Path, mode: u32) -> Result<(), WriteError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed("set the mode of", path))
}

pub(super) fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |cause| WriteError { operation, path, cause }
}

const LARGE_COUNT: usize = 20_000;

const METADATA: &str = "Metadata-Version: 2.1\nName: exdev-pkg\nVersion: 1.0\nSummary: What exdev places\n";
const WHEEL: &str = "Wheel-Version: 1.0\nGenerator: exdev\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
const ENTRY_POINTS: &str = "[console_scripts]\nexdev-pkg = exdev_pkg.module_00:main\n";
const TOOL: &str = "#!/bin/sh\necho 'a tool of the package that exdev places'\n";

fn small() -> Vec<File> {
    let long = format!("exdev_pkg/data/{}.txt", "long-name-".repeat(20));
    let special = [
        File::plain("exdev_pkg/__init__.py", []),
        File::plain("exdev_pkg/py.typed", []),
        File::plain("exdev_pkg/data/one-byte-a", "a"),
        File::plain("exdev_pkg/data/one-byte-b", "b"),
        File::plain("exdev_pkg/data/64k.bin", noise(1, 64 * 1024)),
        // Neither a multiple of any block size, nor small enough for a single extent of a fragmented filesystem.
        File::plain("exdev_pkg/data/192k.bin", noise(2, 192 * 1024 + 123)),
        File::executable("exdev_pkg/bin/tool", TOOL),
        File::plain("exdev_pkg/a/b/c/d/e/f/g/h/deep.txt", "below eight directories\n"),
        File::plain("exdev_pkg/données/naïve-日本.txt", "a name outside of ASCII\n"),
        File::plain("exdev_pkg/data/a:b.txt", "a name with a colon\n"),
        File::plain(&long, "a name of more than 200 bytes\n"),
        File::plain("exdev_pkg-1.0.dist-info/METADATA", METADATA),
        File::plain("exdev_pkg-1.0.dist-info/WHEEL", WHEEL),
        File::plain("exdev_pkg-1.0.dist-info/entry_points.txt", ENTRY_POINTS),
    ];
    let modules = (0..20).map(|number| module(&format!("module_{number:02}"), 100 + number * number * 16));
    modules.chain(special).collect()
}

/// Two packages, each with 34 files.
fn pair() -> Vec<File> {
    let mut files = small();
    let modules = files.len() - 2;
    files.push(File::plain("exdev_two-1.0.dist-info/METADATA", METADATA.replace("exdev-pkg", "exdev-two")));
    files.push(File::plain("exdev_two-1.0.dist-info/WHEEL", WHEEL.replace("exdev", "exdev too")));
    files.extend((0..modules).map(|number| module_of("exdev_two", &format!("module_{number:02}"), 100 + number * 64)));
    files
}

fn large() -> Vec<File> {
    let mut files = small();
    let missing = LARGE_COUNT - files.len();
    files.extend((0..missing).map(|number| {
        let (part, group) = (number / 1000, number / 50 % 20);
        module(&format!("generated/part_{part:02}/group_{group:02}/module_{number:05}"), 60 + number % 16 * 48)
    }));
    files
}

/// A Python module of at least this many bytes, and at most one function more; its name makes its bytes its own.
fn module(name: &str, at_least: usize) -> File {
    module_of("exdev_pkg", name, at_least)
}

fn module_of(project: &str, name: &str, at_least: usize) -> File {
    let dotted = name.replace('/', ".");
    let mut text = format!("\"\"\"{project}.{dotted}: placed by a linker under test.\"\"\"\n");
    if (project, name) == ("exdev_pkg", "module_00") {
        text.push_str("\n\ndef main() -> None:\n    print(\"exdev-pkg 1.0\")\n");
    }
    for step in 0.. {
        if text.len() >= at_least {
            break;
        }
        let factor = step * 7 + 3;
        let _ = write!(text, "\n\ndef step_{step:02}(value: int) -> int:\n    return value * {factor} + {step}\n");
    }
    File::plain(&format!("{project}/{name}.py"), text)
}

/// Bytes that no filesystem can compress or find twice (xorshift64, see <https://doi.org/10.18637/jss.v008.i14>).
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(length).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;
    use crate::observe::{Depth, observe};

    #[test]
    fn files_that_hold_something_hold_different_things() {
        for size in [Size::Small, Size::Pair, Size::Large] {
            let full: Vec<_> = package(size, Names::POSIX).files.iter().filter(|file| !file.bytes.is_empty()).collect();
            let hashes: HashSet<_> = full.iter().map(|file| &file.sha256).collect();
            assert_eq!(hashes.len(), full.len(), "{size}");
        }
    }

    #[test]
    fn files_are_sorted_and_counted() {
        for (size, count) in [(Size::Small, 34), (Size::Pair, 68), (Size::Large, LARGE_COUNT)] {
            let files = &package(size, Names::POSIX).files;
            assert!(files.is_sorted_by(|one, next| one.path < next.path), "{size}");
            assert_eq!(files.len(), count, "{size}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_held_is_left_out() {
        let missing = |names: Names| {
            let fit: BTreeSet<_> = package(Size::Small, names).files.iter().map(|file| &file.path).collect();
            let all = package(Size::Small, Names::POSIX).files.iter().map(|file| &file.path);
            all.filter(|path| !fit.contains(path)).map(String::as_str).collect::<Vec<_>>()
        };
        let long = format!("exdev_pkg/data/{}.txt", "long-name-".repeat(20));
        assert_eq!(missing(Names::FAT), ["exdev_pkg/data/a:b.txt"]);
        assert_eq!(missing(Names::MINIX), [&long]);
        assert_eq!(missing(Names::FAT.and(Names::MINIX)), ["exdev_pkg/data/a:b.txt", &long]);
        assert_eq!(package(Size::Large, Names::FAT).files.len(), LARGE_COUNT - 1);
    }

    #[test]
    fn a_package_is_made_once() {
        assert!(std::ptr::eq(package(Size::Small, Names::FAT), package(Size::Small, Names::FAT)));
    }

    #[test]
    fn every_kind_of_file_is_there() {
        let files = &package(Size::Small, Names::POSIX).files;
        let some = |what: &str, is: fn(&File) -> bool| assert!(files.iter().any(is), "no file {what}");
        some("is empty", |file| file.bytes.is_empty());
        some("is of one byte", |file| file.bytes.len() == 1);
        some("is of 64 KiB", |file| file.bytes.len() == 65_536);
        some("is of 192 KiB or more", |file| file.bytes.len() >= 196_608);
        some("is executable", |file| file.mode == 0o755 && file.bytes.starts_with(b"#!"));
        some("is below eight directories of the import package", |file| file.path.split('/').count() == 10);
        some("is not ASCII", |file| !file.path.is_ascii());
        some("has a colon", |file| file.path.contains(':'));
        some("has a long name", |file| file.path.rsplit('/').next().is_some_and(|name| name.len() >= 200));
        let modules = files.iter().filter(|file| file.path.starts_with("exdev_pkg/module_"));
        assert_eq!(modules.filter(|file| (100..=6 * 1024).contains(&file.bytes.len())).count(), 20);
    }

    #[test]
    fn the_generator_never_changes() {
        let all: Vec<_> =
            package(Size::Small, Names::POSIX).files.iter().map(|file| (&file.path, file.mode, &file.sha256)).collect();
        assert_eq!(
            hex(&Sha256::digest(format!("{all:?}"))),
            "185ea2ef42c54b54f7eb019423ef860f4a3974d3dd73392f68c8b7ad9e05f74c"
        );
    }

    #[test]
    fn what_is_written_is_the_package() {
        let root = tempfile::tempdir().unwrap();
        let package = package(Size::Small, Names::POSIX);
        package.write(&root.path().join("tree")).unwrap();
        let written: BTreeMap<_, _> = observe(&root.path().join("tree"), Depth::Bytes)
            .unwrap()
            .into_iter()
            .filter_map(|(path, node)| Some((path, (node.sha256()?.to_owned(), node.mode))))
            .collect();
        let expected = package.files.iter().map(|file| (file.path.clone(), (file.sha256.clone(), file.mode))).collect();
        assert_eq!(written, expected);
    }

    #[test]
    fn a_failure_names_operation_and_path() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("exdev_pkg"), "in the way").unwrap();
        let error = package(Size::Small, Names::POSIX).write(root.path()).unwrap_err().to_string();
        let expected = format!("failed to create directory {}/exdev_pkg", root.path().display());
        assert!(error.starts_with(&expected), "{error}");
    }
}
