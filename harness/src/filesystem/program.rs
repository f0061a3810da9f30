//! The programs that make filesystems: found, run, and their last words kept.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::SetupError;

/// Runs a program with `arguments` and then `path`.
///
/// # Errors
/// It is not installed, or it failed.
pub fn run(program: &'static str, arguments: &[&str], path: &Path) -> Result<(), SetupError> {
    let file = find(program)
        .ok_or_else(|| SetupError::not_here(format!("{program} is not installed"), "run scripts/setup"))?;
    let output = Command::new(file)
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
    let said = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned();
    Err(SetupError::Program { program, path: path.to_path_buf(), said })
}

/// Where a program is: on the path, where Debian keeps an administrator's programs, or where scripts/setup unpacks them.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let unpacked = crate::linker::store::cache_dir().ok().map(|cache| cache.join("tools/bin"));
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .chain(unpacked)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}
