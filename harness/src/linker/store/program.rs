//! A program that a person names by its path.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::StoreError;

/// The program's canonical path and the version that it states.
pub(super) fn examine(path: &Path) -> Result<(PathBuf, String), StoreError> {
    let no_program = |problem: String| StoreError::NoProgram { path: path.to_owned(), problem };
    let program = path.canonicalize().map_err(|error| no_program(error.to_string()))?;
    let metadata = fs::metadata(&program).map_err(|error| no_program(error.to_string()))?;
    if !metadata.is_file() || metadata.permissions().mode() & 0o111 == 0 {
        return Err(no_program("it is no executable file".to_owned()));
    }
    let output = Command::new(&program).arg("--version").output();
    let output = output.map_err(|error| no_program(format!("it does not run, {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    match version(&said) {
        Some(version) if output.status.success() => Ok((program, version.to_owned())),
        _ => Err(no_program(format!(
            "it does not answer --version like uv ({}, `{}`)",
            output.status,
            said.lines().next().unwrap_or_default()
        ))),
    }
}

/// The version in `uv 0.13.9 (x86_64-unknown-linux-gnu)`.
fn version(said: &str) -> Option<&str> {
    let version = said.strip_prefix("uv ")?.split_whitespace().next()?;
    version.starts_with(|first: char| first.is_ascii_digit()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::store::script::script;

    fn program(directory: &Path, text: &str, mode: u32) -> PathBuf {
        let path = directory.join("program");
        script(&path, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_version_is_the_second_word() {
        assert_eq!(version("uv 0.1.7\n"), Some("0.1.7"));
        assert_eq!(version("uv 0.13.9 (x86_64-unknown-linux-gnu)\n"), Some("0.13.9"));
        assert_eq!(version("uv 0.6.1+4 (abc 2025-02-17)"), Some("0.6.1+4"));
        assert_eq!(version("uvx 1.0"), None);
        assert_eq!(version("uv is a tool"), None);
    }

    #[test]
    fn a_program_is_asked_for_its_version() {
        let directory = tempfile::tempdir().unwrap();
        let path = program(directory.path(), "#!/bin/sh\necho \"uv 7.0 ($1)\"\n", 0o755);
        std::os::unix::fs::symlink(&path, directory.path().join("link")).unwrap();
        let (program, version) = examine(&directory.path().join("link")).unwrap();
        assert_eq!((program, version), (path.canonicalize().unwrap(), "7.0".to_owned()));
    }

    #[test]
    fn what_is_no_program_is_refused_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let problem = |path: &Path| match examine(path).unwrap_err() {
            StoreError::NoProgram { problem, .. } => problem,
            other => panic!("{other}"),
        };
        assert_eq!(problem(Path::new("/nowhere/uv")), "No such file or directory (os error 2)");
        assert_eq!(problem(directory.path()), "it is no executable file");
        assert_eq!(problem(&program(directory.path(), "", 0o644)), "it is no executable file");
        let other = program(directory.path(), "#!/bin/sh\necho pnpm 1\nexit 3\n", 0o755);
        assert_eq!(problem(&other), "it does not answer --version like uv (exit status: 3, `pnpm 1`)");
    }
}
