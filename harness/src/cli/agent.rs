//! `exdev agent`, `exdev guest` and `exdev init`: what exdev starts itself. Standard input is the stream to the client.

use std::os::fd::AsFd;
use std::time::Duration;

use anyhow::Context;

use super::exit::{Exit, Failure, OrExit};
use crate::kernel::agent;
use crate::kernel::uml::{init, keeper};

/// How an agent is started.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How much memory images and trees may take, as a size that tmpfs(5) understands
    #[arg(long)]
    scratch: String,
}

/// How a guest is started.
#[derive(Debug, clap::Args)]
pub struct Guest {
    #[command(flatten)]
    arguments: Arguments,
    /// How many seconds a guest may show no sign of life
    #[arg(long, default_value_t = keeper::PATIENCE.as_secs())]
    patience: u64,
}

/// Serves until the client hangs up.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let stream = std::io::stdin().as_fd().try_clone_to_owned().or_unavailable()?;
    agent::serve(stream, &arguments.scratch).context("the agent failed").or_unavailable()?;
    Ok(Exit::Kept)
}

/// Boots a guest, and keeps it until the client hangs up.
pub fn keep(Guest { arguments, patience }: &Guest) -> Result<Exit, Failure> {
    let stream = std::io::stdin().as_fd().try_clone_to_owned().or_unavailable()?;
    keeper::keep(stream.into(), &arguments.scratch, Duration::from_secs(*patience)).or_unavailable()?;
    Ok(Exit::Kept)
}

/// Is the first process of a guest.
pub fn init() -> Result<Exit, Failure> {
    init::init().or_unavailable()?;
    Ok(Exit::Kept)
}
