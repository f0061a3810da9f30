//! The process that shows a directory.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use fuser::{Config, Session, SessionACL};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::umask;

use super::shown::Shown;
use super::tree::Tree;
use crate::pairing::FuseLimit;

/// Shows a directory, with this limit, to whoever asks through the device, until the filesystem is unmounted.
///
/// # Errors
/// The directory cannot be opened, or the kernel's requests cannot be read.
pub fn serve(device: OwnedFd, directory: &Path, limit: FuseLimit) -> io::Result<()> {
    // The kernel has taken the umask of whoever asks into account.
    umask(Mode::empty());
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = File::from(openat(CWD, directory, flags, Mode::empty())?);
    let shown = Shown::new(Tree::new(root)?, limit);
    Session::from_fd(shown, device, SessionACL::All, Config::default())?.run()
}
