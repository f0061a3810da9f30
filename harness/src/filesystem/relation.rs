//! What makes one filesystem's two ends differ: ids, projects, attributes, owners.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use linux_raw_sys::general::{FS_IMMUTABLE_FL, FS_NOCOW_FL, FS_XFLAG_PROJINHERIT};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, pause};

use super::error::{RUN_AS_ROOT, SetupError};
use super::links;
use super::mount::Mount;
use super::power::Power;
use crate::errno::Errno;
use crate::linker::User;
use crate::pairing::Relation;
use crate::sys;

/// The project of a target that has another one than its cache.
const PROJECT: u32 = 4711;

/// What targets are encrypted with. It is no secret.
const KEY: [u8; 64] = [0x65; 64];

/// What is stored on disk is this much less than what an id-mapped mount shows.
const SHIFT: u32 = 40_000;

/// Refuses a relation that only root can make.
pub fn needs_root(relation: Relation, power: Power) -> Result<(), SetupError> {
    match power {
        Power::Root => Ok(()),
        Power::UserNamespace | Power::None => {
            Err(SetupError::not_here(format!("only root can make `+{relation}` on the host kernel"), RUN_AS_ROOT))
        }
    }
}

/// Gives the cached files to another user, whose files may not be hard linked where `fs.protected_hardlinks` is set.
pub fn give_away(cached: &[PathBuf], power: Power) -> Result<(), SetupError> {
    const SETTING: &str = "/proc/sys/fs/protected_hardlinks";
    needs_root(Relation::Owner, power)?;
    let setting = fs::read_to_string(SETTING).map_err(SetupError::failed("read", SETTING))?;
    if setting.trim() != "1" {
        return Err(SetupError::not_here(
            "fs.protected_hardlinks is off on this machine",
            "sysctl -w fs.protected_hardlinks=1",
        ));
    }
    for file in cached {
        chown(file, Some(User::OTHER.uid), Some(User::OTHER.gid))
            .map_err(SetupError::failed("change the owner of", file))?;
    }
    Ok(())
}

/// Makes one of the cached files immutable.
pub fn make_immutable(cached: &[PathBuf], power: Power) -> Result<(), SetupError> {
    needs_root(Relation::Immutable, power)?;
    middle(cached).map_or(Ok(()), |file| add_flag(file, FS_IMMUTABLE_FL))
}

/// Gives one of the cached files all the links that it can have. The links are on its filesystem, of which `root` is the
/// directory that holds cache and target, but in neither of the two.
pub fn use_up_links(cached: &[PathBuf], root: &Path) -> Result<(), SetupError> {
    middle(cached).map_or(Ok(()), |file| links::use_up(file, &root.join("links")))
}

/// The file in the middle: neither the first, which decides for many linkers, nor the last.
fn middle(cached: &[PathBuf]) -> Option<&PathBuf> {
    cached.get(cached.len() / 2)
}

/// Makes what is created in the directory nocow.
pub fn set_nocow(directory: &Path) -> Result<(), SetupError> {
    add_flag(directory, FS_NOCOW_FL)
}

/// Has everything that is created in the directory encrypted.
pub fn encrypt(directory: &Path) -> Result<(), SetupError> {
    // The cipher is looked for when the first file is made.
    let first = directory.join("first");
    let encrypt = || {
        sys::encrypt(&File::open(directory)?, KEY)?;
        File::create_new(&first)?;
        fs::remove_file(&first)
    };
    encrypt().map_err(|error| match Errno::from(&error) {
        Errno::EOPNOTSUPP | Errno::ENOTTY | Errno::ENOPKG => SetupError::not_here(
            "this kernel has no encrypted directories on this filesystem",
            "use a kernel with CONFIG_FS_ENCRYPTION and AES in XTS mode",
        ),
        _ => SetupError::failed("encrypt", directory)(error),
    })
}

/// Gives the directory, and what is created in it, another project ID.
pub fn set_project(directory: &Path) -> Result<(), SetupError> {
    let set = || {
        let file = File::open(directory)?;
        let mut attributes = sys::extended_attributes(&file)?;
        attributes.fsx_projid = PROJECT;
        attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
        sys::set_extended_attributes(&file, attributes)
    };
    set().map_err(|error| match Errno::from(&error) {
        Errno::EOPNOTSUPP | Errno::ENOTTY => {
            SetupError::not_here("this kernel has no project IDs on this filesystem", "use a kernel with CONFIG_QUOTA")
        }
        _ => SetupError::failed("set the project ID of", directory)(error),
    })
}

/// Mounts a directory over itself with other ids on disk than are seen.
pub fn id_mapped(directory: &Path, user: User, power: Power) -> Result<Mount, SetupError> {
    needs_root(Relation::Idmap, power)?;
    let failed = |error: io::Error| SetupError::failed("make a user namespace for", directory)(error);
    let on_disk = |id: u32| id.checked_sub(SHIFT).unwrap_or(id + SHIFT);
    chown(directory, Some(on_disk(user.uid)), Some(on_disk(user.gid)))
        .map_err(SetupError::failed("change the owner of", directory))?;
    Mount::id_mapped(directory, &user_namespace().map_err(failed)?)
}

fn add_flag(path: &Path, flag: u32) -> Result<(), SetupError> {
    let add = || {
        let file = File::open(path)?;
        sys::set_inode_flags(&file, sys::inode_flags(&file)? | flag)
    };
    add().map_err(|error| match Errno::from(&error) {
        Errno::EOPNOTSUPP | Errno::ENOTTY => {
            SetupError::not_here("this filesystem has no such attribute in this kernel", "use a newer kernel")
        }
        _ => SetupError::failed("change the attributes of", path)(error),
    })
}

/// A user namespace in which the ids are shifted; it lives as long as the file that names it.
fn user_namespace() -> io::Result<File> {
    let (mut ready, mut say) = io::pipe()?;
    let child = match sys::fork()? {
        ForkResult::Child => {
            let entered = unshare(CloneFlags::CLONE_NEWUSER).is_ok();
            let _ = say.write_all(&[u8::from(entered)]);
            loop {
                pause();
            }
        }
        ForkResult::Parent { child } => child,
    };
    drop(say);
    let mut entered = [0];
    let made = ready
        .read_exact(&mut entered)
        .and_then(|()| if entered == [0] { Err(io::ErrorKind::PermissionDenied.into()) } else { shifted(child) });
    let _ = kill(child, Signal::SIGKILL);
    let _ = waitpid(child, None);
    made
}

fn shifted(process: Pid) -> io::Result<File> {
    // On disk 0 and up shows as SHIFT and up; root, which would have nowhere to go, is the one above.
    let map = format!("0 {SHIFT} {count}\n{SHIFT} 0 1\n", count = 65_536 - SHIFT);
    fs::write(format!("/proc/{process}/uid_map"), &map)?;
    fs::write(format!("/proc/{process}/gid_map"), &map)?;
    File::open(format!("/proc/{process}/ns/user"))
}
