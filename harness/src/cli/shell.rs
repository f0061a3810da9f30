//! `exdev shell`: a pairing for a person to look around in.

use std::env;

use super::exec::{caller, perform};
use super::exit::{Exit, Failure, OrExit, say};
use super::kernels::Kernels;
use crate::kernel::Kernel;
use crate::kernel::session::{Errand, Made, Start};
use crate::pairing::Pairing;

/// Makes a pairing, starts your $SHELL (or /bin/sh) beside its target, with the paths of its ends in CACHE and TARGET, and undoes
/// everything when the shell ends.
///
/// Both ends are empty, but for relations that are about cached files (lower, owner, immutable, maxlinks, readonly): there, CACHE
/// holds one file, named file. The shell runs as you. On the host's kernel it sees your files as they are; in a guest kernel (--kernel
/// uml, or where the host's cannot) it sees them read-only, and has TMPDIR to write to. Without a terminal, it reads commands from
/// standard input.
///
/// Exit codes: the shell's own, 2 the command line cannot be meant, 69 something could not be set up.
#[derive(Debug, clap::Args)]
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
