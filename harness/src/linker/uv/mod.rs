//! uv (<https://docs.astral.sh/uv/>): `uv pip install --target` and `uv tool install`.

mod habits;
mod said;

use std::collections::BTreeMap;
use std::path::Path;

use super::adapter::{Adapter, Heard};
use super::habits::Habits;
use super::kind::Kind;
use super::place::{Invocation, Place, Program};
use super::source::Source;
use super::version::Version;
use crate::observe::Tree;
use crate::outcome::Strategy;
use crate::package::Form;
use crate::probe::Shelf;

/// The interpreter that uv installs for. uv looks at it, and copies nothing of it.
const PYTHON: &str = "python3";

/// The directory beside the cache's own that holds the tools' scripts when the tools are at home.
const SCRIPTS: &str = "bin";

/// How the directory in the cache begins that holds what uv knows of interpreters.
const INTERPRETER: &str = "interpreter-v";

/// What the directories of metadata are called.
const DIST_INFO: &str = "-1.0.dist-info/";

/// The command of uv that places the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `uv pip install --target`.
    PipInstall,
    /// `uv tool install`, with tools and their scripts where the environment says.
    ToolInstall,
    /// `uv tool install`, with the tools below HOME as they are by default, and their scripts beside the cache.
    ToolInstallAtHome,
}

/// `uv pip install --target`.
pub const PIP_INSTALL: Kind = Kind {
    name: "uv",
    about: "uv pip install --target",
    source: Source::Wheel { project: "uv" },
    adapter: |linker| Box::new(Uv::new(Command::PipInstall, &linker.version)),
};

/// `uv tool install`, with `UV_TOOL_DIR` in the target.
pub const TOOL_INSTALL: Kind = Kind {
    name: "uv-tool",
    about: "uv tool install, with UV_TOOL_DIR in the target",
    adapter: |linker| Box::new(Uv::new(Command::ToolInstall, &linker.version)),
    ..PIP_INSTALL
};

/// `uv tool install`, with HOME for the target.
pub const TOOL_INSTALL_AT_HOME: Kind = Kind {
    name: "uv-tool-home",
    about: "uv tool install, with HOME for the target",
    adapter: |linker| Box::new(Uv::new(Command::ToolInstallAtHome, &linker.version)),
    ..PIP_INSTALL
};

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// A directory that holds the package.
    Plain,
    /// A virtual environment that was there before: up to 0.1 there is no `--target`.
    Environment,
    /// A directory of tools, each in a virtual environment of its own.
    Tool,
    /// A home directory that holds such a directory.
    Home,
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

    /// Where this version can place the package.
    fn layout(&self) -> Layout {
        match self.command {
            Command::ToolInstall => Layout::Tool,
            Command::ToolInstallAtHome => Layout::Home,
            Command::PipInstall if self.version < Version::of(0, 2, 0) => Layout::Environment,
            Command::PipInstall => Layout::Plain,
        }
    }

    /// `scripts` is the directory of the tools' scripts, for those layouts that have it elsewhere than in the target.
    fn install(&self, place: &Place, target: &str, scripts: &str, mode: &str) -> Invocation {
        let python = place.program(PYTHON).display().to_string();
        let mut arguments = match self.layout() {
            Layout::Plain => vec!["pip", "install", "--python", &python, "--target", target],
            Layout::Environment => vec!["pip", "install"],
            Layout::Tool | Layout::Home => vec!["tool", "install", "--python", &python],
        };
        let (cache, wheels) = (place.cache().display().to_string(), place.form(Form::Wheel).display().to_string());
        arguments.extend(["--cache-dir", &cache, "--find-links", &wheels]);
        arguments.extend(["--offline", "--no-index", "--verbose"]);
        arguments.extend(place.contents().names());
        if mode != "default" {
            arguments.extend(["--link-mode", mode]);
        }
        let tools = |tools: (&'static str, String), scripts: &str| {
            let scripts = ["UV_TOOL_BIN_DIR", "XDG_BIN_HOME"].map(|name| (name, scripts.to_owned()));
            // A directory of scripts that is not on the path earns a warning that has nothing to do with linking.
            let path = ("PATH", format!("{}:/usr/bin:/bin", scripts[0].1));
            [tools].into_iter().chain(scripts).chain([path]).collect()
        };
        let mut environment = match self.layout() {
            Layout::Plain => Vec::new(),
            Layout::Environment => vec![("VIRTUAL_ENV", target.to_owned())],
            Layout::Tool => tools(("UV_TOOL_DIR", format!("{target}/tools")), &format!("{target}/bin")),
            Layout::Home => tools(("HOME", target.to_owned()), scripts),
        };
        // Up to 0.4 the lines on a fallback are not among those that --verbose shows.
        environment.push(("RUST_LOG", "uv=debug,install_wheel_rs=debug".to_owned()));
        let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Invocation { program: Program::Linker, arguments, environment }
    }
}

impl Adapter for Uv {
    fn modes(&self) -> Vec<&str> {
        if self.version < Version::of(0, 2, 27) {
            vec!["default", "clone", "hardlink", "copy"]
        } else {
            vec!["default", "clone", "hardlink", "symlink", "copy"]
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

    fn habits(&self, mode: &str) -> Option<Habits> {
        Some(habits::habits(&self.version, mode))
    }

    fn package_of<'a>(&self, cached: &'a str) -> Option<&'a str> {
        habits::package_of(cached)
    }

