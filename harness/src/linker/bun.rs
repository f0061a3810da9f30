//! bun (<https://bun.sh/docs/pm/cli/install>): `bun install`, by either of its two linkers.

use std::path::Path;

use super::adapter::{Adapter, Heard, Refusal};
use super::kind::Kind;
use super::npm;
use super::place::{Invocation, Place, Program};
use super::source::{Npm, Parcel, Source};
use crate::errno::Errno;
use crate::observe::Tree;
use crate::outcome::{Step, Strategy};
use crate::package::Form;

/// `bun install --linker hoisted`.
pub const HOISTED: Kind = Kind {
    name: "bun",
    about: "bun install --linker hoisted",
    source: Source::Npm(Npm {
        name: "bun",
        main: "bun",
        parcel: |_| Parcel { package: "@oven/bun-linux-x64", program: "bin/bun", runtime: None },
    }),
    adapter: |_| Box::new(Bun { linker: "hoisted", root: "node_modules/exdev-pkg" }),
};

/// `bun install --linker isolated`.
pub const ISOLATED: Kind = Kind {
    name: "bun-isolated",
    about: "bun install --linker isolated",
    adapter: |_| Box::new(Bun { linker: "isolated", root: ISOLATED_ROOT }),
    ..HOISTED
};

const ISOLATED_ROOT: &str = "node_modules/.bun/exdev-pkg@1.0.0/node_modules/exdev-pkg";

/// What leads to the package there.
const SYMLINKS: [&str; 2] = ["node_modules/exdev-pkg", "node_modules/.bun/node_modules/exdev-pkg"];

/// What is in the line of a failure.
const FAILURES: [&str; 4] =
    [LINK, ": failed copying files from cache to destination", ": failed to ", " while installing "];

/// What ends the line that says which file was refused.
const LINK: &str = " (link())";

/// bun with one of its linkers.
struct Bun {
    linker: &'static str,
    root: &'static str,
}

impl Bun {
    fn install(&self, place: &Place, project: &Path, own: &[&str]) -> Invocation {
        let (project, cache) = (project.display().to_string(), place.cache().display().to_string());
        let always = ["install", "--cwd", &project, "--cache-dir", &cache, "--linker", self.linker, "--verbose"];
        let arguments = always.iter().chain(own).map(|word| (*word).to_owned()).collect();
        let environment = [("BUN_CONFIG_REGISTRY", place.registry()), ("DO_NOT_TRACK", "1".to_owned())];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Invocation { program: Program::Linker, arguments, environment }
    }
}

impl Adapter for Bun {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "hardlink", "clonefile", "copyfile", "symlink"]
    }

    /// On Linux `clonefile` clones nothing.
    fn chain(&self, mode: &str) -> Vec<Strategy> {
        match mode {
            "copyfile" => vec![Strategy::Copy],
            "symlink" => vec![Strategy::Symlink],
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
        &["bun.lock"]
    }

    fn prime(&self, place: &Place) -> Invocation {
        self.install(place, &self.throwaway(place), &["--backend", "copyfile"])
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        let own: &[&str] = if mode == "default" { &[] } else { &["--backend", mode] };
        self.install(place, place.target(), &[&["--frozen-lockfile"], own].concat())
    }

    fn root(&self, _target: &Tree) -> String {
        self.root.to_owned()
    }

    /// A symlink is there by design as long as it leads to something.
    fn makes(&self, target: &Tree, path: &str) -> bool {
        let symlink = SYMLINKS.contains(&path) && target.contains_key(self.root);
        self.linker == "isolated" && (symlink || path == "node_modules/.bun/node_modules")
    }

    fn hear(&self, _stdout: &str, stderr: &str) -> Heard {
        let mut heard = Heard::default();
        for line in stderr.lines() {
            if line.starts_with("Hardlinking ") {
                heard.strategy = Some(Strategy::HardLink);
            } else if let Some(warning) = line.strip_prefix("warn: ") {
                heard.warnings.push(warning.to_owned());
            } else if let Some(error) = line.strip_prefix("error:") {
                heard.errors.push(error.trim_start().to_owned());
            } else if FAILURES.iter().any(|failure| line.contains(failure)) {
                heard.errors.push(line.to_owned());
                heard.errno = errno(line);
                let refused = Refusal { strategy: Strategy::HardLink, errno: heard.errno, cache: None, target: None };
                heard.refusals.extend(line.ends_with(LINK).then_some(refused));
            }
        }
        heard
    }
}

