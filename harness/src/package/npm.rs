//! The package as npm and its kin take it (<https://docs.npmjs.com/cli/commands/npm-pack>).
//!
//! Invariant: the same package gives the same bytes: nothing is compressed.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::tarball::tarball;
use super::tree::{File, Package, WriteError, failed, write_file};

/// The package's version, as npm wants it.
pub const VERSION: &str = "1.0.0";

/// The package's file.
pub const FILE: &str = "exdev-pkg-1.0.0.tgz";

const MANIFEST: &str = "{\"name\":\"exdev-pkg\",\"version\":\"1.0.0\"}\n";

/// The files that a package has for npm alone.
pub(super) fn adds() -> Vec<File> {
    vec![File::plain("package.json", MANIFEST)]
}

/// Writes the package into a directory.
pub(super) fn write(package: &Package, directory: &Path) -> Result<(), WriteError> {
    let path = directory.join(FILE);
    let bytes = packed(package).map_err(failed("write", &path))?;
    write_file(&path, &bytes, 0o644)
}

fn packed(package: &Package) -> io::Result<Vec<u8>> {
    let added = adds();
    let mut archive = GzEncoder::new(Vec::new(), Compression::none());
    // npm packs the manifest first.
    archive.write_all(&tarball("package/", added.iter().chain(&package.files))?)?;
    archive.finish()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::package::tarball::tests::members;
    use crate::package::{Form, Size, package};
    use crate::pairing::Names;

    #[test]
    fn a_tarball_holds_the_package_and_its_manifest() {
        let package = package(Size::Small, Names::POSIX);
        let directory = tempfile::tempdir().unwrap();
        Form::Npm.write(package, directory.path()).unwrap();
        let mut bytes = Vec::new();
        GzDecoder::new(fs::File::open(directory.path().join(FILE)).unwrap()).read_to_end(&mut bytes).unwrap();
        let below = |file: &File| File { path: format!("package/{}", file.path), ..file.clone() };
        let expected: Vec<_> = adds().iter().chain(&package.files).map(below).collect();
        assert_eq!(members(&bytes), expected);
    }

    #[test]
    fn two_tarballs_are_equal_to_the_byte() {
        let packed = || packed(package(Size::Small, Names::POSIX)).unwrap();
        assert!(packed() == packed());
    }

    #[test]
    fn a_failure_names_the_tarball() {
        let package = package(Size::Small, Names::POSIX);
        let error = Form::Npm.write(package, Path::new("/nowhere")).unwrap_err().to_string();
        assert_eq!(error, format!("failed to write /nowhere/{FILE}: No such file or directory (os error 2)"));
    }
}
