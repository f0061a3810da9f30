//! A program that a person names by its path.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::linker::{Npm, Source};

use super::error::StoreError;

/// A program that is there already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// Its canonical path, or that of the directory that it is in.
    pub(super) path: PathBuf,
    /// The version that it states.
    pub(super) version: String,
}

/// The program at this path, if it is one of this source.
pub(super) fn examine(path: &Path, source: Source) -> Result<Program, StoreError> {
    match source {
        Source::Wheel { project: name } | Source::System { program: name } => executable(path, name),
        Source::BuiltIn { .. } | Source::Described => executable(path, "exdev"),
        Source::Npm(npm) => of_npm(path, npm),
        Source::Python { project } => modules(path, project),
        Source::Toolchain => toolchain(path),
    }
}

fn executable(path: &Path, name: &str) -> Result<Program, StoreError> {
    let instead = format!("an executable file, like {name}@/usr/bin/{name}");
    let no_program = |problem: String| refused(path, problem, &instead);
    let program = path.canonicalize().map_err(|error| no_program(error.to_string()))?;
    let metadata = fs::metadata(&program).map_err(|error| no_program(error.to_string()))?;
    if !metadata.is_file() || metadata.permissions().mode() & 0o111 == 0 {
        return Err(no_program("it is no executable file".to_owned()));
    }
    // Some take the version that a project asks for instead of their own.
    let output = Command::new(&program).arg("--version").current_dir("/").output();
    let output = output.map_err(|error| no_program(format!("it does not run, {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    match version(&said, name) {
        Some(version) if output.status.success() => Ok(Program { path: program, version: version.to_owned() }),
        _ => Err(no_program(format!(
            "it does not answer --version like {name} ({}, `{}`)",
            output.status,
            said.lines().next().unwrap_or_default()
        ))),
    }
}

/// A program of npm's is one file, or else it is in the directory of its package.
fn of_npm(path: &Path, npm: Npm) -> Result<Program, StoreError> {
    let Program { path: program, version } = executable(path, npm.name)?;
    let parcel = (npm.parcel)(&version);
    if parcel.runtime.is_none() {
        return Ok(Program { path: program, version });
    }
    let package = program.ancestors().find(|directory| directory.join(parcel.program) == program);
    let problem = || format!("it is not {} of the package {}", parcel.program, parcel.package);
    let instead = format!("that file of an unpacked {} {version}", parcel.package);
    let package = package.ok_or_else(|| refused(path, problem(), &instead))?;
    Ok(Program { path: package.to_owned(), version })
}

/// Python programs have what they import in the directory `lib`.
fn modules(path: &Path, project: &str) -> Result<Program, StoreError> {
    let instead = format!("the directory DIR of `python3 -m pip install --target DIR/lib {project}`");
    let directory = path.canonicalize().map_err(|error| refused(path, error.to_string(), &instead))?;
    let start = format!("{}-", project.replace('-', "_"));
    let version = |name: &str| name.strip_prefix(&start)?.strip_suffix(".dist-info").map(str::to_owned);
    let entries = directory.join("lib").read_dir().into_iter().flatten().flatten();
    let version = entries.map(|entry| entry.file_name()).find_map(|name| version(name.to_str()?));
    let problem = || format!("it has no lib/{start}VERSION.dist-info");
    let version = version.ok_or_else(|| refused(path, problem(), &instead))?;
    Ok(Program { path: directory, version })
}

/// The Rust toolchain in this directory, by the version of its cargo.
pub(super) fn toolchain(path: &Path) -> Result<Program, StoreError> {
    let [cargo, rustc] = ["cargo", "rustc"].map(|name| executable(&path.join("bin").join(name), name));
    let problem = |name: &'static str| {
        let instead = "what `rustc --print sysroot` names, like cargo@/usr";
        move |_| refused(path, format!("bin/{name} in it is not there, or does not run"), instead)
    };
    let version = cargo.map_err(problem("cargo"))?.version;
    rustc.map_err(problem("rustc"))?;
    Ok(Program { path: path.to_owned(), version })
}

fn refused(path: &Path, problem: String, instead: &str) -> StoreError {
    StoreError::NoProgram { path: path.to_owned(), problem, instead: instead.to_owned() }
}

/// The version in `uv 0.13.9 (x86_64-unknown-linux-gnu)`, `PDM, version 2.22.0`, `cp (GNU coreutils) 9.1`, `10.2.3`: the first word
/// that begins with a digit, behind the program's name or alone.
fn version<'a>(said: &'a str, name: &str) -> Option<&'a str> {
    let words = |text: &'a str| {
        let words = text.split(|c: char| c.is_whitespace() || "'\"(),:".contains(c)).filter(|word| !word.is_empty());
        words.map(|word| (word, word.starts_with(|first: char| first.is_ascii_digit())))
    };
    if let [(bare, true)] = words(said.lines().next()?).collect::<Vec<_>>()[..] {
        return Some(bare);
    }
    let mut words = words(said);
    let (first, _) = words.next()?;
    // ostree names its library.
    let first = first.strip_prefix("lib").filter(|_| !name.starts_with("lib")).unwrap_or(first);
    first.eq_ignore_ascii_case(name).then(|| words.find(|(_, is_version)| *is_version)).flatten().map(|(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::store::bench::YARN;
    use crate::linker::store::script::script;

    const UV: Source = Source::Wheel { project: "uv" };

    fn program(directory: &Path, text: &str, mode: u32) -> PathBuf {
        let path = directory.join("program");
        script(&path, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn refusal(path: &Path, source: Source) -> String {
        examine(path, source).unwrap_err().to_string()
    }

    #[test]
    fn a_version_stands_behind_the_name_or_alone() {
        for (name, said, expected) in [
            ("uv", "uv 0.1.7\n", Some("0.1.7")),
            ("uv", "uv 0.13.9 (x86_64-unknown-linux-gnu)\n", Some("0.13.9")),
            ("uv", "uv 0.6.1+4 (abc 2025-02-17)", Some("0.6.1+4")),
            ("uv", "uvx 1.0", None),
            ("uv", "uv is a tool", None),
            ("uv", "", None),
            ("pnpm", "10.2.3\n", Some("10.2.3")),
            ("pnpm", "12 monkeys\n", None),
            ("deno", "deno 2.1.0 (stable, release)\nv8 13.0\n", Some("2.1.0")),
            ("pdm", "PDM, version 2.22.0\n", Some("2.22.0")),
            ("git", "git version 2.39.5\n", Some("2.39.5")),
            ("rsync", "rsync  version 3.2.7  protocol version 31\n", Some("3.2.7")),
            ("cp", "cp (GNU coreutils) 9.1\nCopyright (C) 2022\n", Some("9.1")),
            ("ostree", "libostree:\n Version: '2022.7'\n Git: abc\n", Some("2022.7")),
            ("ccache", "ccache version 4.8+debian\n", Some("4.8+debian")),
        ] {
            assert_eq!(version(said, name), expected, "{said}");
        }
    }

    #[test]
    fn a_program_is_asked_for_its_version() {
        let directory = tempfile::tempdir().unwrap();
        let path = program(directory.path(), "#!/bin/sh\necho \"uv 7.0 ($1)\"\n", 0o755);
        std::os::unix::fs::symlink(&path, directory.path().join("link")).unwrap();
        let found = examine(&directory.path().join("link"), UV).unwrap();
        assert_eq!(found, Program { path: path.canonicalize().unwrap(), version: "7.0".to_owned() });
    }

    #[test]
    fn what_is_no_program_is_refused_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let refused = |path: &Path, problem: &str| {
            let instead = "name an executable file, like uv@/usr/bin/uv";
            assert_eq!(refusal(path, UV), format!("{} cannot be tested: {problem}; {instead}", path.display()));
        };
        refused(Path::new("/nowhere/uv"), "No such file or directory (os error 2)");
        refused(directory.path(), "it is no executable file");
        refused(&program(directory.path(), "", 0o644), "it is no executable file");
        let other = program(directory.path(), "#!/bin/sh\necho pnpm 1\nexit 3\n", 0o755);
        refused(&other, "it does not answer --version like uv (exit status: 3, `pnpm 1`)");
    }

    #[test]
    fn a_script_of_npm_is_its_package() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir(root.join("bin")).unwrap();
        let [inside, outside] = [root.join("bin/yarn.js"), root.join("yarn.js")];
        for path in [&inside, &outside] {
            script(path, "#!/bin/sh\necho 4.1.0\n");
        }
        let found = examine(&inside, Source::Npm(YARN)).unwrap();
        assert_eq!(found, Program { path: root, version: "4.1.0".to_owned() });
        assert_eq!(
            refusal(&outside, Source::Npm(YARN)),
            format!(
                "{} cannot be tested: it is not bin/yarn.js of the package @yarnpkg/cli-dist; \
                 name that file of an unpacked @yarnpkg/cli-dist 4.1.0",
                outside.display()
            )
        );
    }

    #[test]
    fn a_python_program_is_a_directory_of_modules() {
        let directory = tempfile::tempdir().unwrap();
        let (path, source) = (directory.path().canonicalize().unwrap(), Source::Python { project: "py-rattler" });
        assert_eq!(
            refusal(&path, source),
            format!(
                "{} cannot be tested: it has no lib/py_rattler-VERSION.dist-info; \
                 name the directory DIR of `python3 -m pip install --target DIR/lib py-rattler`",
                path.display()
            )
        );
        fs::create_dir_all(path.join("lib/py_rattler-0.28.0.dist-info")).unwrap();
        let found = examine(&path, source).unwrap();
        assert_eq!(found, Program { path, version: "0.28.0".to_owned() });
    }

    #[test]
    fn a_toolchain_has_both_programs() {
        let directory = tempfile::tempdir().unwrap();
        let bin = directory.path().join("bin");
        fs::create_dir(&bin).unwrap();
        script(&bin.join("cargo"), "#!/bin/sh\necho 'cargo 1.89.0 (abc 2025-06-23)'\n");
        assert_eq!(
            refusal(directory.path(), Source::Toolchain),
            format!(
                "{} cannot be tested: bin/rustc in it is not there, or does not run; \
                 name what `rustc --print sysroot` names, like cargo@/usr",
                directory.path().display()
            )
        );
        script(&bin.join("rustc"), "#!/bin/sh\necho 'rustc 1.89.0 (def 2025-08-04)'\n");
        let found = examine(directory.path(), Source::Toolchain).unwrap();
        assert_eq!(found, Program { path: directory.path().to_owned(), version: "1.89.0".to_owned() });
    }
}
