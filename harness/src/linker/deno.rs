//! deno (<https://docs.deno.com/runtime/reference/cli/install/>): `deno install` into a `node_modules` of its own.

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

/// `deno install`.
pub const KIND: Kind = Kind {
    name: "deno",
    about: "deno install, nodeModulesDir auto",
    source: Source::Npm(Npm {
        name: "deno",
        main: "deno",
        parcel: |_| Parcel { package: "@deno/linux-x64-glibc", program: "deno", runtime: None },
    }),
    adapter: |_| Box::new(Deno),
};

/// Where it puts the package: `node_modules/exdev-pkg` is a symlink to that.
const ROOT: &str = "node_modules/.deno/exdev-pkg@1.0.0/node_modules/exdev-pkg";

/// What it writes into a target beside packages.
const OWN: [&str; 7] = [
    "node_modules/.deno/.deno.lock",
    "node_modules/.deno/.setup-cache.bin",
    "node_modules/.deno/exdev-pkg@1.0.0/.initialized",
    "node_modules/.deno/node_modules",
    "node_modules/.deno/node_modules/exdev-pkg",
    "node_modules/.deno/target@1.0.0",
    "node_modules/exdev-pkg",
];

struct Deno;

impl Deno {
    fn install(place: &Place, project: &Path, own: &[&str]) -> Invocation {
        let configuration = project.join("deno.json").display().to_string();
        let always = ["install", "--config", &configuration, "--log-level", "debug"];
        let environment = [
            ("DENO_DIR", place.cache().display().to_string()),
            ("NPM_CONFIG_REGISTRY", place.registry()),
            ("DENO_NO_UPDATE_CHECK", "1".to_owned()),
            ("NO_COLOR", "1".to_owned()),
        ];
        Invocation {
            program: Program::Linker,
            arguments: always.iter().chain(own).map(|word| (*word).to_owned()).collect(),
            environment: environment.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        }
    }
}

impl Adapter for Deno {
    fn modes(&self) -> Vec<&str> {
        vec!["default"]
    }

    fn chain(&self, _mode: &str) -> Vec<Strategy> {
        vec![Strategy::HardLink, Strategy::Copy]
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Npm]
    }

    fn begins_with(&self, _place: &Place, _step: Step, _mode: &str) -> Vec<(String, String)> {
        vec![npm::manifest(), ("deno.json".to_owned(), "{ \"nodeModulesDir\": \"auto\" }\n".to_owned())]
    }

    fn carries(&self) -> &'static [&'static str] {
        &["deno.lock"]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Self::install(place, &self.throwaway(place), &[])
    }

    fn link(&self, place: &Place, _mode: &str) -> Invocation {
        Self::install(place, place.target(), &["--frozen"])
    }

    fn root(&self, _target: &Tree) -> String {
        ROOT.to_owned()
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        OWN.contains(&path)
    }

    fn keeps_books(&self, cached: &str) -> bool {
        cached.starts_with("node_analysis_cache_v")
    }

    fn hear(&self, _stdout: &str, stderr: &str) -> Heard {
        let mut heard = Heard::default();
        for line in stderr.lines() {
            if let Some(error) = line.strip_prefix("error: ") {
                heard.errno = Errno::stated(error);
                heard.errors.push(error.to_owned());
            } else if let Some(warning) = line.strip_prefix("Warning ") {
                heard.warnings.push(warning.to_owned());
            } else {
                heard.refusals.extend(refusal(line));
            }
        }
        heard
    }
}

/// What a debug line says of a link that was refused.
fn refusal(line: &str) -> Option<Refusal> {
    let (_, paths) = line.split_once("failed to hard link '")?;
    let (cache, rest) = paths.split_once("' to '")?;
    let (target, rest) = rest.split_once("': ")?;
    let [cache, target] = [cache, target].map(|path| Some(path.to_owned()));
    Some(Refusal { strategy: Strategy::HardLink, errno: Errno::stated(rest), cache, target })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn the_commands_name_the_configuration_of_one_project() {
        let place = Place::new(Size::Small, Names::POSIX);
        assert_eq!(
            Deno.prime(&place).arguments.join(" "),
            "install --config /exdev/throwaway/deno.json --log-level debug"
        );
        let link = Deno.link(&place, "default");
        assert_eq!(
            link.arguments.join(" "),
            "install --config /exdev/cell/target/deno.json --log-level debug --frozen"
        );
        assert_eq!(link.environment[0], ("DENO_DIR".to_owned(), "/exdev/cell/cache".to_owned()));
    }

    #[test]
    fn a_debug_line_states_the_refusal_and_nothing_announces_the_copy() {
        let heard = Deno.hear(
            "",
            "\
Initialize exdev-pkg@1.0.0
DEBUG RS - deno_npm_installer::fs:57 - Failed to hard link dir \"/c/npm/4873/exdev-pkg/1.0.0\" to \"/t/exdev-pkg\": \
failed to hard link '/c/npm/4873/exdev-pkg/1.0.0/package.json' to '/t/exdev-pkg/package.json': \
Operation not permitted (os error 1)
Installed 1 package in 135ms
",
        );
        let [cache, target] =
            ["/c/npm/4873/exdev-pkg/1.0.0/package.json", "/t/exdev-pkg/package.json"].map(|path| Some(path.to_owned()));
        let refusal = Refusal { strategy: Strategy::HardLink, errno: Some(Errno::EPERM), cache, target };
        assert_eq!(heard, Heard { refusals: vec![refusal], ..Heard::default() });
    }

    #[test]
    fn an_error_states_its_errno_before_the_call() {
        const ERROR: &str = "Operation not permitted (os error 1), symlink '.deno/a' -> '/t/node_modules/exdev-pkg'";
        let heard = Deno.hear("", &format!("Initialize exdev-pkg@1.0.0\nerror: {ERROR}\n"));
        assert_eq!((heard.errors, heard.errno), (vec![ERROR.to_owned()], Some(Errno::EPERM)));
    }

    #[test]
    fn its_books_are_of_what_it_has_analyzed() {
        assert!(Deno.keeps_books("node_analysis_cache_v2-wal") && !Deno.keeps_books("npm/4873/exdev-pkg/1.0.0/a.py"));
    }
}
