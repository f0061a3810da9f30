//! `exdev agent`: the inside of a kernel. Standard input is the stream to the client.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use anyhow::Context;

use super::exit::{Exit, Failure, OrExit};
use crate::kernel::agent;

/// How the agent is started.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How much memory images and trees may take, as a size that tmpfs(5) understands
    #[arg(long)]
    scratch: String,
}

/// Serves until the client hangs up.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let stream = std::io::stdin().as_fd().try_clone_to_owned().or_unavailable()?;
    agent::serve(UnixStream::from(stream), &arguments.scratch).context("the agent failed").or_unavailable()?;
    Ok(Exit::Kept)
}