/// The errno at the beginning of a message; up to 1.3 it can be a name that Zig has for it.
fn errno(message: &str) -> Option<Errno> {
    match message.split_once(": ")?.0 {
        "LinkQuotaExceeded" => Some(Errno::EMLINK),
        name => Errno::named(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Kind, Node};
    use crate::package::Size;
    use crate::pairing::Names;

    const BUN: Bun = Bun { linker: "hoisted", root: "node_modules/exdev-pkg" };
    const ISOLATED: Bun = Bun { linker: "isolated", root: ISOLATED_ROOT };

    #[test]
    fn the_commands_are_those_of_one_project() {
        let place = Place::new(Size::Small, Names::POSIX);
        let (prime, link) = (BUN.prime(&place), ISOLATED.link(&place, "clonefile"));
        assert_eq!(
            prime.arguments.join(" "),
            "install --cwd /exdev/throwaway --cache-dir /exdev/cell/cache --linker hoisted --verbose --backend copyfile"
        );
        assert_eq!(
            link.arguments.join(" "),
            "install --cwd /exdev/cell/target --cache-dir /exdev/cell/cache --linker isolated --verbose \
             --frozen-lockfile --backend clonefile"
        );
        assert!(!BUN.link(&place, "default").arguments.contains(&"--backend".to_owned()));
        assert_eq!(link.environment[0].1, "http://127.0.0.1:4873");
    }

    fn directory() -> Node {
        Node { kind: Kind::Directory, device: 0, inode: 0, links: 2, mode: 0o755 }
    }

    #[test]
    fn a_symlink_that_leads_nowhere_is_not_by_design() {
        let mut target = Tree::new();
        assert!(!ISOLATED.makes(&target, "node_modules/exdev-pkg"));
        target.insert(ISOLATED_ROOT.to_owned(), directory());
        assert!(ISOLATED.makes(&target, "node_modules/exdev-pkg"));
        assert!(
            !ISOLATED.makes(&target, "node_modules/other") && !BUN.makes(&target, "node_modules/.bun/node_modules")
        );
    }

    #[test]
    fn success_says_which_strategy_only_if_isolated() {
        assert_eq!(
            BUN.hear("+ exdev-pkg@1.0.0\n", "Clean lockfile: 2 packages - 2 packages in 9.7us\n"),
            Heard::default()
        );
        let said =
            "Created store [6.7us]\nHardlinking /c/exdev-pkg@1.0.0@@127.0.0.1@@@1 to node_modules/.bun/exdev-pkg\n";
        assert_eq!(ISOLATED.hear("", said).strategy, Some(Strategy::HardLink));
    }

    #[test]
    fn each_version_words_a_failure_in_its_own_way() {
        for (line, errno) in [
            ("EACCES: Permission denied while installing exdev-pkg", Some(Errno::EACCES)),
            (
                "LinkQuotaExceeded: failed copying files from cache to destination for package exdev-pkg",
                Some(Errno::EMLINK),
            ),
            ("Unexpected: failed copying files from cache to destination for package exdev-pkg", None),
            ("ENOTSUP: failed copying files from cache to destination for package exdev-pkg", Some(Errno::EOPNOTSUPP)),
            (
                "EPERM: Operation not permitted: failed to symlink dependencies for package: target@ (symlink)",
                Some(Errno::EPERM),
            ),
        ] {
            let heard = BUN.hear("\nFailed to install 1 package\n", &format!("Clean lockfile: 2 packages\n{line}\n"));
            assert_eq!((heard.errors, heard.errno, heard.refusals), (vec![line.to_owned()], errno, vec![]));
        }
        let heard = BUN.hear("", "warn: Error caching manifest for exdev-pkg: ENAMETOOLONG\n");
        assert_eq!(heard.warnings, ["Error caching manifest for exdev-pkg: ENAMETOOLONG"]);
    }

    #[test]
    fn an_isolated_failure_names_the_call() {
        let heard = ISOLATED.hear(
            "",
            "\
error:Failed to hardlink package
EMLINK: module_17.py: Too many links (link())
From: exdev-pkg@1.0.0@@127.0.0.1__5b6c1cb1393141f5@@@1
  To: node_modules/.bun/exdev-pkg@1.0.0/node_modules/.bun-tmp-2302897a4a9ce28c
EMLINK: Too many links: failed to link package: exdev-pkg@1.0.0 (link)
",
        );
        assert_eq!(
            heard.errors,
            [
                "Failed to hardlink package",
                "EMLINK: module_17.py: Too many links (link())",
                "EMLINK: Too many links: failed to link package: exdev-pkg@1.0.0 (link)",
            ]
        );
        let (strategy, errno) = (Strategy::HardLink, Some(Errno::EMLINK));
        assert_eq!(
            (heard.errno, heard.refusals),
            (errno, vec![Refusal { strategy, errno, cache: None, target: None }])
        );
    }
}
