//! yarn 4 (<https://yarnpkg.com/configuration/yarnrc>): `yarn install`, by two of its linkers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::npm;
use super::place::{Invocation, Place};
use super::source::{Npm, Parcel, Source};
use crate::observe::Tree;
use crate::outcome::Strategy;
use crate::package::{Expected, Form};

/// `yarn install` into `node_modules`, with hard links to its global store.
pub const NODE_MODULES: Kind = Kind {
    name: "yarn",
    about: "yarn install, nodeLinker node-modules, nmMode hardlinks-global",
    source: Source::Npm(Npm {
        name: "yarn",
        main: "@yarnpkg/cli-dist",
        parcel: |_| Parcel { package: "@yarnpkg/cli-dist", program: SCRIPT, runtime: Some(npm::NODE) },
    }),
    adapter: |_| Box::new(Yarn { linker: "node-modules", root: "node_modules/exdev-pkg" }),
};

/// `yarn install` as pnpm would do it.
pub const PNPM: Kind = Kind {
    name: "yarn-pnpm",
    about: "yarn install, nodeLinker pnpm",
    adapter: |_| Box::new(Yarn { linker: "pnpm", root: STORED }),
    ..NODE_MODULES
};

const SCRIPT: &str = "bin/yarn.js";

/// What is hashed is the name and the version.
const STORED: &str = "node_modules/.store/exdev-pkg-npm-1.0.0-a0d2df49ca/package";

/// What it writes into a target beside packages.
const OWN: [&str; 5] = [
    ".yarn",
    ".yarn/install-state.gz",
    "node_modules/.package-map.json",
    "node_modules/.yarn-state.yml",
    "node_modules/.store/exdev-pkg-npm-1.0.0-a0d2df49ca/node_modules",
];

/// What leads to the package where pnpm is the model.
const SYMLINKS: [&str; 2] =
    ["node_modules/exdev-pkg", "node_modules/.store/exdev-pkg-npm-1.0.0-a0d2df49ca/node_modules/exdev-pkg"];

/// yarn with one of its linkers.
struct Yarn {
    linker: &'static str,
    root: &'static str,
}

impl Yarn {
    fn install(&self, place: &Place, project: &Path, own: &[&str]) -> Invocation {
        let project = project.display().to_string();
        let arguments = [&["--cwd", &project, "install", "--json"], own].concat();
        let settings = [
            ("NODE_LINKER", self.linker),
            ("NM_MODE", "hardlinks-global"),
            ("GLOBAL_FOLDER", &*place.cache().to_string_lossy()),
            ("ENABLE_GLOBAL_CACHE", "true"),
            ("ENABLE_TELEMETRY", "false"),
            ("NPM_REGISTRY_SERVER", &place.registry()),
            ("UNSAFE_HTTP_WHITELIST", "127.0.0.1"),
        ];
        let settings = settings.map(|(name, value)| (format!("YARN_{name}"), value.to_owned()));
        // With several threads, the files are in another order in every run.
        let environment = settings.into_iter().chain([("UV_THREADPOOL_SIZE".to_owned(), "1".to_owned())]).collect();
        Invocation { environment, ..npm::by_node(place, SCRIPT, arguments.into_iter().map(str::to_owned).collect()) }
    }
}

impl Adapter for Yarn {
    fn modes(&self) -> Vec<&str> {
        vec!["default"]
    }

    fn chain(&self, _mode: &str) -> Vec<Strategy> {
        match self.linker {
            "pnpm" => vec![Strategy::HardLink],
            _ => vec![Strategy::HardLink, Strategy::Copy],
        }
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Npm]
    }

    fn begins_with(&self, _place: &Place) -> Vec<(String, String)> {
        vec![npm::manifest()]
    }

    fn carries(&self) -> &'static [&'static str] {
        &["yarn.lock"]
    }

    /// Its store is filled only by way of a target that files can be linked into.
    fn throwaway(&self, place: &Place) -> PathBuf {
        place.cache().join("throwaway")
    }

    fn prime(&self, place: &Place) -> Invocation {
        self.install(place, &self.throwaway(place), &["--no-immutable"])
    }

    fn link(&self, place: &Place, _mode: &str) -> Invocation {
        self.install(place, place.target(), &["--immutable", "--immutable-cache"])
    }

    fn expects(&self, place: &Place, _cache: &Tree) -> Vec<Expected> {
        Form::Npm.expected(place.contents())
    }

    fn root(&self, _target: &Tree) -> String {
        self.root.to_owned()
    }

    /// A symlink is there by design as long as it leads to something.
    fn makes(&self, target: &Tree, path: &str) -> bool {
        let symlink = SYMLINKS.contains(&path) && target.contains_key(self.root);
        OWN.contains(&path) || (self.linker == "pnpm" && symlink)
    }

    /// The index of a package in its store, with the time of each file.
    fn keeps_books(&self, cached: &str) -> bool {
        cached.starts_with("store/v1/") && cached.ends_with(".json")
    }

    fn hear(&self, stdout: &str, _stderr: &str) -> Heard {
        let mut heard = Heard::default();
        for entry in stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            // 0 is of the lines that say which step began, and how long it took.
            let text = entry["data"].as_str().filter(|_| entry["name"].as_u64().is_some_and(|name| name > 0));
            match (entry["type"].as_str(), text) {
                (Some("warning"), Some(text)) => {
                    let copies = text.contains("downgraded to 'hardlinks-local'");
                    heard.fallback = copies.then_some(Strategy::Copy).or(heard.fallback);
                    heard.warnings.push(text.to_owned());
                }
                (Some("error"), Some(text)) => {
                    heard.errno = npm::errno(text);
                    heard.refusals.extend(npm::refusal(text));
                    heard.errors.push(text.to_owned());
                }
                _ => {}
            }
        }
        heard
    }
}
