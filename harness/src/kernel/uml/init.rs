//! The guest's first process: makes the guest a place where an agent can live, starts it, and shows signs of life.

use std::ffi::CStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use nix::sys::reboot::{RebootMode, reboot};
use rustix::fs::{FsWord, OFlags, statfs};
use rustix::mount::{MountFlags, mount};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::settings::{FOLDER, Settings};
use crate::filesystem::SetupError;
use crate::kernel::agent;
use crate::linker::Place;

/// The serial line to the client.
const CLIENT: &str = "/dev/ttyS0";

/// The serial line to the keeper.
const KEEPER: &str = "/dev/ttyS1";

/// How often a sign of life is shown.
const BEAT: Duration = Duration::from_secs(1);

/// The filesystem that User-Mode Linux alone has, and that our guests have their root on, see `linux/magic.h` and statfs(2).
const HOSTFS: FsWord = 0x00c0_ffee;

/// A guest of which we are the first process.
#[derive(Debug)]
pub struct Guest {
    settings: Settings,
}

impl Guest {
    /// This guest; `None`, with nothing changed, where this is none: whatever follows would be done to the machine instead.
    #[must_use]
    pub fn find() -> Option<Self> {
        let ours = std::process::id() == 1 && statfs("/").is_ok_and(|root| root.f_type == HOSTFS);
        ours.then(|| Settings::read().ok().map(|settings| Self { settings })).flatten()
    }

    /// Serves the client until it hangs up. What keeps an agent from being started is the reply to every request.
    ///
    /// # Errors
    /// The agent failed, or there is no line to the client.
    pub fn serve(&self) -> Result<(), SetupError> {
        // The lines come first: from now on whatever fails can be told.
        let client = line(CLIENT)?;
        show_life(line(KEEPER)?)?;
        if let Err(error) = make_ready() {
            return agent::refuse(client.into(), &error).map_err(SetupError::failed("talk over", CLIENT));
        }
        let status = start_agent(&self.settings, client)?.wait();
        match status.map_err(SetupError::failed("wait for", "the agent"))? {
            status if status.success() => Ok(()),
            status => Err(SetupError::failed("keep", "the agent")(io::Error::other(status.to_string()))),
        }
    }

    /// Turns the guest off.
    ///
    /// # Errors
    /// It stays on. The kernel panics when its first process ends.
    pub fn turn_off(self) -> io::Result<()> {
        reboot(RebootMode::RB_POWER_OFF).map(drop).map_err(io::Error::from)
    }
}

/// Shows signs of life from now on. To whom they are shown may be gone; then all this ends soon enough.
fn show_life(mut keeper: File) -> Result<(), SetupError> {
    let show = move || {
        while keeper.write_all(b".").is_ok() {
            thread::sleep(BEAT);
        }
    };
    thread::Builder::new().spawn(show).map(drop).map_err(SetupError::failed("show life over", KEEPER))
}

fn make_ready() -> Result<(), SetupError> {
    for (kind, at) in [("proc", "/proc"), ("sysfs", "/sys")] {
        let none: Option<&CStr> = None;
        mount(kind, at, kind, MountFlags::empty(), none)
            .map_err(|errno| SetupError::failed("mount a filesystem on", at)(errno.into()))?;
    }
    complete_devices();
    load_modules()?;
    // From now on errors are shown on the console, see syslog(2), `KERN_ERR`.
    set("/proc/sys/kernel/printk", b"4")
}

/// What a system has in `/dev` beside the devices themselves, which are all that a kernel puts there.
fn complete_devices() {
    let dev = Path::new("/dev");
    // Whoever needs what could not be made here will say so.
    for directory in ["pts", "shm"] {
        let _ = fs::create_dir(dev.join(directory));
    }
    for (name, to) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        let _ = symlink(format!("/proc/self/fd{to}"), dev.join(name));
    }
}

fn set(setting: &'static str, value: &[u8]) -> Result<(), SetupError> {
    fs::write(setting, value).map_err(SetupError::failed("write", setting))
}

/// Lets the kernel load its modules when it needs them. Loop devices it does not know that it needs.
fn load_modules() -> Result<(), SetupError> {
    let program = Path::new(FOLDER).join("modprobe");
    set("/proc/sys/kernel/modprobe", program.as_os_str().as_encoded_bytes())?;
    let output = Command::new(&program).arg("loop").output().map_err(SetupError::failed("run", &program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().last().map_or_else(|| output.status.to_string(), str::to_owned);
    Err(SetupError::Program { program: "modprobe", path: "loop".into(), said })
}

/// Opens a serial line that changes no byte.
fn line(path: &'static str) -> Result<File, SetupError> {
    let open = || -> io::Result<File> {
        let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap_or(0);
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
        let mut settings = tcgetattr(&file)?;
        settings.make_raw();
        tcsetattr(&file, OptionalActions::Now, &settings)?;
        Ok(file)
    };
    open().map_err(SetupError::failed("open", path))
}

fn start_agent(settings: &Settings, client: File) -> Result<Child, SetupError> {
    let program = Path::new(Place::PROGRAMS).join(Place::EXDEV);
    Command::new(&program)
        .args(["agent", "--scratch", &settings.scratch])
        .env_clear()
        .envs(settings.environment.iter().map(|(name, value)| (name, value)))
        .stdin(client)
        .spawn()
        .map_err(SetupError::failed("start", &program))
}
