//! bun (<https://bun.sh/docs/pm/cli/install>): `bun install`, by either of its two linkers.

use std::path::Path;

use super::adapter::{Adapter, Heard, Refusal};
use super::kind::Kind;
use super::npm;
use super::place::{Invocation, Place, Program};
use super::source::{Npm, Parcel, Source};
use crate::errno::Errno;
use crate::observe::Tree;
use crate::outcome::Strategy;
use crate::package::{Expected, Form};

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

/// What a failure is told by.
const FAILURES: [&str; 4] = [" (link())", ": failed copying files from cache to destination", ": failed to link package: ", " while installing "];

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

    fn begins_with(&self, _place: &Place) -> Vec<(String, String)> {
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

    fn expects(&self, place: &Place, _cache: &Tree) -> Vec<Expected> {
        Form::Npm.expected(place.contents())
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
                heard.refusals.extend(line.ends_with(FAILURES[0]).then_some(refused));
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
    use crate::linker::Family;
    use crate::linker::Linker;
    use crate::package::Size;
    use crate::pairing::Names;

    fn bun(kind: &Kind) -> Box<dyn Adapter> {
        (kind.adapter)(&Linker::new(Family::REFERENCE, "1.4.5", "1.4.5"))
    }
}
