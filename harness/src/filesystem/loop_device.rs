//! Loop devices, see loop(4).
//!
//! Invariant: a device is attached in one step, with autoclear: it goes when its last user does, also when we are killed.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use nix::libc;

use super::error::SetupError;
use crate::sys;

/// An attached loop device. Once it is mounted it may be dropped: the mount keeps it attached.
#[derive(Debug)]
pub struct LoopDevice {
    path: PathBuf,
    _open: File,
}

impl LoopDevice {
    /// Attaches an image to a free device.
    pub fn attach(image: &File) -> Result<Self, SetupError> {
        let control = open(Path::new("/dev/loop-control"))?;
        loop {
            let number = sys::loop_free(&control).map_err(SetupError::failed("find a free device in", "/dev"))?;
            let path = PathBuf::from(format!("/dev/loop{number}"));
            let device = open(&path)?;
            match sys::loop_configure(&device, image) {
                Ok(()) => return Ok(Self { path, _open: device }),
                // Somebody else took the free device between the two calls: loop(4) leaves it to us to ask again.
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
                Err(error) => return Err(SetupError::failed("attach an image to", &path)(error)),
            }
        }
    }

    /// The device's path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn open(path: &Path) -> Result<File, SetupError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(|source| match source.raw_os_error() {
        Some(libc::ENOENT | libc::ENXIO | libc::ENODEV | libc::EPERM | libc::EACCES) => SetupError::not_here(
            format!("this machine has no loop devices for us ({})", path.display()),
            "run outside a container, or in one started with --privileged",
        ),
        _ => SetupError::failed("open", path)(source),
    })
}
