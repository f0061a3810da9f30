//! The programs beside the kernel's server: rpcbind(8), nfsdcld(8) and rpc.mountd(8).

use std::fs;
use std::process::{Command, Stdio};

use super::exports::STATE;
use super::server::MOUNT_PORT;
use crate::filesystem::error::SetupError;
use crate::filesystem::program::find;

/// Where the kernel and nfsdcld talk.
pub const PIPES: &str = "/exdev/nfs/pipes";

/// The programs that a server needs.
///
/// # Errors
/// One of them is not installed.
pub fn check() -> Result<(), SetupError> {
    ["rpcbind", "nfsdcld", "rpc.mountd"].into_iter().try_for_each(|program| find(program).map(drop))
}

/// Starts all of them. Each goes to the background when it is ready.
pub fn start() -> Result<(), SetupError> {
    const CLIENTS: &str = "/exdev/nfs/clients";
    fs::create_dir_all(CLIENTS).map_err(SetupError::failed("create", CLIENTS))?;
    let port = MOUNT_PORT.to_string();
    run("rpcbind", &[])?;
    // Which clients there were before the server was started. Without it the server waits for it for a second, and then has
    // every client wait 90 seconds for those that there might have been.
    run("nfsdcld", &["-p", PIPES, "-s", CLIENTS])?;
    run("rpc.mountd", &["--state-directory-path", STATE, "--port", &port, "--no-udp", "--no-nfs-version", "2"])
}

fn run(program: &'static str, arguments: &[&str]) -> Result<(), SetupError> {
    let status = Command::new(find(program)?)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(SetupError::failed("run", program))?;
    if status.success() {
        return Ok(());
    }
    Err(SetupError::Program { program, path: STATE.into(), said: status.to_string() })
}
