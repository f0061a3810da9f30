//! Programs at paths of ours, without a mount.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::filesystem::SetupError;
use crate::linker::{Linker, Place, User};

/// Puts the linker's program, and exdev's own, where the linker's user finds them. `own` is who we are: what another user may not
/// reach, they get a copy of.
///
/// # Errors
/// There is no such program, or no room for it.
pub fn offer(place: &Place, linker: &Linker, user: User, own: User) -> Result<(), SetupError> {
    let exdev = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
    let programs = [(Some(&exdev), Place::EXDEV.to_owned()), (linker.program.as_ref(), linker.program_name())];
    for (program, name) in programs {
        let at = place.program(&name);
        let Some(program) = program.filter(|_| !at.exists()) else { continue };
        if let Some(directory) = at.parent() {
            fs::create_dir_all(directory).map_err(SetupError::failed("create", directory))?;
        }
        show(program, &at, user, own)?;
    }
    Ok(())
}

fn show(program: &Path, at: &Path, user: User, own: User) -> Result<(), SetupError> {
    let shown = if user == own { symlink(program, at) } else { fs::copy(program, at).map(drop) };
    shown.map_err(SetupError::failed("create", at))
}
