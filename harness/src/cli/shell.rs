//! `exdev shell`: a pairing for a person to look around in.

use std::env;

use super::exec::{caller, perform};
use super::exit::{Exit, Failure, OrExit, say};
use super::kernels::Kernels;
use crate::kernel::Kernel;
use crate::kernel::session::{Errand, Made, Start};
use crate::pairing::Pairing;

const DETAILS: &str = "\
Makes the pairing, starts your $SHELL (or /bin/sh) beside its target, with the paths of its ends in CACHE and TARGET, and undoes \
everything when the shell ends.

Both ends are empty, but for relations that are about what is cached (lower, owner, immutable, maxlinks, readonly): there, one file \
is in CACHE, under the name file. Without a terminal, the shell reads its commands from standard input.

The shell runs as you. On the host's kernel it sees your files as they are; in a guest kernel (--kernel uml, or where the host's \
cannot) it sees them read-only, and TMPDIR is a directory that it can write to.

Exit codes beside the shell's own: 2 the command line cannot be meant, 69 something could not be set up.";

/// What `exdev shell` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = DETAILS)]
pub struct Arguments {
    /// The pairing: FS, CACHE:TARGET or FS+RELATION; see `exdev list filesystems`
    pairing: String,
    #[command(flatten)]
    kernels: Kernels,
}

/// Runs the shell.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let pairing = arguments.pairing.parse::<Pairing>().or_usage()?;
    let program = env::var_os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/sh".into());
    let errand = Errand {
        named: Vec::new(),
        pairing: Some(pairing),
        program,
        arguments: Vec::new(),
        start: Start::BesideTarget,
        caller: caller()?,
        terminal: None,
    };
    perform(errand, &arguments.kernels, &mut |kernel, made| announce(pairing, kernel, made))
}

fn announce(pairing: Pairing, kernel: Kernel, made: &Made) {
    let paths: Vec<_> = made.iter().map(|(name, path)| format!("{name}={}", path.display())).collect();
    say(format_args!("{pairing} on {kernel}: {}", paths.join(" ")));
    say("leave with exit or Ctrl-D, and all of it is gone");
}
