//! What an agent lays out for its cells: the package, the programs, and the directories around cache and target.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::filesystem::{self, SetupError, own};
use crate::linker::{Linker, Place, User};
use crate::package::wheel;

/// The package as a tree and as a wheel, made once per agent.
pub fn package(place: &Place) -> Result<(), SetupError> {
    if place.package().exists() {
        return Ok(());
    }
    let create = |path: &Path| fs::create_dir_all(path).map_err(SetupError::failed("create", path));
    let package = place.contents();
    create(&place.tree())?;
    create(&place.wheels())?;
    package.write(&place.tree())?;
    wheel(package, &place.wheels())?;
    Ok(())
}

/// The linker's program, under a name that every user can reach.
pub fn program(place: &Place, linker: &Linker) -> Result<(), SetupError> {
    if let Some(program) = &linker.program {
        let at = place.program(&linker.program_name());
        if !at.exists() {
            fs::File::create(&at).map_err(SetupError::failed("create", &at))?;
            if let Err(error) = filesystem::show(program, &at) {
                fs::remove_file(&at).map_err(SetupError::failed("remove", &at))?;
                return Err(error);
            }
        }
    }
    Ok(())
}

/// The programs that the linker needs.
pub fn needs(place: &Place, linker: &Linker) -> Result<(), SetupError> {
    for name in linker.adapter().needs() {
        let at = place.program(name);
        if !at.exists() {
            // A link rather than a bind mount: an interpreter finds its library from where its program really is.
            symlink(filesystem::find(name)?, &at).map_err(SetupError::failed("create", &at))?;
        }
    }
    Ok(())
}

/// Home and temporary directories, empty and owned by the linker's user.
pub fn directories(place: &Place, user: User) -> Result<(), SetupError> {
    for directory in [place.home(), place.temporary(), place.throwaway()] {
        empty(&directory)?;
        fs::create_dir(&directory).map_err(SetupError::failed("create", &directory))?;
        own(&directory, user)?;
    }
    Ok(())
}

/// Removes a directory with all that is in it, if it is there.
pub fn empty(directory: &Path) -> Result<(), SetupError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(SetupError::failed("remove", directory)(error))
        }
        _ => Ok(()),
    }
}
