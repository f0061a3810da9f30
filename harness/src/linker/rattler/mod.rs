//! rattler (<https://github.com/conda/rattler>), which pixi is made of: `install()` of its Python package.

use std::path::Path;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::place::{Invocation, Place};
use super::python::{PYTHON, python};
use super::source::Source;
use crate::observe::Tree;
use crate::outcome::{Step, Strategy};
use crate::package::Form;

/// It has no command, so there is one of ours.
const SCRIPT: (&str, &str) = ("install.py", include_str!("install.py"));

/// `rattler.install()`.
pub const KIND: Kind = Kind {
    name: "rattler",
    about: "install() of py-rattler",
    source: Source::Python { project: "py-rattler" },
    adapter: |_| Box::new(Rattler),
};

/// Any version of rattler.
#[derive(Debug, Clone, Copy)]
struct Rattler;

impl Rattler {
    fn run(place: &Place, target: &Path, settings: &str) -> Invocation {
        let package = place.form(Form::Conda).join("noarch/exdev-pkg-1.0-0.conda");
        let run = python(place).word(target.join(SCRIPT.0)).word(package).word(place.cache()).word(target);
        run.words(settings)
    }
}

/// The settings that a mode is.
fn settings(mode: &str) -> &'static str {
    match mode {
        "no-ref-links" => "allow-ref-links=false",
        "no-hard-links" => "allow-hard-links=false",
        "no-links" => "allow-ref-links=false allow-hard-links=false",
        _ => "",
    }
}

impl Adapter for Rattler {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "no-ref-links", "no-hard-links", "no-links"]
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        use Strategy::{Copy, HardLink, Reflink};
        match mode {
            "no-ref-links" => vec![HardLink, Copy],
            "no-hard-links" => vec![Reflink, Copy],
            "no-links" => vec![Copy],
            _ => vec![Reflink, HardLink, Copy],
        }
    }

    fn needs(&self) -> Vec<&str> {
        vec![PYTHON]
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Conda]
    }

    fn begins_with(&self, _place: &Place, _step: Step, _mode: &str) -> Vec<(String, String)> {
        vec![(SCRIPT.0.to_owned(), SCRIPT.1.to_owned())]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Self::run(place, &place.throwaway(), "")
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        Self::run(place, place.target(), settings(mode))
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        let metadata = ["conda-meta", "conda-meta/history", "conda-meta/exdev-pkg-1.0-0.json"];
        path == "CACHEDIR.TAG" || metadata.contains(&path)
    }

    fn hear(&self, _stdout: &str, stderr: &str) -> Heard {
        let errors: Vec<_> =
            stderr.lines().filter_map(|line| line.strip_prefix("error: ")).map(str::to_owned).collect();
        Heard { errors, ..Heard::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn a_mode_is_settings() {
        let place = Place::new(Size::Small, Names::POSIX);
        let package = "/exdev/package/small/conda/noarch/exdev-pkg-1.0-0.conda";
        let arguments = |invocation: Invocation| invocation.arguments.join(" ");
        assert_eq!(
            arguments(Rattler.prime(&place)),
            format!("/exdev/throwaway/install.py {package} /exdev/cell/cache /exdev/throwaway")
        );
        assert_eq!(
            arguments(Rattler.link(&place, "no-links")),
            format!(
                "/exdev/cell/target/install.py {package} /exdev/cell/cache /exdev/cell/target allow-ref-links=false \
                 allow-hard-links=false"
            )
        );
        assert!(!arguments(Rattler.link(&place, "default")).contains('='));
    }

    #[test]
    fn nothing_but_an_error_is_said() {
        let heard = Rattler.hear("", "error: InstallerError: failed to acquire global cache lock\n");
        assert_eq!(heard.errors, ["InstallerError: failed to acquire global cache lock"]);
        assert_eq!(Rattler.hear("", ""), Heard::default());
    }
}
