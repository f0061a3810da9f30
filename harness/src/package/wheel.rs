//! The package as a wheel, the form in which Python's installers take it
//! (<https://packaging.python.org/en/latest/specifications/binary-distribution-format/>).
//!
//! Invariant: the same package gives the same bytes: fixed times, sorted members, nothing compressed.

use std::borrow::Cow;
use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::tree::{File, Package};

/// The package's name, as installers want it. It is so short because uv's cache has names that are longer by 21 bytes, and Minix
/// holds 30.
pub const NAME: &str = "exdev-pkg";

/// The name of the package that may be beside it.
const SECOND: &str = "exdev-two";

/// Why the wheel could not be written.
#[derive(Debug, Error)]
#[error("failed to write wheel {}: {cause}", path.display())]
pub struct WheelError {
    /// The wheel's path.
    pub path: PathBuf,
    /// What went wrong.
    pub cause: ZipError,
}

impl WheelError {
    /// What the system said, if it was the system that refused.
    #[must_use]
    pub fn io(&self) -> Option<&std::io::Error> {
        match &self.cause {
            ZipError::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl Package {
    /// The names of the packages that it is, as installers want them.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let second = self.files.iter().any(|file| file.path.starts_with(&stem(SECOND)));
        [NAME].into_iter().chain(second.then_some(SECOND)).collect()
    }
}

/// Writes the package as a wheel into a directory, or each of them as one.
pub fn wheels(package: &Package, directory: &Path) -> Result<(), WheelError> {
    package.names().into_iter().try_for_each(|name| {
        let path = directory.join(format!("{}-1.0-py3-none-any.whl", stem(name)));
        let files: Vec<_> = package.files.iter().filter(|file| file.path.starts_with(&stem(name))).collect();
        write(&stem(name), &files, &path).map_err(|cause| WheelError { path, cause })
    })
}

/// How a package's files and directories begin.
fn stem(name: &str) -> String {
    name.replace('-', "_")
}

fn write(stem: &str, files: &[&File], path: &Path) -> Result<(), ZipError> {
    // In memory: a writer that a full disk stops says so on standard error when it is dropped.
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The default time is the first that a zip can hold, not now.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    for file in files {
        zip.start_file(file.path.as_str(), options.unix_permissions(file.mode))?;
        zip.write_all(&file.bytes)?;
    }
    let path_of_record = format!("{stem}-1.0.dist-info/RECORD");
    zip.start_file(path_of_record.as_str(), options.unix_permissions(0o644))?;
    zip.write_all(record(&path_of_record, files).as_bytes())?;
    fs::write(path, zip.finish()?.into_inner())?;
    // Whatever the umask is, the linker reads it as another user.
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o644))?)
}

/// The list of files with their hashes and sizes, without a hash for itself.
fn record(path: &str, files: &[&File]) -> String {
    let lines = files.iter().map(|file| {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&file.bytes));
        format!("{},sha256={hash},{}\n", field(&file.path), file.bytes.len())
    });
    lines.chain([format!("{path},,\n")]).collect()
}

/// A field of comma-separated values, quoted where it must be.
fn field(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use zip::ZipArchive;

    use super::*;
    use crate::package::Size;
    use crate::package::{File, package};
    use crate::pairing::Names;

    /// The files of a wheel, and behind them the name of its last member.
    fn read(path: &Path) -> (Vec<File>, String) {
        let mut archive = ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        let mut files = Vec::new();
        for index in 0..archive.len() - 1 {
            let mut member = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            let mode = member.unix_mode().unwrap();
            assert_eq!(mode & 0o170_000, 0o100_000, "{} is no regular file", member.name().unwrap());
            files.push(File { mode: mode & 0o7777, ..File::plain(&member.name().unwrap(), bytes) });
        }
        (files, archive.by_index(archive.len() - 1).unwrap().name().unwrap().into_owned())
    }

    #[test]
    fn a_wheel_holds_the_package_with_modes() {
        let directory = tempfile::tempdir().unwrap();
        let small = &package(Size::Small, Names::POSIX).files;
        wheels(package(Size::Pair, Names::POSIX), directory.path()).unwrap();
        let (files, last) = read(&directory.path().join("exdev_pkg-1.0-py3-none-any.whl"));
        assert_eq!((&files, last.as_str()), (small, "exdev_pkg-1.0.dist-info/RECORD"));
        let (others, last) = read(&directory.path().join("exdev_two-1.0-py3-none-any.whl"));
        assert_eq!((others.len(), last.as_str()), (34, "exdev_two-1.0.dist-info/RECORD"));
        let mut both = [files, others].concat();
        both.sort_by(|one, other| one.path.cmp(&other.path));
        assert_eq!(both, package(Size::Pair, Names::POSIX).files);
    }

    #[test]
    fn two_wheels_are_equal_to_the_byte() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let read = |directory: &Path| {
            wheels(package(Size::Small, Names::POSIX), directory).unwrap();
            fs::read(directory.join("exdev_pkg-1.0-py3-none-any.whl")).unwrap()
        };
        assert!(read(one.path()) == read(other.path()));
    }

    #[test]
    fn a_record_quotes_what_would_break_its_lines() {
        let file = |path: &str| File::plain(path, b"abc");
        assert_eq!(
            record("RECORD", &[&file("a,b"), &file("\"a\""), &file("a:b")]),
            "\"a,b\",sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n\
             \"\"\"a\"\"\",sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n\
             a:b,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n\
             RECORD,,\n"
        );
    }

    #[test]
    fn a_failure_names_the_wheel() {
        let error = wheels(package(Size::Small, Names::POSIX), Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.starts_with("failed to write wheel /nowhere/exdev_pkg-1.0-py3-none-any.whl: "), "{error}");
    }
}
