//! pnpm (<https://pnpm.io>): `pnpm install`, of the JavaScript program up to 11 and of the native one from 12.

mod said;

use std::path::Path;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::npm;
use super::place::{Invocation, Place, Program};
use super::source::{Npm, Parcel, Source};
use super::version::Version;
use crate::observe::Tree;
use crate::outcome::{Step, Strategy};
use crate::package::Form;
use crate::pairing::Names;

/// `pnpm install`.
pub const KIND: Kind = Kind {
    name: "pnpm",
    about: "pnpm install",
    source: Source::Npm(Npm { name: "pnpm", main: "pnpm", parcel }),
    adapter: |linker| Box::new(Pnpm::new(&linker.version)),
};

const SCRIPT: &str = "bin/pnpm.cjs";

/// Where it puts the package: `node_modules/exdev-pkg` is a symlink to that.
const ROOT: &str = "node_modules/.pnpm/exdev-pkg@1.0.0/node_modules/exdev-pkg";

/// What it writes into a target beside packages.
const OWN: [&str; 5] = [
    "node_modules/exdev-pkg",
    "node_modules/.modules.yaml",
    "node_modules/.package-map.json",
    "node_modules/.pnpm-workspace-state-v1.json",
    "node_modules/.pnpm/lock.yaml",
];

fn parcel(version: &str) -> Parcel {
    if is_native(&Version::new(version)) {
        Parcel { package: "@pnpm/exe.linux-x64", program: "pnpm", runtime: None }
    } else {
        Parcel { package: "pnpm", program: SCRIPT, runtime: Some(npm::NODE) }
    }
}

fn is_native(version: &Version) -> bool {
    *version >= Version::of(12, 0, 0)
}

/// One version of pnpm.
#[derive(Debug, Clone)]
struct Pnpm {
    version: Version,
}

impl Pnpm {
    fn new(version: &str) -> Self {
        Self { version: Version::new(version) }
    }

    fn install(&self, place: &Place, project: &Path, own: &[&str], mode: &str) -> Invocation {
        let (project, cache) = (project.display().to_string(), place.cache().display().to_string());
        let registry = place.registry();
        let mut arguments = vec!["install", "--dir", &project, "--store-dir", &cache, "--registry", &registry];
        arguments.extend(["--reporter", "ndjson", "--config.update-notifier=false"]);
        arguments.extend(own);
        // Each passes over what it does not know without a word: 12.3.4 the setting, and 10 the option with clone-or-copy.
        let setting = format!("--config.packageImportMethod={mode}");
        match mode {
            "default" => {}
            mode if is_native(&self.version) => arguments.extend(["--package-import-method", mode]),
            _ => arguments.push(&setting),
        }
        if is_native(&self.version) {
            // Without it, 12.3.4 looks a lockfile up in the registry's answers while it places files; at home there are none.
            arguments.push("--trust-lockfile");
        }
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        if !is_native(&self.version) {
            return npm::by_node(place, SCRIPT, arguments);
        }
        // Newer ones keep locks in the former, or else in /tmp, whatever TMPDIR is. In which order files are placed is chance; with
        // one thread to place them, how many are refused what another was refused already is not.
        let environment =
            [("XDG_RUNTIME_DIR", place.temporary().display().to_string()), ("RAYON_NUM_THREADS", "1".to_owned())];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Invocation { program: Program::Linker, arguments, environment }
    }
}

