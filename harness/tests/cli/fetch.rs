//! What pip cannot get. pip is real, and its package index is a directory: nothing here needs a network.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use assert_fs::TempDir;
use assert_fs::prelude::*;
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::exdev::{Exdev, exdev, within};
use crate::privately::behind;

const WHEEL: &str = "uv-0.0.1-py3-none-any.whl";

/// A package index, in a directory, that has uv 0.0.1.
struct Index {
    folder: TempDir,
}

impl Index {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        folder.child("uv/index.html").write_str(&format!("<a href=\"{WHEEL}\">{WHEEL}</a>\n")).unwrap();
        wheel(&folder.path().join("uv").join(WHEEL));
        Self { folder }
    }

    fn digest(&self) -> String {
        let bytes = fs::read(self.folder.path().join("uv").join(WHEEL)).unwrap();
        Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }

    /// A lock that pins uv 0.0.1 by this digest.
    fn lock(&self, digest: &str) -> String {
        let lock = self.folder.child("linkers.lock");
        lock.write_str(&format!("[[uv]]\nversion = \"0.0.1\"\nfile = \"{WHEEL}\"\nsha256 = \"{digest}\"\n")).unwrap();
        lock.path().to_str().unwrap().to_owned()
    }

    fn serves(&self, exdev: Exdev) -> Exdev {
        pip_from(exdev, &format!("file://{}", self.folder.path().display()))
    }
}

/// A wheel that pip takes for one of uv.
fn wheel(path: &Path) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (member, text) in [
        ("uv-0.0.1.data/scripts/uv", "#!/bin/sh\necho 'uv 0.0.1'\n"),
        ("uv-0.0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 0.0.1\n"),
        ("uv-0.0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        ("uv-0.0.1.dist-info/RECORD", ""),
    ] {
        zip.start_file(member, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

/// With an index of our own, whatever the machine's configuration of pip says.
fn pip_from(exdev: Exdev, index: &str) -> Exdev {
    exdev.env("PIP_INDEX_URL", index).env("PIP_CONFIG_FILE", "/dev/null").env("PIP_RETRIES", "0")
}

#[test]
fn a_version_that_is_not_on_the_index_is_said_so() {
    let ran = Index::new().serves(exdev(["run", "--linker", "uv@99.0.0"])).run().fetches("99.0.0");
    ran.refuses(
        69,
        "uv 99.0.0 is not on the package index (ERROR: No matching distribution found for uv==99.0.0); \
         `python3 -m pip index versions uv` lists what is",
    );
    ran.leaves(["store", "store/lock"]);
}

#[test]
fn an_index_out_of_reach_is_said_so() {
    // Port 9 is discard, where nothing listens; the refusal is immediate.
    let ran = pip_from(exdev(["run", "--linker", "uv@0.0.1"]), "http://127.0.0.1:9/simple").run().fetches("0.0.1");
    ran.refuses(
        69,
        "uv 0.0.1 cannot be fetched, because pip reaches no package index that has uv for this machine \
         (ERROR: No matching distribution found for uv==0.0.1); \
         check the network, the proxy, and `python3 -m pip config list`",
    );
    ran.leaves(["store", "store/lock"]);
}

#[test]
fn a_missing_python_is_said_so() {
    let ran = exdev(["run", "--linker", "uv@0.0.1"]).env("PATH", "/nonexistent").run().fetches("0.0.1");
    ran.refuses(
        69,
        "uv cannot be fetched, because python3 with pip does not run here (there is no python3); \
         scripts/setup installs both",
    );
    ran.leaves(["store", "store/lock"]);
}

#[test]
fn a_wheel_of_another_digest_is_not_installed() {
    let index = Index::new();
    let (expected, found) = ("0".repeat(64), index.digest());
    let ran = index.serves(exdev(["run", "--linker", "uv", "--lock", &index.lock(&expected)])).run().fetches("0.0.1");
    ran.refuses(
        69,
        &format!(
            "sha256 of {WHEEL} differs from the lock: expected {expected}, found {found}; nothing was installed; \
             if the lock is right, the package index serves something else under this name"
        ),
    );
    ran.leaves(["store", "store/lock"]);
}

#[test]
fn the_wheel_of_the_locks_digest_is_installed() {
    let index = Index::new();
    let ran = index.serves(exdev(["fetch", "--lock", &index.lock(&index.digest())])).run().fetches("0.0.1");
    ran.ends(0).finds("uv@0.0.1  fetched");
    let home = "store/uv-0.0.1";
    ran.leaves(["store", "store/lock", home, &format!("{home}/uv"), &format!("{home}/wheel.sha256")]);
}

#[test]
fn a_cache_directory_that_is_read_only_is_said_so() {
    let ran = within(&behind("mount -t tmpfs -o ro exdev \"$EXDEV_CACHE\"")).args(["fetch", "uv@0.0.1"]);
    let store = ran.cache().join("store");
    let sentence = format!(
        "failed to create directory {}: Read-only file system (os error 30); \
         set EXDEV_CACHE to a directory that can be written",
        store.display()
    );
    ran.run().refuses(69, &sentence);
}
