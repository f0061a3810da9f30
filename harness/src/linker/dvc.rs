//! DVC (<https://dvc.org>): `dvc checkout` of one directory.

use std::path::Path;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::place::{Invocation, Place, Program};
use super::python::{self, PYTHON, python};
use super::source::Source;
use crate::observe::Tree;
use crate::outcome::{Step, Strategy};
use crate::package::Form;

/// The directory that it tracks.
const DIRECTORY: &str = "package";

/// What lists the directory's files by their hashes.
const TRACKED: &str = "package.dvc";

/// `dvc checkout`.
pub const KIND: Kind =
    Kind { name: "dvc", about: "dvc checkout", source: Source::Python { project: "dvc" }, adapter: |_| Box::new(Dvc) };

/// Any version of DVC.
#[derive(Debug, Clone, Copy)]
struct Dvc;

impl Dvc {
    fn run(place: &Place, project: &Path, command: &str) -> Invocation {
        let run = python(place).words("-m dvc --cd").word(project).words(command).word("--verbose");
        let run = run.set("DVC_NO_ANALYTICS", "1").set("DVC_SITE_CACHE_DIR", place.temporary().join("site"));
        // It looks for its user in passwd(5) otherwise. And it places files in the order of a set, which else differs from run to run.
        run.set("LOGNAME", "exdev").set("PYTHONHASHSEED", "0")
    }
}

impl Adapter for Dvc {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "reflink", "hardlink", "symlink", "copy", "reflink+hardlink+copy"]
    }

    /// To it a copy that is a reflink is a copy: each is tried as one.
    fn chain(&self, mode: &str) -> Vec<Strategy> {
        let strategies = mode.split('+').flat_map(|link| match link {
            "reflink" => vec![Strategy::Reflink],
            "hardlink" => vec![Strategy::HardLink],
            "symlink" => vec![Strategy::Symlink],
            "copy" => vec![Strategy::Copy],
            _ => vec![Strategy::Reflink, Strategy::Copy],
        });
        strategies.collect()
    }

    fn makes_empty_files(&self) -> bool {
        true
    }

    fn needs(&self) -> Vec<&str> {
        vec![PYTHON, "cp"]
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Tree]
    }

    fn begins_with(&self, place: &Place, step: Step, mode: &str) -> Vec<(String, String)> {
        let links = match (step, mode) {
            (Step::Prime, _) => "    type = copy\n".to_owned(),
            (Step::Link, "default") => String::new(),
            // On a command line a comma stands between modes.
            (Step::Link, mode) => format!("    type = \"{}\"\n", mode.replace('+', ",")),
        };
        let settings = format!(
            "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n[cache]\n    dir = {}\n{links}",
            place.cache().display()
        );
        vec![(".dvc/config".to_owned(), settings)]
    }

    fn carries(&self) -> &'static [&'static str] {
        &[TRACKED]
    }

    /// What goes into the cache is in the workspace before, and has to be its user's.
    fn prepare(&self, place: &Place, target: &Path) -> Option<Invocation> {
        let copy = Invocation::of(Program::Needed("cp".to_owned())).word("--recursive").word(place.form(Form::Tree));
        (target == place.throwaway()).then(|| copy.word(target.join(DIRECTORY)))
    }

    fn prime(&self, place: &Place) -> Invocation {
        Self::run(place, &place.throwaway(), "add package")
    }

    fn link(&self, place: &Place, _mode: &str) -> Invocation {
        Self::run(place, place.target(), "checkout")
    }

    fn root(&self, _target: &Tree) -> String {
        DIRECTORY.to_owned()
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        matches!(path, ".dvc/tmp" | ".dvc/tmp/btime" | ".dvc/tmp/lock")
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        let errors = error(stderr);
        let errno = errors.iter().rev().find_map(|line| python::errno(line));
        Heard { errors, errno, refusals: python::refusals(stdout), ..Heard::default() }
    }
}

/// The error in the log, without time and label, up to the traceback.
fn error(log: &str) -> Vec<String> {
    let Some((_, error)) = log.split_once(" ERROR: ") else { return Vec::new() };
    error.lines().take_while(|line| !line.is_empty() && !line.starts_with("Traceback ")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
