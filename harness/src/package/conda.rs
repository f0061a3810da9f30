//! The package as a channel that conda and its kin take it from
//! (<https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html>).
//!
//! Invariant: the same package gives the same bytes: fixed times, sorted members, nothing compressed.

use std::io::{self, Cursor, Write};
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::tarball::tarball;
use super::tree::{File, Package, WriteError, failed, make_directory, write_file};
use crate::observe::hex;

const STEM: &str = "exdev-pkg-1.0-0";
const FILE: &str = "exdev-pkg-1.0-0.conda";

/// Those of a platform, which are asked for as well, hold nothing.
const EMPTY: [&str; 2] = ["linux-64", "linux-aarch64"];

/// Writes the channel into a directory.
pub(super) fn write(package: &Package, directory: &Path) -> Result<(), WriteError> {
    let noarch = directory.join("noarch");
    make_directory(&noarch)?;
    let path = noarch.join(FILE);
    let bytes = packed(package).map_err(failed("write", &path))?;
    write_file(&path, &bytes, 0o644)?;
    list(&noarch, "noarch", &json!({ FILE: record(&bytes) }))?;
    for platform in EMPTY {
        make_directory(&directory.join(platform))?;
        list(&directory.join(platform), platform, &json!({}))?;
    }
    Ok(())
}

/// Writes the list of the packages that a part of a channel has.
fn list(directory: &Path, part: &str, packages: &Value) -> Result<(), WriteError> {
    let list = json!({
        "info": { "subdir": part },
        "packages": {},
        "packages.conda": packages,
        "removed": [],
        "repodata_version": 1,
    });
    write_file(&directory.join("repodata.json"), list.to_string().as_bytes(), 0o644)
}

/// What a channel says of the package.
fn record(packed: &[u8]) -> Value {
    let mut record = index();
    record["sha256"] = hex(&Sha256::digest(packed)).into();
    record["size"] = packed.len().into();
    record
}

/// What the package says of itself. For Python it would be placed elsewhere, not as it is.
fn index() -> Value {
    json!({
        "build": "0",
        "build_number": 0,
        "depends": [],
        "name": super::NAME,
        "noarch": "generic",
        "subdir": "noarch",
        "version": "1.0",
    })
}

/// A zip of two archives: what is about the package, and the package.
fn packed(package: &Package) -> io::Result<Vec<u8>> {
    let paths = package.files.iter().map(|file| {
        json!({ "_path": file.path, "path_type": "hardlink", "sha256": file.sha256, "size_in_bytes": file.bytes.len() })
    });
    let paths = json!({ "paths": paths.collect::<Vec<_>>(), "paths_version": 1 });
    let info = [("info/index.json", index()), ("info/paths.json", paths)]
        .map(|(path, value)| File::plain(path, value.to_string()));
    let members = [
        ("metadata.json".to_owned(), json!({ "conda_pkg_format_version": 2 }).to_string().into_bytes()),
        (format!("info-{STEM}.tar.zst"), frame(&tarball("", &info)?)),
        (format!("pkg-{STEM}.tar.zst"), frame(&tarball("", &package.files)?)),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in members {
        zip.start_file(name, options)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The most bytes that a block of a frame holds.
const BLOCK: usize = 128 * 1024;

/// A Zstandard frame of blocks that are as they were, see <https://www.rfc-editor.org/rfc/rfc8878#name-zstandard-frames>.
fn frame(bytes: &[u8]) -> Vec<u8> {
    // The magic number; and that a size of eight bytes follows, and no checksum at the end.
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0xE0];
    frame.extend((bytes.len() as u64).to_le_bytes());
    for (number, block) in bytes.chunks(BLOCK).enumerate() {
        let last = usize::from((number + 1) * BLOCK >= bytes.len());
        frame.extend(&(block.len() << 3 | last).to_le_bytes()[..3]);
        frame.extend(block);
    }
    frame
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use zip::ZipArchive;

    use super::*;
    use crate::package::tarball::tests::members;
    use crate::package::{Form, Size, package};
    use crate::pairing::Names;

    /// What is in a frame of blocks that are as they were.
    fn unframed(frame: &[u8]) -> Vec<u8> {
        assert_eq!(frame[..5], [0x28, 0xB5, 0x2F, 0xFD, 0xE0]);
        let (mut bytes, mut rest, mut last) = (Vec::new(), &frame[13..], false);
        while !last {
            let header = u32::from_le_bytes([rest[0], rest[1], rest[2], 0]);
            assert_eq!(header >> 1 & 3, 0, "a block is compressed");
            let (block, after) = rest[3..].split_at((header >> 3) as usize);
            bytes.extend(block);
            (rest, last) = (after, header & 1 == 1);
        }
        assert_eq!((rest, bytes.len() as u64), ([].as_slice(), u64::from_le_bytes(frame[5..13].try_into().unwrap())));
        bytes
    }

    fn member(zip: &[u8], name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        ZipArchive::new(Cursor::new(zip)).unwrap().by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn parsed(path: &Path) -> Value {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn a_channel_holds_the_package() {
        let package = package(Size::Small, Names::POSIX);
        let directory = tempfile::tempdir().unwrap();
        Form::Conda.write(package, directory.path()).unwrap();
        let bytes = fs::read(directory.path().join("noarch").join(FILE)).unwrap();
        assert_eq!(member(&bytes, "metadata.json"), b"{\"conda_pkg_format_version\":2}");
        assert_eq!(members(&unframed(&member(&bytes, "pkg-exdev-pkg-1.0-0.tar.zst"))), package.files);
        let info = members(&unframed(&member(&bytes, "info-exdev-pkg-1.0-0.tar.zst")));
        let names: Vec<_> = info.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["info/index.json", "info/paths.json"]);
        assert_eq!(serde_json::from_slice::<Value>(&info[0].bytes).unwrap(), index());
        let paths: Value = serde_json::from_slice(&info[1].bytes).unwrap();
        for (path, file) in paths["paths"].as_array().unwrap().iter().zip(&package.files) {
            assert_eq!(path["_path"], file.path);
            assert_eq!(path["sha256"], file.sha256);
        }

        let listed = parsed(&directory.path().join("noarch/repodata.json"));
        assert_eq!(listed["packages.conda"][FILE]["sha256"], hex(&Sha256::digest(&bytes)));
        assert_eq!(listed["packages.conda"][FILE]["size"], bytes.len());
        for platform in EMPTY {
            let listed = parsed(&directory.path().join(platform).join("repodata.json"));
            assert_eq!((&listed["info"]["subdir"], &listed["packages.conda"]), (&json!(platform), &json!({})));
        }
    }

    #[test]
    fn two_packages_are_equal_to_the_byte() {
        let packed = || packed(package(Size::Small, Names::POSIX)).unwrap();
        assert!(packed() == packed());
    }

    #[test]
    fn a_frame_is_of_blocks_and_the_last_says_so() {
        for length in [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let bytes: Vec<u8> = (0..length).map(|number| number.to_le_bytes()[0]).collect();
            assert!(unframed(&frame(&bytes)) == bytes, "{length}");
        }
    }
}
