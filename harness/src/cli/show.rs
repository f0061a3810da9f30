//! `exdev show`: what exdev starts for a filesystem in user space. Standard input is the kernel's device.

use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;

use anyhow::Context;

use super::exit::{Exit, Failure, OrExit};
use crate::filesystem::show_directory;
use crate::pairing::FuseLimit;

/// What `exdev show` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What the filesystem refuses
    limit: FuseLimit,
    /// The directory that is shown
    directory: PathBuf,
}

/// Serves until the filesystem is unmounted.
pub fn run(Arguments { limit, directory }: &Arguments) -> Result<Exit, Failure> {
    let device = io::stdin().as_fd().try_clone_to_owned().or_unavailable()?;
    let served = show_directory(device, directory, *limit);
    served.with_context(|| format!("failed to show {} as {}", directory.display(), limit.name())).or_unavailable()?;
    Ok(Exit::Kept)
}
