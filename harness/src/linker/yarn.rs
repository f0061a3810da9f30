//! yarn 4 (<https://yarnpkg.com/configuration/yarnrc>): `yarn install`, by two of its linkers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::npm;
use super::place::{Invocation, Place};
use super::source::{Npm, Parcel, Source};
use crate::observe::Tree;
use crate::outcome::{Step, Strategy};
use crate::package::Form;

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

    fn begins_with(&self, _place: &Place, _step: Step, _mode: &str) -> Vec<(String, String)> {
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
        cached.strip_suffix(".json").is_some_and(|path| path.starts_with("store/v1/"))
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
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
                (Some("error"), Some(text)) => heard.errors.push(text.to_owned()),
                _ => {}
            }
        }
        // It can crash before it has told, and it can tell and then crash.
        if heard.errors.is_empty() {
            heard.errors.extend(stderr.lines().find_map(crash).map(str::to_owned));
        }
        heard.errno = heard.errors.iter().rev().find_map(|error| npm::errno(error));
        heard.refusals = heard.errors.iter().filter_map(|error| npm::refusal(error)).collect();
        heard
    }
}

/// The error that node ends with if nothing catches it: `[Error: EPERM: operation not permitted, link 'A' -> 'B'] {`.
fn crash(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix("] {").filter(|error| error.starts_with("Error: "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use crate::linker::Refusal;
    use crate::observe::{Kind, Node};
    use crate::package::Size;
    use crate::pairing::Names;

    const YARN: Yarn = Yarn { linker: "node-modules", root: "node_modules/exdev-pkg" };
    const PNPM: Yarn = Yarn { linker: "pnpm", root: STORED };

    const REFUSED: &str = "Error: EXDEV: cross-device link not permitted, link '/c/index/48/4859.dat' -> '/t/METADATA'";

    #[test]
    fn the_commands_differ_in_settings() {
        let place = Place::new(Size::Small, Names::POSIX);
        assert_eq!(
            YARN.prime(&place).arguments.join(" "),
            "/exdev/bin/exdev/bin/yarn.js --cwd /exdev/cell/cache/throwaway install --json --no-immutable"
        );
        let link = PNPM.link(&place, "default");
        assert_eq!(
            link.arguments.join(" "),
            "/exdev/bin/exdev/bin/yarn.js --cwd /exdev/cell/target install --json --immutable --immutable-cache"
        );
        for (name, value) in [("YARN_NODE_LINKER", "pnpm"), ("YARN_GLOBAL_FOLDER", "/exdev/cell/cache")] {
            assert!(link.environment.contains(&(name.to_owned(), value.to_owned())), "{name}");
        }
    }

    #[test]
    fn a_downgrade_is_a_warning_and_the_summary_is_none() {
        let heard = YARN.hear(
            r#"{"type":"info","name":null,"displayName":"YN0000","indent":"","data":"┌ Link step"}
{"type":"warning","name":74,"displayName":"YN0074","indent":"│ ","data":"'nmMode' has been downgraded to 'hardlinks-local' due to global cache and install folder being on different devices"}
{"type":"warning","name":0,"displayName":"YN0000","indent":"· ","data":"Done with warnings in 0s 96ms"}
"#,
            "",
        );
        assert_eq!(heard.fallback, Some(Strategy::Copy));
        assert_eq!(heard.warnings.len(), 1);
        assert!(heard.warnings[0].starts_with("'nmMode' has been downgraded to 'hardlinks-local' due to"));
        assert_eq!(YARN.hear("➤ YN0000: · Done in 0s 134ms\n", ""), Heard::default());
    }

    #[test]
    fn an_error_is_heard_once_wherever_it_stands() {
        let told = format!(r#"{{"type":"error","name":1,"displayName":"YN0001","indent":"│ ","data":"{REFUSED}"}}"#);
        let crashed = format!(
            "node:internal/process/promises:394\n    triggerUncaughtException(err, true /* fromPromise */);\n    ^\n\n\
             [{REFUSED}] {{\n  errno: -18,\n  code: 'EXDEV',\n}}\n\nNode.js v24.19.0\n"
        );
        let [cache, target] = ["/c/index/48/4859.dat", "/t/METADATA"].map(|path| Some(path.to_owned()));
        let refusal = Refusal { strategy: Strategy::HardLink, errno: Some(Errno::EXDEV), cache, target };
        for (stdout, stderr) in [(told.as_str(), ""), ("", crashed.as_str()), (&told, &crashed)] {
            let heard = PNPM.hear(stdout, stderr);
            assert_eq!((heard.errors, heard.errno), (vec![REFUSED.to_owned()], Some(Errno::EXDEV)));
            assert_eq!(heard.refusals, std::slice::from_ref(&refusal));
        }
    }

    #[test]
    fn its_books_are_indexes_of_packages() {
        assert!(YARN.keeps_books("store/v1/ab/b813.json"));
        for path in ["store/v1/0b/72b3.dat", "store/v1", "index/48/4859.dat", "metadata/npm/exdev-pkg.json"] {
            assert!(!YARN.keeps_books(path), "{path}");
        }
    }

    fn directory() -> Node {
        Node { kind: Kind::Directory, device: 0, inode: 0, links: 2, mode: 0o755 }
    }

    #[test]
    fn a_symlink_that_leads_nowhere_is_not_by_design() {
        let mut target = Tree::new();
        assert!(!PNPM.makes(&target, "node_modules/exdev-pkg") && PNPM.makes(&target, ".yarn/install-state.gz"));
        target.insert(STORED.to_owned(), directory());
        assert!(PNPM.makes(&target, "node_modules/exdev-pkg") && !YARN.makes(&target, "node_modules/exdev-pkg"));
    }
}
