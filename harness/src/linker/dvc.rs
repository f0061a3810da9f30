//! DVC (<https://dvc.org>): `dvc checkout` of one directory.

use std::path::Path;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::place::{Invocation, Place, Program};
use super::python::{self, PYTHON};
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
    fn run(place: &Place, project: &Path, command: &[&str]) -> Invocation {
        let (project, state) = (project.display().to_string(), place.temporary().join("site").display().to_string());
        let arguments = [&["-m", "dvc", "--cd", &project], command, &["--verbose"]].concat();
        let environment = [
            ("DVC_NO_ANALYTICS", "1"),
            ("DVC_SITE_CACHE_DIR", &state),
            // Its user need not be in passwd(5), where it looks otherwise.
            ("LOGNAME", "exdev"),
            // Files are placed in the order of a set, which else differs from run to run.
            ("PYTHONHASHSEED", "0"),
        ];
        python::command(place, &arguments, &environment)
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
        let arguments = [place.form(Form::Tree), target.join(DIRECTORY)].map(|path| path.display().to_string());
        (target == place.throwaway()).then(|| Invocation {
            program: Program::Needed("cp".to_owned()),
            arguments: ["--recursive".to_owned()].into_iter().chain(arguments).collect(),
            environment: Vec::new(),
        })
    }

    fn prime(&self, place: &Place) -> Invocation {
        Self::run(place, &place.throwaway(), &["add", DIRECTORY])
    }

    fn link(&self, place: &Place, _mode: &str) -> Invocation {
        Self::run(place, place.target(), &["checkout"])
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
