//! uv (<https://docs.astral.sh/uv/>): `uv pip install --target` and `uv tool install`.

mod said;
mod version;

use super::adapter::{Adapter, Heard};
use super::place::{Invocation, Place, Program};
use crate::observe::Tree;
use crate::outcome::Strategy;
use crate::package::NAME;
use version::Version;

/// The interpreter that uv installs for. uv looks at it, and copies nothing of it.
const PYTHON: &str = "/exdev/bin/python3";

const DIST_INFO: &str = "exdev_sample-1.0.dist-info";

/// The command of uv that places the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `uv pip install --target`.
    PipInstall,
    /// `uv tool install`.
    ToolInstall,
}

/// One version of uv.
#[derive(Debug, Clone)]
pub struct Uv {
    command: Command,
    version: Version,
}

impl Uv {
    /// What exdev knows of this version.
    #[must_use]
    pub fn new(command: Command, version: &str) -> Self {
        Self { command, version: Version::new(version) }
    }

    fn install(&self, place: Place, target: &str, mode: &str) -> Invocation {
        let mut arguments = match self.command {
            Command::PipInstall => vec!["pip", "install", "--target", target],
            Command::ToolInstall => vec!["tool", "install"],
        };
        let (cache, wheels) = (place.cache().display().to_string(), place.wheels().display().to_string());
        arguments.extend(["--python", PYTHON, "--cache-dir", &cache, "--find-links", &wheels]);
        arguments.extend(["--offline", "--no-index", "--verbose", NAME]);
        if mode != "default" {
            arguments.extend(["--link-mode", mode]);
        }
        let tools = [("UV_TOOL_DIR", "tools"), ("UV_TOOL_BIN_DIR", "bin"), ("XDG_BIN_HOME", "bin")];
        let tools = tools.map(|(name, directory)| (name.to_owned(), format!("{target}/{directory}")));
        let mut environment = match self.command {
            Command::PipInstall => Vec::new(),
            // A tool's directory that is not on the path earns a warning that has nothing to do with linking.
            Command::ToolInstall => {
                let path = ("PATH".to_owned(), format!("{target}/bin:/usr/bin:/bin"));
                tools.into_iter().chain([path]).collect()
            }
        };
        // Up to 0.4 the lines on a fallback are not among those that --verbose shows.
        environment.push(("RUST_LOG".to_owned(), "uv=debug,install_wheel_rs=debug".to_owned()));
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Invocation { program: Program::Linker, arguments, environment }
    }
}

impl Adapter for Uv {
    fn modes(&self) -> &'static [&'static str] {
        if self.version < Version::of(0, 2, 27) {
            &["default", "clone", "hardlink", "copy"]
        } else {
            &["default", "clone", "hardlink", "symlink", "copy"]
        }
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        use Strategy::{Copy, HardLink, Reflink, Symlink};
        let clones_first = self.version >= Version::of(0, 10, 5);
        match mode {
            "copy" => vec![Copy],
            "symlink" => vec![Symlink, Copy],
            "clone" if self.version < Version::of(0, 4, 16) => vec![Copy],
            "clone" if !clones_first => vec![Reflink, Copy],
            "default" | "clone" if clones_first => vec![Reflink, HardLink, Copy],
            _ => vec![HardLink, Copy],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["python3"]
    }

    fn prime(&self, place: Place) -> Invocation {
        self.install(place, &place.throwaway().display().to_string(), "copy")
    }

    fn link(&self, place: Place, mode: &str) -> Invocation {
        self.install(place, &place.target().display().to_string(), mode)
    }

    fn root(&self, target: &Tree) -> String {
        match self.command {
            Command::PipInstall => String::new(),
            Command::ToolInstall => {
                target.keys().find(|path| path.ends_with("/site-packages")).cloned().unwrap_or_default()
            }
        }
    }

    fn makes(&self, target: &Tree, path: &str) -> bool {
        let root = self.root(target);
        let inside = match self.command {
            Command::PipInstall => Some(path),
            Command::ToolInstall if root.is_empty() => None,
            Command::ToolInstall => path.strip_prefix(&root).map(|rest| rest.trim_start_matches('/')),
        };
        // What is around the package is the tool's virtual environment.
        let Some(inside) = inside else { return path.starts_with("tools") || path.starts_with("bin") };
        let own = ["RECORD", "INSTALLER", "REQUESTED", "uv_cache.json"];
        inside.strip_prefix(DIST_INFO).is_some_and(|rest| own.contains(&rest.trim_start_matches('/')))
            || matches!(inside, "" | ".lock" | "bin" | "bin/exdev-sample")
            || inside.starts_with("_virtualenv")
    }

    fn keeps_books(&self, cached: &str) -> bool {
        cached.starts_with("interpreter-v") || cached.rsplit('/').next() == Some(".lock")
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        said::hear(stdout, stderr)
    }
}
