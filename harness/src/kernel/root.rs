//! The agent's own root directory: the host's directories, read-only, beside a tmpfs that holds everything exdev makes.
//!
//! Invariant: from here nothing of the host can be written to, and every path under `/exdev` is the same on every machine.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::sched::{CloneFlags, setns};
use rustix::fs::CWD;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_change, move_mount,
    open_tree, unmount,
};
use rustix::process::{chdir, pivot_root};

use crate::filesystem::{SetupError, unpacked};
use crate::linker::Place;
use crate::sys;

/// Where the new root is built: a directory that every Linux has. What is there is out of sight only until the root changes.
const BUILDING_SITE: &str = "/proc";

/// Builds the new root and moves into it. `exdev` is our own program, and `scratch` is how much memory the root may use, as
/// tmpfs(5) understands it.
pub fn enter(exdev: &Path, scratch: &str) -> Result<(), SetupError> {
    let site = Path::new(BUILDING_SITE);
    let old_proc = clone_tree(site)?;
    let exdev = clone_tree(exdev)?;
    let unpacked = unpacked().filter(|unpacked| unpacked.is_dir()).map(|unpacked| clone_tree(&unpacked)).transpose()?;
    let entries = entries()?;
    leave_chroot().map_err(SetupError::failed("return to the mount namespace's root from", "/"))?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(|errno| SetupError::failed("make the mounts private below", "/")(errno.into()))?;
    let options = std::ffi::CString::new(format!("mode=755,size={scratch}"))
        .map_err(|error| SetupError::failed("mount a tmpfs on", site)(error.into()))?;
    mount("tmpfs", site, "tmpfs", MountFlags::NOSUID, Some(options.as_c_str()))
        .map_err(|errno| SetupError::failed("mount a tmpfs on", site)(errno.into()))?;
    for (name, entry) in entries {
        let at = site.join(name);
        entry.put(&at).map_err(SetupError::failed("build", &at))?;
    }
    make_own(site)?;
    if let Some(unpacked) = unpacked {
        let at = inside(site, Path::new(Place::UNPACKED));
        Entry::Directory(unpacked).put(&at).map_err(SetupError::failed("build", &at))?;
    }
    show(exdev, &inside(site, Path::new(Place::PROGRAMS)).join(Place::EXDEV))?;
    mount_proc(&site.join("proc"), old_proc)?;
    switch(site).map_err(SetupError::failed("change the root to", site))
}

/// An entry of the host's root directory.
enum Entry {
    Directory(OwnedFd),
    Symlink(PathBuf),
}

impl Entry {
    fn put(self, at: &Path) -> io::Result<()> {
        match self {
            Self::Symlink(to) => symlink(to, at),
            Self::Directory(tree) => {
                sys::make_read_only(tree.as_fd())?;
                fs::create_dir(at)?;
                Ok(move_mount(tree, "", CWD, at, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
            }
        }
    }
}

fn entries() -> Result<Vec<(OsString, Entry)>, SetupError> {
    let root = Path::new("/");
    let mut entries = Vec::new();
    for entry in fs::read_dir(root).map_err(SetupError::failed("read", root))? {
        let entry = entry.map_err(SetupError::failed("read", root))?;
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().map_err(SetupError::failed("look at", &path))?;
        if kind.is_symlink() {
            let to = fs::read_link(&path).map_err(SetupError::failed("read", &path))?;
            entries.push((name, Entry::Symlink(to)));
        } else if kind.is_dir() && name != "proc" && name != "exdev" {
            entries.push((name, Entry::Directory(clone_tree(&path)?)));
        }
    }
    Ok(entries)
}

/// A second mount of what is there, and of all that is mounted below, that is mounted nowhere yet.
pub fn clone_tree(path: &Path) -> Result<OwnedFd, SetupError> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    open_tree(CWD, path, flags).map_err(|errno| SetupError::failed("clone the mount of", path)(errno.into()))
}

/// The directories that exdev itself needs.
fn make_own(site: &Path) -> Result<(), SetupError> {
    let images = inside(site, Path::new(IMAGES));
    for directory in [inside(site, Path::new(Place::PROGRAMS)), inside(site, Path::new(Place::CELL)), images.clone()] {
        fs::create_dir_all(&directory).map_err(SetupError::failed("create", &directory))?;
    }
    fs::set_permissions(&images, fs::Permissions::from_mode(0o700))
        .map_err(SetupError::failed("change the mode of", &images))
}

/// Shows a file at a path that is still free.
fn show(file: OwnedFd, at: &Path) -> Result<(), SetupError> {
    fs::File::create(at).map_err(SetupError::failed("create", at))?;
    move_mount(file, "", CWD, at, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        .map_err(|errno| SetupError::failed("mount a program on", at)(errno.into()))
}

fn inside(site: &Path, path: &Path) -> PathBuf {
    site.join(path.strip_prefix("/").unwrap_or(path))
}

/// Where templates and images are.
pub const IMAGES: &str = "/exdev/images";

fn mount_proc(at: &Path, old: OwnedFd) -> Result<(), SetupError> {
    fs::create_dir(at).map_err(SetupError::failed("create", at))?;
    let none: Option<&std::ffi::CStr> = None;
    // Where parts of the old one are hidden, as in many containers, a new one is refused; then the old one has to do.
    mount("proc", at, "proc", MountFlags::empty(), none)
        .or_else(|_| move_mount(old, "", CWD, at, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH))
        .map_err(|errno| SetupError::failed("mount a proc on", at)(errno.into()))
}

/// A process that is in a chroot can change neither the root nor make user namespaces. Entering the mount namespace that it is
/// already in takes it to that namespace's own root, see setns(2); what it will need of the chroot, it holds by then.
fn leave_chroot() -> io::Result<()> {
    let here = fs::File::open("/proc/self/ns/mnt")?;
    Ok(setns(here, CloneFlags::CLONE_NEWNS)?)
}

/// See `pivot_root(2)` on calling it with twice the same directory: the old root ends up under the new one and is taken off.
fn switch(site: &Path) -> io::Result<()> {
    chdir(site)?;
    pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    Ok(chdir("/")?)
}