    fn packages(&self, shelves: &BTreeMap<String, Shelf>) -> Shelf {
        habits::packages(shelves)
    }

    fn learns(&self) -> Option<&str> {
        Some(INTERPRETER)
    }

    fn always_copies(&self, cached: &str) -> bool {
        cached.ends_with(".dist-info/RECORD")
    }

    fn needs(&self) -> Vec<&str> {
        vec![PYTHON]
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Wheel]
    }

    fn prepare(&self, place: &Place, target: &Path) -> Option<Invocation> {
        (self.layout() == Layout::Environment).then(|| {
            let (cache, target) = (place.cache().display().to_string(), target.display().to_string());
            let python = place.program(PYTHON).display().to_string();
            let arguments = ["venv", "--offline", "--cache-dir", &cache, "--python", &python, &target];
            let arguments = arguments.map(str::to_owned).to_vec();
            Invocation { program: Program::Linker, arguments, environment: Vec::new() }
        })
    }

    fn prime(&self, place: &Place) -> Invocation {
        let throwaway = place.throwaway().display().to_string();
        let mut invocation = self.install(place, &throwaway, &format!("{throwaway}/{SCRIPTS}"), "copy");
        // Unpacked by one thread, the files are in the same order in every run; it is the order in which they are placed.
        let alone = ["UV_CONCURRENT_INSTALLS", "RAYON_NUM_THREADS"].map(|name| (name.to_owned(), "1".to_owned()));
        invocation.environment.extend(alone);
        invocation
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        let scripts = place.cache().join(SCRIPTS).display().to_string();
        self.install(place, &place.target().display().to_string(), &scripts, mode)
    }

    fn root(&self, target: &Tree) -> String {
        match self.layout() {
            Layout::Plain => String::new(),
            Layout::Environment | Layout::Tool | Layout::Home => {
                target.keys().find(|path| path.ends_with("/site-packages")).cloned().unwrap_or_default()
            }
        }
    }

    fn makes(&self, target: &Tree, path: &str) -> bool {
        let root = self.root(target);
        let inside = match (self.layout(), root.as_str()) {
            (Layout::Plain, _) => Some(path),
            (_, "") => None,
            (_, root) => path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')),
        };
        let own = ["RECORD", "INSTALLER", "REQUESTED", "uv_cache.json"];
        let metadata = |inside: &str| inside.split_once(DIST_INFO).is_some_and(|(_, name)| own.contains(&name));
        let scripts = |path| matches!(path, "bin" | "bin/exdev-pkg");
        match (self.layout(), inside) {
            (Layout::Plain, _) => metadata(path) || scripts(path) || path == ".lock",
            (_, Some(inside)) => metadata(inside) || makes_environment(inside),
            (Layout::Environment, None) => scripts(path) || path == ".lock",
            (Layout::Tool, None) => makes_tool(path) || scripts(path),
            (Layout::Home, None) => makes_home(path),
        }
    }

    fn keeps_books(&self, cached: &str) -> bool {
        let scripts = cached.strip_prefix(SCRIPTS).is_some_and(|rest| matches!(rest, "" | "/exdev-pkg"));
        cached.starts_with(INTERPRETER)
            || cached.rsplit('/').next() == Some(".lock")
            || (self.layout() == Layout::Home && scripts)
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        said::hear(stdout, stderr)
    }
}

/// Up to 0.12 a virtual environment has a module of its own, which Python compiles when it is first used.
fn makes_environment(inside: &str) -> bool {
    inside == "__pycache__" || inside.trim_start_matches("__pycache__/").starts_with("_virtualenv.")
}

/// What is at home up to a tool's site-packages: uv keeps its tools where the XDG base directory specification wants data.
fn makes_home(path: &str) -> bool {
    matches!(path, ".local" | ".local/share" | ".local/share/uv")
        || path.strip_prefix(".local/share/uv/").is_some_and(makes_tool)
}

/// A tool's virtual environment up to its site-packages, and the books that uv keeps of its tools.
fn makes_tool(path: &str) -> bool {
    const ENVIRONMENT: [&str; 7] =
        ["", ".gitignore", ".lock", "CACHEDIR.TAG", "lib64", "pyvenv.cfg", "uv-receipt.toml"];
    const SCRIPTS: [&str; 5] = ["activate", "deactivate", "exdev-pkg", "pydoc", "python"];
    let Some(inside) = path.strip_prefix("tools/exdev-pkg") else {
        return matches!(path, "tools" | "tools/.gitignore" | "tools/.lock");
    };
    let inside = inside.trim_start_matches('/');
    let script = |name: &str| !name.contains('/') && SCRIPTS.iter().any(|script| name.starts_with(script));
    let library = |name: &str| {
        let (python, rest) = name.split_once('/').unwrap_or((name, ""));
        python.starts_with("python3.") && matches!(rest, "" | "site-packages")
    };
    ENVIRONMENT.contains(&inside)
        || matches!(inside, "bin" | "lib")
        || inside.strip_prefix("bin/").is_some_and(script)
        || inside.strip_prefix("lib/").is_some_and(library)
}
