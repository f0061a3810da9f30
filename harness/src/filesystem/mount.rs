//! Mounts by system call, each checked and each undone by its guard.
//!
//! Invariant: what is behind a guard is what was mounted: the kernel's own words for the type and the mount's id are checked.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;

use rustix::fs::{AtFlags, CWD, StatxFlags, statfs, statx};
use rustix::mount::{
    MountFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_bind, move_mount, open_tree, unmount,
};

use super::error::SetupError;
use crate::sys;

/// A filesystem as mount(2) wants it.
#[derive(Debug, Clone, Copy)]
pub struct Type {
    /// Its name in `/proc/filesystems`.
    pub name: &'static str,
    /// Its `f_type`, see statfs(2).
    pub magic: u64,
}

/// A mount that is undone on drop.
#[derive(Debug)]
pub struct Mount {
    at: PathBuf,
    /// Who serves it, if it is in user space; ended once it is unmounted.
    server: Option<Server>,
}

/// A process that serves a filesystem, and is ended on drop.
#[derive(Debug)]
pub struct Server(Child);

impl Server {
    /// This process.
    pub const fn new(process: Child) -> Self {
        Self(process)
    }
}

impl Drop for Server {
    /// It ends by itself when the last mount is gone; one that is still busy would keep it.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Mount {
    /// Mounts a new filesystem and makes sure that it is there.
    pub fn new(kind: Type, source: &Path, at: &Path, options: &str) -> Result<Self, SetupError> {
        let (mounted, before) = Self::unchecked(kind, source, at, options)?;
        mounted.check(kind, before)?;
        Ok(mounted)
    }

    /// Mounts a new filesystem that a process serves, which is started once it is mounted.
    pub fn served(
        kind: Type,
        source: &Path,
        at: &Path,
        options: &str,
        start: impl FnOnce() -> Result<Server, SetupError>,
    ) -> Result<Self, SetupError> {
        let (mut mounted, before) = Self::unchecked(kind, source, at, options)?;
        mounted.server = Some(start()?);
        mounted.check(kind, before)?;
        Ok(mounted)
    }

    /// A new mount, and the id of the one that was there before.
    fn unchecked(kind: Type, source: &Path, at: &Path, options: &str) -> Result<(Self, u64), SetupError> {
        let before = mount_id(at)?;
        let options = std::ffi::CString::new(options).map_err(|error| failed(at)(error.into()))?;
        mount(source, at, kind.name, MountFlags::empty(), Some(options.as_c_str())).map_err(|errno| match errno {
            rustix::io::Errno::NODEV => SetupError::not_here(
                format!("this kernel has no {}", kind.name),
                format!("use a kernel that has it (on the host: modprobe {})", kind.name),
            ),
            errno => failed(at)(errno.into()),
        })?;
        Ok((Self::of(at), before))
    }

    fn of(at: &Path) -> Self {
        Self { at: at.to_path_buf(), server: None }
    }

    /// Mounts a directory a second time, elsewhere or over itself.
    pub fn bind(from: &Path, at: &Path) -> Result<Self, SetupError> {
        let before = mount_id(at)?;
        mount_bind(from, at).map_err(|errno| SetupError::failed("bind-mount", at)(errno.into()))?;
        let mounted = Self::of(at);
        mounted.check_id(before, "bind mount")?;
        Ok(mounted)
    }

    /// Mounts a directory over itself with the ids of a user namespace.
    pub fn id_mapped(at: &Path, user_namespace: &std::fs::File) -> Result<Self, SetupError> {
        let failed = |source: io::Error| SetupError::failed("mount with mapped ids", at)(source);
        let before = mount_id(at)?;
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        let tree = open_tree(CWD, at, flags).map_err(|errno| failed(errno.into()))?;
        sys::map_ids(std::os::fd::AsFd::as_fd(&tree), user_namespace).map_err(|source| {
            match source.raw_os_error() {
                Some(nix::libc::EINVAL) => SetupError::not_here(
                    "this kernel cannot mount this filesystem with mapped ids",
                    "use a filesystem and a kernel that can (ext4 and xfs: 5.12, btrfs: 5.15, f2fs: 5.18, tmpfs: 6.3)",
                ),
                _ => failed(source),
            }
        })?;
        move_mount(tree, "", CWD, at, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH).map_err(|errno| failed(errno.into()))?;
        let mounted = Self::of(at);
        mounted.check_id(before, "id-mapped mount")?;
        Ok(mounted)
    }

    /// Undoes the mount now, and says if that fails.
    pub fn undo(mut self) -> Result<(), SetupError> {
        let (at, server) = (self.at.clone(), self.server.take());
        std::mem::forget(self);
        let undone = unmount(&at, UnmountFlags::empty());
        drop(server);
        undone.map_err(|errno| SetupError::failed("unmount", &at)(errno.into()))
    }

    fn check(&self, kind: Type, before: u64) -> Result<(), SetupError> {
        let found = statfs(&self.at).map_err(|errno| SetupError::failed("look at", &self.at)(errno.into()))?.f_type;
        if u64::try_from(found).ok() != Some(kind.magic) {
            return Err(self.not_mounted(kind.name, format!("its f_type is {found:#x}")));
        }
        self.check_id(before, kind.name)
    }

    fn check_id(&self, before: u64, expected: &'static str) -> Result<(), SetupError> {
        if mount_id(&self.at)? == before {
            return Err(self.not_mounted(expected, "its mount id is the one from before".to_owned()));
        }
        Ok(())
    }

    fn not_mounted(&self, expected: &'static str, found: String) -> SetupError {
        SetupError::NotMounted { path: self.at.clone(), expected, found }
    }
}

impl Drop for Mount {
    /// A mount that is still busy is detached; the agent's mount namespace ends whatever a drop cannot.
    fn drop(&mut self) {
        if unmount(&self.at, UnmountFlags::empty()).is_err() {
            let _ = unmount(&self.at, UnmountFlags::DETACH);
        }
    }
}

/// Shows one file in another's place, for as long as the agent lives.
///
/// # Errors
/// The bind mount failed.
pub fn show(file: &Path, at: &Path) -> Result<(), SetupError> {
    mount_bind(file, at).map_err(|errno| SetupError::failed("bind-mount", file)(errno.into()))
}

/// The id of the mount that a path is in, see statx(2), `STATX_MNT_ID`.
pub fn mount_id(path: &Path) -> Result<u64, SetupError> {
    statx(CWD, path, AtFlags::empty(), StatxFlags::MNT_ID)
        .map(|found| found.stx_mnt_id)
        .map_err(|errno| SetupError::failed("look at", path)(errno.into()))
}

fn failed(at: &Path) -> impl FnOnce(io::Error) -> SetupError {
    SetupError::failed("mount a filesystem on", at)
}
