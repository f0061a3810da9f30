//! The programs that make filesystems: found, run, and their last words kept.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::SetupError;
use crate::linker::Place;
use crate::linker::store::cache_dir;

/// How much of a failed program's complaint is passed on; help texts can be long.
const MOST_LINES: usize = 4;

/// Runs a program with `arguments` and then `path`.
///
/// # Errors
/// It is not installed, or it failed.
pub fn run(program: &'static str, arguments: &[&str], path: &Path) -> Result<(), SetupError> {
    let output = Command::new(find(program)?)
        .args(arguments)
        .arg(path)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(SetupError::failed("run", program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST_LINES).collect();
    let said = if said.is_empty() { "it said nothing".to_owned() } else { said.join("; ") };
    Err(SetupError::Program { program, path: path.to_path_buf(), said })
}

/// Where scripts/setup unpacks programs: in an agent, where every user reaches them.
#[must_use]
pub fn unpacked() -> Option<PathBuf> {
    let shown = PathBuf::from(Place::UNPACKED);
    if shown.is_dir() { Some(shown) } else { Some(cache_dir().ok()?.join("tools")) }
}

/// Where the libraries of python3 are, if it was unpacked: a virtual environment starts it without the wrapper that knows.
#[must_use]
pub fn libraries() -> Option<OsString> {
    let unpacked = unpacked()?;
    find("python3").ok().filter(|python| python.starts_with(&unpacked))?;
    let folders = ["root/lib", "root/usr/lib"].map(|folder| unpacked.join(folder));
    let entries = folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
    let of_machine = |path: &PathBuf| path.to_string_lossy().ends_with("-linux-gnu");
    env::join_paths(entries.map(|entry| entry.path()).filter(of_machine)).ok()
}

/// Where a program is: where a Debian system keeps its own, where scripts/setup unpacks them, or on the path.
///
/// # Errors
/// It is nowhere.
pub fn find(program: &str) -> Result<PathBuf, SetupError> {
    let path = env::var_os("PATH").unwrap_or_default();
    ["/usr/bin", "/usr/sbin", "/bin", "/sbin"]
        .map(PathBuf::from)
        .into_iter()
        .chain(unpacked().map(|unpacked| unpacked.join("bin")))
        .chain(env::split_paths(&path))
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
        .ok_or_else(|| SetupError::not_here(format!("{program} is not installed"), "run scripts/setup"))
}
