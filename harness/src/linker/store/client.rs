//! The ordinary clients of registries, so that a user's mirrors, proxies and certificates apply.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A client of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// pip, for `PyPI`.
    Pip,
    /// npm.
    Npm,
}

impl Client {
    /// What one types to run it.
    pub(super) const fn command(self) -> &'static str {
        match self {
            Self::Pip => "python3 -m pip",
            Self::Npm => "npm",
        }
    }

    /// What it asks.
    pub(super) const fn registry(self) -> &'static str {
        match self {
            Self::Pip => "the package index",
            Self::Npm => "the npm registry",
        }
    }

    /// What it reaches where it does not reach this program.
    pub(super) fn nothing(self, name: &str) -> String {
        match self {
            Self::Pip => format!("no package index that has {name} for this machine"),
            Self::Npm => "no registry".to_owned(),
        }
    }

    /// The command that lists the versions of a package.
    pub(super) fn versions(self, package: &str) -> String {
        match self {
            Self::Pip => format!("python3 -m pip index versions {package}"),
            Self::Npm => format!("npm view {package} versions"),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pip => "pip",
            Self::Npm => "npm",
        })
    }
}

/// What a client's failure left.
#[derive(Debug)]
pub(super) enum Failed {
    /// It did not start.
    Start(io::Error),
    /// This is on its standard error.
    Said(String),
}

/// The search path with the directory of exdev's own tools in front.
pub(super) fn search_path(tools: &Path) -> OsString {
    let mut path = tools.as_os_str().to_owned();
    if let Some(inherited) = env::var_os("PATH") {
        path.push(":");
        path.push(inherited);
    }
    path
}

/// Runs a client; what it wrote to its standard output.
pub(super) fn run(command: &mut Command, path: &OsStr) -> Result<String, Failed> {
    // Of a project that someone happens to be in, no settings apply.
    match command.env("PATH", path).current_dir("/").output() {
        Ok(Output { status, stdout, .. }) if status.success() => Ok(String::from_utf8_lossy(&stdout).into_owned()),
        Ok(Output { status, stderr, .. }) if stderr.is_empty() => {
            Err(Failed::Said(format!("it said nothing, {status}")))
        }
        Ok(Output { stderr, .. }) => Err(Failed::Said(String::from_utf8_lossy(&stderr).into_owned())),
        Err(error) => Err(Failed::Start(error)),
    }
}

/// The last line that is not empty.
pub(super) fn last_line(said: &str) -> String {
    said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned()
}

/// The files in a directory whose names end so, by name.
pub(super) fn files(directory: &Path, end: &str) -> Vec<PathBuf> {
    let entries = directory.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|found| found == end)).collect();
    files.sort();
    files
}
