//! How the guest kernel is started.

use std::fs;
use std::io::{self, PipeReader};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::io::{FdFlags, fcntl_setfd};

use super::installed::{Installed, without};
use super::memory;
use super::registers;
use super::settings::{FOLDER, Settings};
use crate::filesystem::{SetupError, find};
use crate::linker::Place;

/// Where the modules are found, as modprobe(8) wants it.
const MODPROBE: &str = "modprobe";

/// A guest that is running.
#[derive(Debug)]
pub struct Booted {
    /// Its kernel's program.
    pub program: PathBuf,
    /// Its kernel.
    pub process: Child,
    /// Its signs of life.
    pub beats: PipeReader,
}

/// Lays out what the guest needs under [`FOLDER`].
pub fn prepare(kernel: &Installed, settings: &Settings) -> Result<(), SetupError> {
    let folder = Path::new(FOLDER);
    let create = |path: &Path| fs::create_dir_all(path).map_err(SetupError::failed("create", path));
    let libraries = folder.join("lib/modules");
    create(&libraries)?;
    let release = libraries.join(kernel.modules.file_name().unwrap_or_default());
    symlink(&kernel.modules, &release).map_err(SetupError::failed("create", &release))?;
    // The guest's kernel starts this whenever it needs a module, such as one for a filesystem that is mounted.
    let program = find(MODPROBE)?;
    let script = format!("#!/bin/sh\nexec '{}' -d {FOLDER} \"$@\"\n", program.display());
    let helper = folder.join(MODPROBE);
    fs::write(&helper, script)
        .and_then(|()| fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)))
        .map_err(SetupError::failed("write", &helper))?;
    registers::lay_out()?;
    settings.write()
}

/// Starts the guest. Its first serial line is `client`, its second one says that it is alive, its console is our output.
pub fn boot(kernel: &Installed, client: BorrowedFd<'_>) -> Result<Booted, SetupError> {
    let failed = SetupError::failed("start the guest kernel", &kernel.program);
    start(kernel, client).map_err(|error| match error.raw_os_error() {
        Some(nix::libc::ENOEXEC) => SetupError::not_here(
            format!("{} is no program for this machine", kernel.program.display()),
            format!("install the guest kernel for {}, or {}", std::env::consts::ARCH, without()),
        ),
        _ => failed(error),
    })
}

fn start(kernel: &Installed, client: BorrowedFd<'_>) -> io::Result<Booted> {
    let (beats, beat) = io::pipe()?;
    fcntl_setfd(&beat, FdFlags::empty())?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    let process = Command::new(&kernel.program)
        .args(arguments(beat.as_raw_fd()))
        .env_clear()
        // Where the guest's memory is: a file, which it maps.
        .env("TMPDIR", FOLDER)
        .env("PATH", "/usr/bin:/bin")
        .envs(registers::preload().map(|library| ("LD_PRELOAD", library)))
        .stdin(client.try_clone_to_owned()?)
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()?;
    Ok(Booted { program: kernel.program.clone(), process, beats })
}

fn arguments(beat: i32) -> Vec<String> {
    let memory = memory::GUEST;
    let (programs, exdev) = (Place::PROGRAMS, Place::EXDEV);
    let arguments = [
        format!("mem={memory} uml_dir={FOLDER}/"),
        "root=/dev/root rootfstype=hostfs rootflags=/ ro selinux=0".to_owned(),
        format!("con=null con0=null,fd:1 ssl0=fd:0 ssl1=null,fd:{beat}"),
        // No error that this kernel meets when it boots keeps it from serving; those that it meets later are another thing.
        format!("quiet loglevel=3 panic=-1 init={programs}/{exdev} -- init"),
    ];
    arguments.iter().flat_map(|line| line.split(' ')).map(str::to_owned).collect()
}
