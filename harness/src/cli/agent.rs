//! `exdev agent`, `exdev guest` and `exdev init`: what exdev starts itself. Standard input is the stream to the client.

use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use rustix::net::getsockname;

use super::exit::{Exit, Failure, OrExit, say};
use crate::kernel::agent;
use crate::kernel::given::Site;
use crate::kernel::uml::{init, keeper};

/// How an agent is started.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How much memory images and trees may take, as a size that tmpfs(5) understands
    #[arg(long, required_unless_present = "here")]
    scratch: Option<String>,
    /// The directories to work in, without a namespace
    #[arg(long, num_args = 3, value_names = ["CACHE", "TARGET", "OWN"], conflicts_with = "scratch")]
    here: Vec<PathBuf>,
}

/// How a guest is started.
#[derive(Debug, clap::Args)]
pub struct Guest {
    /// How much memory images and trees may take, as a size that tmpfs(5) understands
    #[arg(long)]
    scratch: String,
    /// How many seconds a guest may show no sign of life
    #[arg(long, default_value_t = keeper::PATIENCE.as_secs())]
    patience: u64,
    /// On which of the processors it runs, counted around
    #[arg(long, default_value_t = 0)]
    processor: usize,
}

/// Serves until the client hangs up.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let stream = std::io::stdin().as_fd().try_clone_to_owned().or_unavailable()?;
    let served = match (arguments.here.as_slice(), &arguments.scratch) {
        ([cache, target, own], _) => {
            let (cache, target, own) = (cache.clone(), target.clone(), own.clone());
            agent::serve_here(stream, Site { cache, target, own })
        }
        (_, scratch) => agent::serve(stream, scratch.as_deref().unwrap_or_default()),
    };
    served.context("the agent failed").or_unavailable()?;
    Ok(Exit::Kept)
}

/// Boots a guest, and keeps it until the client hangs up.
pub fn keep(Guest { scratch, patience, processor }: &Guest) -> Result<Exit, Failure> {
    let stream = std::io::stdin().as_fd().try_clone_to_owned().or_unavailable()?;
    // The guest's end of anything else, such as a terminal, would not tell that the client is gone.
    if getsockname(&stream).is_err() {
        return Err(anyhow!(
            "standard input is not the socket of a client; exdev starts guests itself: exdev run --kernel uml"
        ))
        .or_usage();
    }
    let patience = Duration::from_secs(*patience);
    keeper::keep(stream.into(), scratch, *processor, patience).or_unavailable()?;
    Ok(Exit::Kept)
}

/// Is the first process of a guest.
pub fn init() -> Result<Exit, Failure> {
    let guest = init::Guest::find();
    let guest =
        guest.context("this is not the first process of a guest; exdev starts guests itself: exdev run --kernel uml");
    let guest = guest.or_usage()?;
    // The kernel would panic if its first process ended, and that says less.
    if let Err(error) = guest.serve() {
        say(error);
    }
    guest.turn_off().context("failed to turn the guest off").or_unavailable()?;
    Ok(Exit::Kept)
}
