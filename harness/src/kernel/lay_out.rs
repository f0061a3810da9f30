//! What an agent lays out for its cells: the package, the programs, and the directories around cache and target.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::filesystem::{self, SetupError, own};
use crate::linker::{Linker, Place, User};
use crate::package::Form;

/// The package in these forms, each made once per agent.
pub fn package(place: &Place, forms: &[Form]) -> Result<(), SetupError> {
    for form in forms {
        let at = place.form(*form);
        if !at.exists() {
            fs::create_dir_all(&at).map_err(SetupError::failed("create", &at))?;
            form.write(place.contents(), &at)?;
        }
    }
    Ok(())
}

/// The linker's program, or the directory that it is in, and what it was fetched with, each with the name under which every user
/// reaches it.
pub fn programs<'a>(place: &Place, linker: &'a Linker) -> impl Iterator<Item = (&'a Path, PathBuf)> {
    let program = linker.program.iter().map(|program| (program.as_path(), place.linker()));
    let tools = linker.tools.iter().map(|(name, tool)| (tool.as_path(), place.program(name)));
    program.chain(tools)
}

/// Shows these programs under these names.
pub fn show_programs(place: &Place, linker: &Linker) -> Result<(), SetupError> {
    programs(place, linker).filter(|(_, at)| !at.exists()).try_for_each(|(program, at)| show(program, &at))
}

fn show(program: &Path, at: &Path) -> Result<(), SetupError> {
    let directory = program.is_dir();
    let created = if directory { fs::create_dir(at) } else { fs::File::create(at).map(drop) };
    created.map_err(SetupError::failed("create", at))?;
    filesystem::show(program, at).or_else(|error| {
        let removed = if directory { fs::remove_dir(at) } else { fs::remove_file(at) };
        removed.map_err(SetupError::failed("remove", at))?;
        Err(error)
    })
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

/// These files, with the directories that they are in, in a directory, which is made if it is not there. A server may take root for
/// nobody: whoever calls this acts as the user whose files these are.
pub fn target<T: AsRef<[u8]>>(directory: &Path, files: &[(String, T)]) -> Result<(), SetupError> {
    // Not `create_dir_all()`: NFS can say EACCES of a directory that is there.
    let make = |path: &Path| {
        if path.exists() { Ok(()) } else { fs::create_dir(path).map_err(SetupError::failed("create", path)) }
    };
    make(directory)?;
    for (name, bytes) in files {
        let mut inside = directory.to_path_buf();
        for part in Path::new(name).parent().into_iter().flatten() {
            inside.push(part);
            make(&inside)?;
        }
        let path = directory.join(name);
        fs::write(&path, bytes).map_err(SetupError::failed("write", &path))?;
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
