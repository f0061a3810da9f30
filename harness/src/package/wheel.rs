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

use super::tree::Package;

/// The package's name, as installers want it. It is so short because uv's cache has names that are longer by 21 bytes, and Minix
/// holds 30.
pub const NAME: &str = "exdev-pkg";

const FILE: &str = "exdev_pkg-1.0-py3-none-any.whl";
const RECORD: &str = "exdev_pkg-1.0.dist-info/RECORD";

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

/// Writes the package as a wheel into a directory, and says where.
pub fn wheel(package: &Package, directory: &Path) -> Result<PathBuf, WheelError> {
    let path = directory.join(FILE);
    match write(package, &path) {
        Ok(()) => Ok(path),
        Err(cause) => Err(WheelError { path, cause }),
    }
}

fn write(package: &Package, path: &Path) -> Result<(), ZipError> {
    // In memory: a writer that a full disk stops says so on standard error when it is dropped.
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The default time is the first that a zip can hold, not now.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    for file in &package.files {
        zip.start_file(file.path.as_str(), options.unix_permissions(file.mode))?;
        zip.write_all(&file.bytes)?;
    }
    zip.start_file(RECORD, options.unix_permissions(0o644))?;
    zip.write_all(record(package).as_bytes())?;
    fs::write(path, zip.finish()?.into_inner())?;
    // Whatever the umask is, the linker reads it as another user.
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o644))?)
}

/// The list of files with their hashes and sizes, without a hash for itself.
fn record(package: &Package) -> String {
    let lines = package.files.iter().map(|file| {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&file.bytes));
        format!("{},sha256={hash},{}\n", field(&file.path), file.bytes.len())
    });
    lines.chain([format!("{RECORD},,\n")]).collect()
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

    fn open(path: &Path) -> ZipArchive<fs::File> {
        ZipArchive::new(fs::File::open(path).unwrap()).unwrap()
    }

    #[test]
    fn a_wheel_holds_the_package_with_modes() {
        let directory = tempfile::tempdir().unwrap();
        let mut archive = open(&wheel(package(Size::Small, Names::POSIX), directory.path()).unwrap());
        let mut files = Vec::new();
        for index in 0..archive.len() - 1 {
            let mut member = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            let mode = member.unix_mode().unwrap();
            assert_eq!(mode & 0o170_000, 0o100_000, "{} is no regular file", member.name().unwrap());
            files.push(File { mode: mode & 0o7777, ..File::plain(&member.name().unwrap(), bytes) });
        }
        assert_eq!(files, package(Size::Small, Names::POSIX).files);
        assert_eq!(archive.by_index(archive.len() - 1).unwrap().name().unwrap(), RECORD);
    }

    #[test]
    fn two_wheels_are_equal_to_the_byte() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let read = |directory: &Path| fs::read(wheel(package(Size::Small, Names::POSIX), directory).unwrap()).unwrap();
        assert!(read(one.path()) == read(other.path()));
    }

    #[test]
    fn a_record_quotes_what_would_break_its_lines() {
        let file = |path: &str| File::plain(path, b"abc");
        assert_eq!(
            record(&Package { files: vec![file("a,b"), file("\"a\""), file("a:b")] }),
            "\"a,b\",sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n\
             \"\"\"a\"\"\",sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n\
             a:b,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n\
             exdev_pkg-1.0.dist-info/RECORD,,\n"
        );
    }

    #[test]
    fn a_failure_names_the_wheel() {
        let error = wheel(package(Size::Small, Names::POSIX), Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("failed to write wheel /nowhere/{FILE}: ")), "{error}");
    }
}
