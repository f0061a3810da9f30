//! deno (<https://docs.deno.com/runtime/reference/cli/install/>): `deno install` into a `node_modules` of its own.

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

    fn begins_with(&self, _place: &Place) -> Vec<(String, String)> {
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

    fn expects(&self, place: &Place, _cache: &Tree) -> Vec<Expected> {
        Form::Npm.expected(place.contents())
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
                heard.errno = numbered(error);
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
    Some(Refusal { strategy: Strategy::HardLink, errno: numbered(rest), cache, target })
}

/// The errno of a message that ends like `(os error 18)`.
fn numbered(message: &str) -> Option<Errno> {
    let (_, number) = message.rsplit_once("(os error ")?;
    number.strip_suffix(')')?.parse().ok().map(Errno)
}
