//! The process that shows a directory.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use fuser::{Config, Session, SessionACL};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

use super::shown::Shown;
use super::tree::Tree;
use crate::pairing::FuseLimit;

/// As many descriptors as a kernel allows a process unless it was told otherwise, see `fs.nr_open` in `proc_sys_fs(5)`.
const DESCRIPTORS: u64 = 1 << 20;

/// Shows a directory, with this limit, to whoever asks through the device, until the filesystem is unmounted.
///
/// # Errors
/// The directory cannot be opened, or the kernel's requests cannot be read.
pub fn serve(device: OwnedFd, directory: &Path, limit: FuseLimit) -> io::Result<()> {
    // The kernel has taken the umask of whoever asks into account.
    umask(Mode::empty());
    raise_limit();
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = File::from(openat(CWD, directory, flags, Mode::empty())?);
    let shown = Shown::new(Tree::new(root)?, limit);
    Session::from_fd(shown, device, SessionACL::All, Config::default())?.run()
}

/// Every file that the kernel knows of is open here. Where the limit cannot be raised, it is as it was.
fn raise_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let wanted = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let _ = setrlimit(Resource::Nofile, wanted(DESCRIPTORS))
        .or_else(|_| setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }));
}
