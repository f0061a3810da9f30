//! Programs that the system has. None is fetched.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::filesystem;
use crate::linker::{Source, Wanted};

use super::error::StoreError;
use super::program::{Program, examine, toolchain};

/// The program of this name, if it is of the version that is wanted.
pub(super) fn installed(program: &'static str, wanted: &Wanted) -> Result<Program, StoreError> {
    let nowhere = |_| StoreError::NotInstalled { program, said: "it is in no directory of programs".to_owned() };
    let path = filesystem::find(program).map_err(nowhere)?;
    let found = examine(&path, Source::System { program })?;
    is_wanted(program, &found, wanted)?;
    Ok(found)
}

/// The Rust toolchain, if it is of the version that is wanted.
pub(super) fn rust(wanted: &Wanted) -> Result<Program, StoreError> {
    let found = toolchain(&sysroot()?)?;
    is_wanted("cargo", &found, wanted)?;
    Ok(found)
}

/// Where the toolchain is: rustup has proxies for its programs.
fn sysroot() -> Result<PathBuf, StoreError> {
    let missing = |said: String| StoreError::NotInstalled { program: "cargo", said };
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain(home.map(|home| home.join("bin")));
    let rustc = directories.map(|directory| directory.join("rustc")).find(|path| path.is_file());
    let rustc = rustc.ok_or_else(|| missing("there is no rustc on the search path, nor in ~/.cargo/bin".to_owned()))?;
    let output = Command::new(&rustc).args(["--print", "sysroot"]).current_dir("/").output();
    let output = output.map_err(|error| missing(format!("{} does not run, {error}", rustc.display())))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(said.trim()).is_dir() {
        return Ok(PathBuf::from(said.trim()));
    }
    Err(missing(format!("{} names no sysroot, {}", rustc.display(), output.status)))
}

fn is_wanted(program: &'static str, found: &Program, wanted: &Wanted) -> Result<(), StoreError> {
    let Program { path, version } = found;
    let (path, version) = (path.clone(), version.clone());
    match wanted {
        Wanted::Version(wanted) if *wanted != version => {
            Err(StoreError::OtherVersion { program, wanted: wanted.clone(), version, path })
        }
        Wanted::Latest => Err(StoreError::NoLatest { program, version, path }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_the_system_is_of_the_version_that_it_is() {
        let cp = installed("cp", &Wanted::Pinned).unwrap();
        assert!(cp.path.is_absolute());
        assert_eq!(installed("cp", &Wanted::Version(cp.version.clone())).unwrap(), cp);
        let path = cp.path.display();
        assert_eq!(
            installed("cp", &Wanted::Version("0.1".to_owned())).unwrap_err().to_string(),
            format!(
                "cp 0.1 is not what this machine has (cp {} in {path}); \
                 name a program by its path, like cp@/opt/cp/bin/cp",
                cp.version
            )
        );
        assert_eq!(
            installed("cp", &Wanted::Latest).unwrap_err().to_string(),
            format!(
                "there is no cp@latest, for cp is not fetched; this machine has {} in {path}: write cp, \
                 or name one by its path, like cp@/opt/cp/bin/cp",
                cp.version
            )
        );
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        assert_eq!(
            installed("exdev-nothing", &Wanted::Pinned).unwrap_err().to_string(),
            "exdev-nothing is not on this machine (it is in no directory of programs); install it, \
             or name it by its path, like exdev-nothing@/opt/exdev-nothing"
        );
    }

    #[test]
    fn the_toolchain_that_builds_this_is_found() {
        let rust = rust(&Wanted::Pinned).unwrap();
        assert!(rust.path.join("bin/cargo").is_file());
    }
}
