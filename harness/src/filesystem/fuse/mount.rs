//! Mounts a filesystem in user space without fusermount, and starts who serves it.

use std::ffi::CStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::libc;
use nix::unistd::{getegid, geteuid};

use crate::filesystem::error::SetupError;
use crate::filesystem::mount::{Mount, Server, Type};
use crate::linker::Place;
use crate::pairing::FuseLimit;

const DEVICE: &str = "/dev/fuse";

/// See statfs(2).
const MAGIC: u64 = 0x6573_5546;

/// Shows `directory` at another path, with this limit.
pub fn mount(limit: FuseLimit, directory: &Path, at: &Path) -> Result<Mount, SetupError> {
    let device = open(at)?;
    let options = format!(
        "fd={},rootmode=40755,user_id={},group_id={},allow_other,default_permissions",
        device.as_raw_fd(),
        geteuid(),
        getegid()
    );
    let kind = Type { name: limit.kind(), magic: MAGIC };
    // The kernel has something to say to the server only once there is a mount, and has no answers for us before.
    Mount::served(kind, Path::new("exdev"), at, &options, || start(limit, directory, device))
}

/// The server has the only descriptor of the device: when it ends, the kernel knows.
fn start(limit: FuseLimit, directory: &Path, device: File) -> Result<Server, SetupError> {
    let program = Path::new(Place::PROGRAMS).join(Place::EXDEV);
    let mut command = Command::new(&program);
    command.arg("show").arg(limit.name()).arg(directory).stdin(device).stdout(Stdio::null());
    command.spawn().map(Server::new).map_err(SetupError::failed("start", &program))
}

fn open(at: &Path) -> Result<File, SetupError> {
    let open = || OpenOptions::new().read(true).write(true).open(DEVICE);
    let opened = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            have_module_loaded(at);
            open()
        }
        opened => opened,
    };
    opened.map_err(|source| match source.raw_os_error() {
        Some(libc::ENOENT | libc::ENXIO | libc::ENODEV) => {
            SetupError::not_here("this kernel has no fuse", "use a kernel that has it (on the host: modprobe fuse)")
        }
        Some(libc::EPERM | libc::EACCES) => SetupError::not_here(
            format!("this user may not open {DEVICE}"),
            format!("as root: chmod 666 {DEVICE}, which is how most systems have it"),
        ),
        _ => SetupError::failed("open", DEVICE)(source),
    })
}

/// The kernel loads a filesystem's module when it is asked for one, and refuses this mount: it names no device.
fn have_module_loaded(at: &Path) {
    let none: Option<&CStr> = None;
    let _ = rustix::mount::mount("exdev", at, "fuse", rustix::mount::MountFlags::empty(), none);
}
