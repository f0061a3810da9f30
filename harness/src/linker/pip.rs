//! pip (<https://pip.pypa.io>): `pip install --target`, from a directory with the wheel in it. It never links: it unpacks.

use std::path::Path;

use super::adapter::{Adapter, Heard};
use super::kind::Kind;
use super::place::{Invocation, Place};
use super::python::{self, PYTHON, python};
use super::source::Source;
use crate::observe::Tree;
use crate::outcome::Strategy;
use crate::package::Form;

/// `pip install --target`.
pub const KIND: Kind = Kind {
    name: "pip",
    about: "pip install --target",
    source: Source::Python { project: "pip" },
    adapter: |_| Box::new(Pip),
};

/// Any version of pip.
#[derive(Debug, Clone, Copy)]
struct Pip;

impl Pip {
    fn run(place: &Place, command: &str, to: &Path, wheels: &Path) -> Invocation {
        let run = python(place).words("-m pip").words(command).word(to);
        let run = run.words("--no-index --no-deps --find-links").word(wheels);
        let run = run.set("PIP_CONFIG_FILE", "/dev/null").set("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        place.contents().names().into_iter().fold(run.set("PIP_NO_CACHE_DIR", "1"), Invocation::word)
    }
}

impl Adapter for Pip {
    fn modes(&self) -> Vec<&str> {
        vec!["default"]
    }

    fn chain(&self, _mode: &str) -> Vec<Strategy> {
        vec![Strategy::Copy]
    }

    fn needs(&self) -> Vec<&str> {
        vec![PYTHON]
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Wheel]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Self::run(place, "download --dest", place.cache(), &place.form(Form::Wheel))
    }

    fn link(&self, place: &Place, _mode: &str) -> Invocation {
        Self::run(place, "install --no-compile --target", place.target(), place.cache())
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        python::makes_metadata(path) || matches!(path, "bin" | "bin/exdev-pkg")
    }

    fn hear(&self, _stdout: &str, stderr: &str) -> Heard {
        let [warnings, errors] = ["WARNING: ", "ERROR: "].map(|label| python::labelled(stderr, label));
        Heard { errno: errors.iter().rev().find_map(|line| python::errno(line)), warnings, errors, ..Heard::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn the_cache_is_a_directory_with_the_wheel() {
        let place = Place::new(Size::Small, Names::POSIX);
        assert_eq!(
            Pip.prime(&place).arguments.join(" "),
            "-m pip download --dest /exdev/cell/cache --no-index --no-deps --find-links /exdev/package/small/wheels exdev-pkg"
        );
        assert_eq!(
            Pip.link(&place, "default").arguments.join(" "),
            "-m pip install --no-compile --target /exdev/cell/target --no-index --no-deps --find-links /exdev/cell/cache \
             exdev-pkg"
        );
    }

    #[test]
    fn errors_and_warnings_have_labels() {
        let text = "WARNING: Target directory /t/exdev_pkg already exists. Specify --upgrade to force replacement.\n\
                    ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n\n";
        let heard = Pip.hear("Processing /c/exdev_pkg-1.0-py3-none-any.whl\n", text);
        assert_eq!((heard.warnings.len(), heard.errors.len(), heard.errno), (1, 1, Some(Errno::ENOSPC)));
    }
}
