//! What tests of the store need: kinds of origin, archives, and a store whose clients are scripts.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::lock::Lock;
use super::origin::{NODE, Origin};
use super::resolve::Store;
use super::script::script;
use crate::linker::{Npm, Parcel, Source};
use crate::observe::hex;

/// A program that was a script up to 9.
pub const PNPM: Origin = Origin::Npm(PNPM_ON_NPM);

/// The same.
pub const PNPM_ON_NPM: Npm = Npm {
    name: "pnpm",
    main: "pnpm",
    parcel: |version| {
        if version.starts_with('9') {
            Parcel { package: "pnpm", program: "bin/pnpm.cjs", runtime: Some("node") }
        } else {
            Parcel { package: "@pnpm/linux-x64", program: "pnpm", runtime: None }
        }
    },
};

/// A script.
pub const YARN: Npm = Npm {
    name: "yarn",
    main: "@yarnpkg/cli-dist",
    parcel: |_| Parcel { package: "@yarnpkg/cli-dist", program: "bin/yarn.js", runtime: Some("node") },
};

/// A Python program.
pub const PDM: Origin = Origin::Python { project: "pdm" };

/// A wheel of these files, each with its own path in it.
pub fn wheel(path: &Path, files: &[(&str, u32)]) {
    wheel_of(path, &files.iter().map(|(name, mode)| (*name, *name, *mode)).collect::<Vec<_>>());
}

/// A wheel of these files: path, text and mode.
pub fn wheel_of(path: &Path, files: &[(&str, &str, u32)]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, text, mode) in files {
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

/// The header of a file.
pub fn file(mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(mode);
    header
}

/// A tarball of these entries: header, path and text. Paths can be such as no archiver writes.
pub fn tarball(path: &Path, entries: &[(tar::Header, &str, &str)]) {
    let gzip = flate2::write::GzEncoder::new(File::create(path).unwrap(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (header, name, text) in entries {
        let mut header = header.clone();
        header.set_size(text.len() as u64);
        if name.len() < 100 {
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, text.as_bytes()).unwrap();
        } else {
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
    }
    tar.into_inner().unwrap().finish().unwrap();
}

/// The digest of a file.
pub fn digest(path: &Path) -> String {
    hex(&Sha256::digest(fs::read(path).unwrap()))
}

/// A store whose clients deliver the archives that are in its cache directory.
pub struct Bench {
    /// The cache directory.
    pub cache: TempDir,
    /// The store.
    pub store: Store,
}

impl Bench {
    /// With a pip and an npm that deliver; nothing is pinned.
    pub fn new() -> Self {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir_all(cache.path().join("tools/bin")).unwrap();
        let mut store = Store::new(cache.path().to_owned(), Lock::parse("test", "").unwrap());
        store.python = cache.path().join("tools/bin/python3");
        let bench = Self { cache, store };
        bench.client("python3", &bench.delivers("--dest", "whl"));
        let pack = bench.delivers("--pack-destination", "tgz");
        bench.client("npm", &format!("case $1 in --version) exit ;; view) echo 12.3.4; exit ;; esac\n{pack}"));
        bench
    }

    /// With this lock.
    pub fn pinned(mut self, lock: &str) -> Self {
        let origins = [Origin::Wheel { project: "uv" }, Origin::Python { project: "pip" }, PNPM, PDM, NODE];
        self.store.lock = Lock::of("test", lock, &origins).unwrap();
        self
    }

    /// Without the programs of this machine.
    pub fn alone(mut self) -> Self {
        self.store.path = self.cache.path().join("tools/bin").into();
        self
    }

    /// A shell's lines that copy every archive to the directory behind an option, and note that they were run.
    pub fn delivers(&self, option: &str, end: &str) -> String {
        let cache = self.cache.path().display();
        format!(
            "while [ $# -gt 1 ]; do [ \"$1\" = {option} ] && to=$2; shift; done\n\
             echo >>'{cache}/runs'; for file in '{cache}'/*.{end}; do /bin/cp \"$file\" \"$to/\" || exit; done\n"
        )
    }

    /// Puts a client into the directory of tools.
    pub fn client(&self, name: &str, lines: &str) {
        let path = self.cache.path().join("tools/bin").join(name);
        let _ = fs::remove_file(&path);
        script(&path, &format!("#!/bin/sh\n{lines}"));
    }

    /// Takes a client away.
    pub fn without(self, name: &str) -> Self {
        fs::remove_file(self.cache.path().join("tools/bin").join(name)).unwrap();
        self
    }

    /// How often a client delivered.
    pub fn runs(&self) -> usize {
        fs::read_to_string(self.cache.path().join("runs")).unwrap_or_default().lines().count()
    }

    /// What the store has, but for its lock.
    pub fn stored(&self) -> Vec<String> {
        let entries = fs::read_dir(self.cache.path().join("store")).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "lock").collect();
        names.sort();
        names
    }

    /// pnpm from npm.
    pub const fn pnpm() -> Source {
        Source::Npm(PNPM_ON_NPM)
    }
}
