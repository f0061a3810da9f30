//! `exdev registry`: what exdev runs a linker with that takes the package from a registry. Standard input is the socket that it
//! listens at.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, anyhow};
use rustix::net::sockopt::socket_acceptconn;

use super::exit::{Exit, Failure, OrExit};
use crate::registry::Registry;

/// What `exdev registry` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The directory with the package as npm packs it
    directory: PathBuf,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Serves until the command ends, and makes its exit code ours.
pub fn run(Arguments { directory, command }: &Arguments) -> Result<Exit, Failure> {
    let socket = io::stdin().as_fd().try_clone_to_owned().or_unavailable()?;
    if !socket_acceptconn(&socket).unwrap_or(false) {
        return Err(anyhow!("standard input is not a socket that listens; exdev starts registries itself")).or_usage();
    }
    let listener = TcpListener::from(socket);
    let registry = Registry::of(directory, &listener);
    let registry = registry.with_context(|| format!("failed to find the package in {}", directory.display()));
    registry.or_unavailable()?.serve(listener).context("failed to serve the package").or_unavailable()?;
    let (program, arguments) = command.split_first().context("there is no command").or_usage()?;
    match Command::new(program).args(arguments).stdin(Stdio::null()).status() {
        Ok(status) => Ok(Exit::Passed(code(status))),
        Err(error) => {
            let exit = Exit::Passed(if error.kind() == ErrorKind::NotFound { 127 } else { 126 });
            Err(Failure { exit, error: anyhow!("failed to run {}: {error}", program.display()) })
        }
    }
}

/// As a shell says it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    code.to_le_bytes()[0]
}
