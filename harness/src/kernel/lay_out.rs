//! What an agent lays out for its cells: the package, the programs, and the directories around cache and target.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use crate::filesystem::{self, SetupError};
use crate::linker::{Linker, Place, User};
use crate::package::{Package, wheel};

/// The name of exdev itself among the programs.
pub const EXDEV: &str = "exdev";

/// The package as a tree and as a wheel, made once per agent.
pub fn package(place: Place, package: &Package) -> Result<(), SetupError> {
    if place.package().exists() {
        return Ok(());
    }
    let create = |path: &Path| fs::create_dir_all(path).map_err(SetupError::failed("create", path));
    create(&place.tree())?;
    create(&place.wheels())?;
    package.write(&place.tree())?;
    wheel(package, &place.wheels())?;
    Ok(())
}

/// exdev itself and the linker's program, under names that every user can reach.
pub fn programs(linker: &Linker) -> Result<(), SetupError> {
    let own = std::env::current_exe().map_err(SetupError::failed("find", "/proc/self/exe"))?;
    let programs = [Some((own, EXDEV.to_owned())), linker.program.clone().map(|path| (path, linker.program_name()))];
    for (from, name) in programs.into_iter().flatten() {
        let at = Path::new(Place::PROGRAMS).join(name);
        if !at.exists() {
            fs::File::create(&at).map_err(SetupError::failed("create", &at))?;
            filesystem::show(&from, &at)?;
        }
    }
    for name in linker.adapter().needs() {
        let at = Path::new(Place::PROGRAMS).join(name);
        if !at.exists() {
            // A link rather than a bind mount: an interpreter finds its library from where its program really is.
            symlink(filesystem::find(name)?, &at).map_err(SetupError::failed("create", &at))?;
        }
    }
    Ok(())
}

/// Home and temporary directories, empty and owned by the linker's user.
pub fn directories(place: Place, user: User) -> Result<(), SetupError> {
    for directory in [place.home(), place.temporary(), place.throwaway()] {
        empty(directory)?;
        fs::create_dir(directory).map_err(SetupError::failed("create", directory))?;
        chown(directory, Some(user.uid), Some(user.gid))
            .map_err(SetupError::failed("change the owner of", directory))?;
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
