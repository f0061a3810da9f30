//! Programs at paths of ours, without a mount.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::filesystem::SetupError;
use crate::kernel::lay_out;
use crate::linker::{Linker, Place, User};

/// Puts the linker's program, and exdev's own, where the linker's user finds them. `own` is who we are: what another user may not
/// reach, they get a copy of.
///
/// # Errors
/// There is no such program, or no room for it.
pub fn offer(place: &Place, linker: &Linker, user: User, own: User) -> Result<(), SetupError> {
    let exdev = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
    let exdev = (exdev.as_path(), place.program(Place::EXDEV));
    for (program, at) in [exdev].into_iter().chain(lay_out::programs(place, linker)).filter(|(_, at)| !at.exists()) {
        if let Some(directory) = at.parent() {
            fs::create_dir_all(directory).map_err(SetupError::failed("create", directory))?;
        }
        let shown = if user == own { symlink(program, &at) } else { copy(program, &at) };
        shown.map_err(SetupError::failed("create", &at))?;
    }
    Ok(())
}

/// Copies a file, or a directory with all that is in it; symlinks stay symlinks.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_symlink() {
        return symlink(fs::read_link(from)?, to);
    }
    if !metadata.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    fs::set_permissions(to, metadata.permissions())
}
