//! The guest's first process: makes the guest a place where an agent can live, starts it, and shows signs of life.

use std::ffi::CStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use nix::sys::reboot::{RebootMode, reboot};
use rustix::fs::OFlags;
use rustix::mount::{MountFlags, mount};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::settings::{FOLDER, Settings};
use crate::filesystem::SetupError;
use crate::linker::Place;

/// The serial line to the client.
const CLIENT: &str = "/dev/ttyS0";

/// The serial line to the keeper.
const KEEPER: &str = "/dev/ttyS1";

/// How often a sign of life is shown.
const BEAT: Duration = Duration::from_secs(1);

/// Serves the client until it hangs up, and turns the guest off.
///
/// # Errors
/// This is no guest, or it could not be made ready. The kernel turns itself off when its first process ends.
pub fn init() -> Result<(), SetupError> {
    let settings = Settings::read()?;
    for (kind, at) in [("proc", "/proc"), ("sysfs", "/sys")] {
        let none: Option<&CStr> = None;
        mount(kind, at, kind, MountFlags::empty(), none)
            .map_err(|errno| SetupError::failed("mount a filesystem on", at)(errno.into()))?;
    }
    load_modules()?;
    let client = line(CLIENT)?;
    let mut keeper = line(KEEPER)?;
    let mut agent = start_agent(&settings, client)?;
    loop {
        // To whom it is written may be gone; then this ends soon enough.
        let _ = keeper.write_all(b".");
        if agent.try_wait().map_err(SetupError::failed("wait for the agent", CLIENT))?.is_some() {
            break;
        }
        std::thread::sleep(BEAT);
    }
    let failed = reboot(RebootMode::RB_POWER_OFF).err().unwrap_or(nix::errno::Errno::EINVAL);
    Err(SetupError::failed("turn off", "the guest")(failed.into()))
}

/// Lets the kernel load its modules when it needs them. Loop devices it does not know that it needs.
fn load_modules() -> Result<(), SetupError> {
    const SETTING: &str = "/proc/sys/kernel/modprobe";
    let program = Path::new(FOLDER).join("modprobe");
    fs::write(SETTING, program.as_os_str().as_encoded_bytes()).map_err(SetupError::failed("write", SETTING))?;
    let status = Command::new(&program).arg("loop").status().map_err(SetupError::failed("run", &program))?;
    if status.success() {
        return Ok(());
    }
    Err(SetupError::Program { program: "modprobe", path: "loop".into(), said: status.to_string() })
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
