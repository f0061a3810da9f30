//! Where the guest kernel is: in the system, or where scripts/setup unpacks it.

use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::geteuid;

use crate::filesystem::{RUN_AS_ROOT, SetupError, find};
use crate::linker::store::cache_dir;

/// The processor that Debian's guest kernel is made for.
const ARCHITECTURE: &str = "x86_64";

/// A guest kernel.
#[derive(Debug)]
pub struct Installed {
    /// The program.
    pub program: PathBuf,
    /// The folder of its modules, which is named after its release.
    pub modules: PathBuf,
}

/// Finds the guest kernel.
///
/// # Errors
/// There is none for this processor, or none installed.
pub fn installed() -> Result<Installed, SetupError> {
    if ARCH != ARCHITECTURE {
        return Err(SetupError::not_here(
            format!("the guest kernel is for {ARCHITECTURE} only, and this machine is {ARCH}"),
            without(),
        ));
    }
    let missing = |what: &str| {
        let mend = format!("run scripts/setup; where that finds no guest kernel (as on Ubuntu), {}", without());
        SetupError::not_here(format!("{what} not installed"), mend)
    };
    let program = find("linux.uml").map_err(|_| missing("the guest kernel (linux.uml) is"))?;
    let unpacked = cache_dir().ok().map(|cache| cache.join("tools/root/usr/lib/uml/modules"));
    let folders = [Some(PathBuf::from("/usr/lib/uml/modules")), unpacked];
    let release = release(&program);
    let folders = || folders.iter().flatten();
    let exact = release.and_then(|release| folders().map(|folder| folder.join(&release)).find(|it| is_indexed(it)));
    let modules = exact.or_else(|| folders().find_map(|folder| any(folder)));
    Ok(Installed { program, modules: modules.ok_or_else(|| missing("the modules of the guest kernel are"))? })
}

/// What the kernel says that it is. One that cannot be executed says nothing; why it cannot is seen when it is booted.
fn release(program: &Path) -> Option<String> {
    let said = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    Some(said.trim().to_owned()).filter(|release| !release.is_empty())
}

/// The modules of some release, which modprobe will say do not fit if they do not.
fn any(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(|modules| is_indexed(modules))
}

fn is_indexed(modules: &Path) -> bool {
    modules.join("modules.dep").is_file()
}

/// What mends it that there can be no guest.
pub fn without() -> &'static str {
    if geteuid().is_root() { "run exdev where the host's kernel has what is missing" } else { RUN_AS_ROOT }
}
