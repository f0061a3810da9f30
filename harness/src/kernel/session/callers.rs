//! The caller's own view of the machine, which an agent leaves and a command returns to.
//!
//! Invariant: the caller's mounts stay as they are, in a mount namespace that is a copy of the caller's; what is made for the
//! command is added to it in one directory that was empty, and nothing of that is to be seen from outside.

use std::ffi::CStr;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::sched::{CloneFlags, setns, unshare};
use rustix::fs::{CWD, Mode, OFlags, open};
use rustix::mount::{MountFlags, MountPropagationFlags, MoveMountFlags, mount, mount_change, move_mount};
use rustix::process::{chroot, fchdir};

use crate::filesystem::{Power, SetupError};
use crate::kernel::root;

/// Where what is made may be shown: the first of these that is there and empty.
const SHOWN_AT: [&str; 4] = ["/exdev", "/mnt", "/media", "/srv"];

/// The caller's namespaces, root and working directory.
#[derive(Debug)]
pub struct Callers {
    mounts: File,
    /// The network, unless we are still in it.
    network: Option<File>,
    root: OwnedFd,
    directory: OwnedFd,
    /// Where what is made will be shown.
    pub at: &'static Path,
}

impl Callers {
    /// Holds on to what the caller has, and continues in namespaces apart from it.
    pub fn leave(power: Power) -> Result<Self, SetupError> {
        let at = SHOWN_AT.iter().map(Path::new).find(|at| is_empty(at)).ok_or_else(nowhere)?;
        let namespace = |path: &'static str| File::open(path).map_err(SetupError::failed("open", path));
        let mounts = namespace("/proc/self/ns/mnt")?;
        let (network, apart) = match power {
            Power::Root => (Some(namespace("/proc/self/ns/net")?), CloneFlags::CLONE_NEWNET),
            // To return to a network namespace takes power over it.
            Power::UserNamespace | Power::None => (None, CloneFlags::empty()),
        };
        let (root, directory) = (directory("/")?, directory(".")?);
        unshare(CloneFlags::CLONE_NEWNS | apart)
            .map_err(|errno| SetupError::failed("leave", "the caller's namespaces")(errno.into()))?;
        Ok(Self { mounts, network, root, directory, at })
    }

    /// Returns, with directories of ours shown below [`Self::at`]; the first of them is what holds the others.
    pub fn return_with(&self, shown: &[(&str, &str)]) -> Result<(), SetupError> {
        let mut trees = Vec::new();
        for &(ours, theirs) in shown {
            trees.push((root::clone_tree(Path::new(ours))?, theirs));
        }
        let failed = |errno: nix::Error| SetupError::failed("return to", "the caller's namespaces")(errno.into());
        setns(&self.mounts, CloneFlags::CLONE_NEWNS).map_err(failed)?;
        self.network.as_ref().map_or(Ok(()), |network| setns(network, CloneFlags::CLONE_NEWNET)).map_err(failed)?;
        // What the machine mounts from now on shows here, and nothing that is mounted here shows there.
        mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)
            .map_err(|errno| SetupError::failed("make the mounts private below", "/")(errno.into()))?;
        fchdir(&self.root)
            .and_then(|()| chroot("."))
            .and_then(|()| fchdir(&self.directory))
            .map_err(|errno| SetupError::failed("return to", "the caller's directory")(errno.into()))?;
        // The agent's parent is still in there, and would keep what is shown from going.
        unshare(CloneFlags::CLONE_NEWNS).map_err(failed)?;
        mount_proc();
        for (tree, theirs) in trees {
            let at = self.at.join(theirs);
            move_mount(tree, "", CWD, &at, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
                .map_err(|errno| SetupError::failed("show the filesystems at", &at)(errno.into()))?;
        }
        Ok(())
    }
}

/// Shows the processes of this PID namespace. Where parts of the old one are hidden, as in many containers, a new one is refused,
/// and the old one has to do: it shows them by other numbers.
pub fn mount_proc() {
    let none: Option<&CStr> = None;
    let _ = mount("proc", "/proc", "proc", MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC, none);
}

fn is_empty(at: &Path) -> bool {
    let is_directory = fs::symlink_metadata(at).is_ok_and(|found| found.is_dir());
    is_directory && fs::read_dir(at).is_ok_and(|mut entries| entries.next().is_none())
}

fn nowhere() -> SetupError {
    let reason = format!("there is no empty directory to mount filesystems in, such as {}", SHOWN_AT.join(", "));
    SetupError::not_here(reason, format!("make one: mkdir {}", SHOWN_AT[0]))
}

fn directory(path: &'static str) -> Result<OwnedFd, SetupError> {
    open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| SetupError::failed("open the directory", path)(errno.into()))
}
