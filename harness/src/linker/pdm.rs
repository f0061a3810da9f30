//! PDM (<https://pdm-project.org>): `pdm sync` with a cache of unpacked wheels, `install.cache`.

use std::path::Path;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::place::{Invocation, Place};
use super::python::{self, PYTHON, python};
use super::source::Source;
use crate::observe::Tree;
use crate::outcome::{Step, Strategy};
use crate::package::Form;

/// What it ends with where nothing failed in the end.
const SUCCESS: &str = "All complete!";

/// `pdm sync`.
pub const KIND: Kind = Kind {
    name: "pdm",
    about: "pdm sync, with install.cache",
    source: Source::Python { project: "pdm" },
    adapter: |_| Box::new(Pdm),
};

/// Any version of PDM.
#[derive(Debug, Clone, Copy)]
struct Pdm;

impl Pdm {
    fn run(place: &Place, command: &str, project: &Path) -> Invocation {
        let run = python(place).words("-m pdm").word(command).words("--no-self --verbose --project").word(project);
        let run = run.set("PDM_CHECK_UPDATE", "0").set("PDM_CACHE_DIR", place.cache());
        run.set("PDM_PYTHON", place.program(PYTHON))
    }
}

impl Adapter for Pdm {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "symlink", "hardlink", "copy"]
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        match mode {
            "hardlink" => vec![Strategy::HardLink],
            "copy" => vec![Strategy::Copy],
            _ => vec![Strategy::Symlink],
        }
    }

    fn needs(&self) -> Vec<&str> {
        vec![PYTHON]
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Wheel]
    }

    fn begins_with(&self, place: &Place, step: Step, mode: &str) -> Vec<(String, String)> {
        let names = place.contents().names().join("==1.0\", \"");
        let wheels = place.form(Form::Wheel).display().to_string();
        let project = format!(
            "[project]\nname = \"target\"\nversion = \"0\"\nrequires-python = \">=3.10\"\ndependencies = [\"{names}==1.0\"]\n\
             [tool.pdm]\ndistribution = false\n\
             [[tool.pdm.source]]\nname = \"pypi\"\nurl = \"file://{wheels}\"\ntype = \"find_links\"\n"
        );
        let method = match (step, mode) {
            (Step::Prime, _) => "cache_method = \"copy\"\n".to_owned(),
            (Step::Link, "default") => String::new(),
            (Step::Link, mode) => format!("cache_method = \"{mode}\"\n"),
        };
        // In parallel, wheels are placed in an order that differs from run to run.
        let settings = format!("[install]\ncache = true\nparallel = false\n{method}[python]\nuse_venv = false\n");
        vec![("pyproject.toml".to_owned(), project), ("pdm.toml".to_owned(), settings)]
    }

    fn carries(&self) -> &'static [&'static str] {
        &["pdm.lock"]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Self::run(place, "install", &place.throwaway())
    }

    fn link(&self, place: &Place, _mode: &str) -> Invocation {
        Self::run(place, "sync", place.target())
    }

    fn root(&self, target: &Tree) -> String {
        let library = |path: &&String| path.starts_with("__pypackages__/") && path.ends_with("/lib");
        target.keys().find(library).cloned().unwrap_or_default()
    }

    fn makes(&self, target: &Tree, path: &str) -> bool {
        let root = self.root(target);
        let inside = path.strip_prefix(&root).and_then(|rest| rest.strip_prefix('/'));
        let version = root.strip_suffix("/lib").unwrap_or(&root);
        let beside = path.strip_prefix(version).and_then(|rest| rest.strip_prefix('/'));
        inside.is_some_and(|inside| python::makes_metadata(inside) || inside.ends_with(".dist-info/REFER_TO"))
            || beside.is_some_and(|beside| matches!(beside, "bin" | "bin/exdev-pkg" | "include"))
            || path == "__pypackages__/.gitignore"
    }

    fn keeps_books(&self, cached: &str) -> bool {
        cached.starts_with("packages/") && cached.ends_with(".whl.cache/.referrers")
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        // What failed once and then succeeded has left its traceback behind.
        let errors = if stdout.contains(SUCCESS) { Vec::new() } else { python::exceptions(stderr) };
        let errno = errors.iter().rev().find_map(|line| python::errno(line));
        let (warnings, refusals) = (python::labelled(stderr, "WARNING: "), python::refusals(stderr));
        Heard { warnings, errors, errno, refusals, ..Heard::default() }
    }
}

#[cfg(test)]
mod tests;