impl Adapter for Pnpm {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "auto", "hardlink", "clone", "clone-or-copy", "copy"]
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        use Strategy::{Copy, HardLink, Reflink};
        match mode {
            "hardlink" => vec![HardLink, Copy],
            "clone" => vec![Reflink],
            "clone-or-copy" => vec![Reflink, Copy],
            "copy" => vec![Copy],
            _ if is_native(&self.version) => vec![HardLink, Reflink, Copy],
            _ => vec![Reflink, HardLink, Copy],
        }
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Npm]
    }

    /// A colon is taken for part of a path that leads elsewhere.
    fn names(&self) -> Names {
        if self.version >= Version::of(12, 15, 0) { Names::FAT } else { Names::POSIX }
    }

    fn begins_with(&self, _place: &Place, _step: Step, _mode: &str) -> Vec<(String, String)> {
        vec![npm::manifest()]
    }

    fn carries(&self) -> &'static [&'static str] {
        &["pnpm-lock.yaml"]
    }

    fn prime(&self, place: &Place) -> Invocation {
        self.install(place, &place.throwaway(), &[], "copy")
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        self.install(place, place.target(), &["--offline", "--frozen-lockfile"], mode)
    }

    fn root(&self, _target: &Tree) -> String {
        ROOT.to_owned()
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        OWN.contains(&path)
    }

    /// Which projects use it, and the log of the database that it reads.
    fn keeps_books(&self, cached: &str) -> bool {
        let (_, inside) = cached.split_once('/').unwrap_or_default();
        inside == "projects" || inside.starts_with("projects/") || matches!(inside, "index.db-shm" | "index.db-wal")
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        said::hear(stdout, stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Size;

    fn line(version: &str, mode: &str) -> String {
        Pnpm::new(version).link(&Place::new(Size::Small, Names::POSIX), mode).arguments.join(" ")
    }

    #[test]
    fn node_runs_the_one_and_the_other_runs_by_itself() {
        let place = Place::new(Size::Small, Names::POSIX);
        let link = |version| Pnpm::new(version).link(&place, "default");
        assert_eq!(link("10.34.9").program, Program::Needed("node".to_owned()));
        assert_eq!((link("12.0.0").program, link("12.0.0").environment.len()), (Program::Linker, 2));
        assert_eq!(
            line("10.34.9", "clone-or-copy"),
            "/exdev/bin/exdev/bin/pnpm.cjs install --dir /exdev/cell/target --store-dir /exdev/cell/cache \
             --registry http://127.0.0.1:4873 --reporter ndjson --config.update-notifier=false \
             --offline --frozen-lockfile --config.packageImportMethod=clone-or-copy"
        );
        assert!(line("12.3.4", "default").ends_with("--offline --frozen-lockfile --trust-lockfile"));
    }

    #[test]
    fn a_cache_is_filled_by_copies_into_what_is_thrown_away() {
        let line = Pnpm::new("12.21.0").prime(&Place::new(Size::Small, Names::POSIX)).arguments.join(" ");
        assert!(line.starts_with("install --dir /exdev/throwaway --store-dir /exdev/cell/cache"), "{line}");
        assert!(line.ends_with("--package-import-method copy --trust-lockfile"), "{line}");
    }

    #[test]
    fn what_it_tries_first_changed() {
        use Strategy::{Copy, HardLink, Reflink};
        let chain = |version, mode| Pnpm::new(version).chain(mode);
        assert_eq!(chain("10.34.9", "default"), [Reflink, HardLink, Copy]);
        assert_eq!(chain("12.3.4", "auto"), [HardLink, Reflink, Copy]);
        assert_eq!(chain("12.3.4", "clone"), [Reflink]);
    }

    #[test]
    fn a_colon_is_refused_from_12_15() {
        let names = |version| Pnpm::new(version).names();
        assert_eq!([names("12.14.0"), names("12.15.0"), names("10.34.9")], [Names::POSIX, Names::FAT, Names::POSIX]);
    }

    #[test]
    fn its_books_are_of_projects_and_never_of_files() {
        let (pnpm, tree) = (Pnpm::new("12.21.0"), Tree::new());
        for path in ["v10/projects", "v11/projects/3f81", "v11/index.db-wal"] {
            assert!(pnpm.keeps_books(path), "{path}");
        }
        for path in ["v11", "v11/files/a5/6958", "v11/index.db", "v11/projects2", "projects"] {
            assert!(!pnpm.keeps_books(path), "{path}");
        }
        assert!(pnpm.makes(&tree, "node_modules/.modules.yaml") && !pnpm.makes(&tree, "node_modules/.pnpm/a"));
    }
}
