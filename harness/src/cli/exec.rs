//! `exdev exec`: real filesystems for another program's own tests.

use std::env;
use std::ffi::OsString;
use std::io;

use anyhow::{Context, anyhow, bail};

use super::exit::{Exit, Failure, OrExit};
use super::kernels::Kernels;
use crate::kernel::Kernel;
use crate::kernel::session::{self, Caller, Desk, Ending, Errand, Finish, Made, Start};
use crate::kernel::wire::Reply;
use crate::pairing::{Filesystem, Pairing};

const DETAILS: &str = "\
Makes the filesystems, runs the command with their paths in its environment, and undoes everything when it ends, however it ends.

    exdev exec --fs EXT4=ext4 --fs XFS=xfs -- cargo test

The command runs as you, with your environment, working directory, input and output, and its exit code is passed on. What it leaves \
running is ended with it.

On the host's kernel it sees your files as they are, and can write to them; the filesystems are mounted, for it alone, in the first \
of /exdev, /mnt, /media and /srv that is there and empty. It does not see other processes, and unless you are root, sudo does not \
work in it.

In a guest kernel (--kernel uml, or where the host's cannot) it sees your files read-only. TMPDIR is a directory that it can write \
to, beside the filesystems, and there is no network but its own loopback.

Exit codes beside the command's own: 2 the command line cannot be meant, 69 something could not be set up, 126 the command cannot be \
executed, 127 it was not found, 128 and N signal N ended it.";

/// What `exdev exec` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = DETAILS)]
pub struct Arguments {
    /// A filesystem of its own, and the variable that holds its path; as often as wanted. See `exdev list filesystems`
    #[arg(long = "fs", value_name = "NAME=FS")]
    named: Vec<String>,
    /// A pairing, too: its two ends are in CACHE and TARGET
    #[arg(long, value_name = "PAIRING")]
    pairing: Option<String>,
    #[command(flatten)]
    kernels: Kernels,
    /// The command and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { named, pairing, kernels, command } = arguments;
    let pairing = pairing.map(|text| text.parse::<Pairing>()).transpose().context("--pairing").or_usage()?;
    let named = names(&named, pairing).context("--fs").or_usage()?;
    if named.is_empty() && pairing.is_none() {
        return Err(anyhow!("nothing is to be made; name a filesystem, for example --fs EXT4=ext4")).or_usage();
    }
    let mut words = command.into_iter();
    let program =
        words.next().context("there is no command; write it behind --, for example -- cargo test").or_usage()?;
    let start = Start::Here(env::current_dir().context("failed to find the working directory").or_unavailable()?);
    let errand =
        Errand { named, pairing, program, arguments: words.collect(), start, caller: caller()?, terminal: None };
    perform(errand, &kernels, &mut |_, _| {})
}

/// Whoever has it run.
pub fn caller() -> Result<Caller, Failure> {
    Caller::of_here().context("failed to find the groups of the user").or_unavailable()
}

/// Runs an errand, and makes its ending ours.
pub fn perform(errand: Errand, kernels: &Kernels, announce: &mut dyn FnMut(Kernel, &Made)) -> Result<Exit, Failure> {
    let (choice, launcher) = (kernels.choice()?, kernels.launcher()?);
    let errand = Errand { terminal: session::terminal(), ..errand };
    let mut desk = Desk { output: &mut io::stdout(), error: &mut io::stderr(), announce };
    let finish =
        session::run(&errand, choice, &launcher, &mut desk).context("failed to run an agent").or_unavailable()?;
    match finish {
        Finish::Ended(Ending::Exited(code)) => Ok(Exit::Passed(code.to_le_bytes()[0])),
        Finish::Ended(Ending::Signalled(signal)) | Finish::Interrupted(signal) => {
            Ok(Exit::Passed(signal.to_le_bytes()[0].saturating_add(128)))
        }
        Finish::Ended(Ending::NotStarted(errno)) => {
            let error = io::Error::from_raw_os_error(errno);
            let exit = Exit::Passed(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 });
            Err(Failure { exit, error: anyhow!("failed to run {}: {error}", errand.program.display()) })
        }
        Finish::Not(Reply::NotHere { reason, mend }) => Err(anyhow!("{reason}; {mend}")).or_unavailable(),
        Finish::Not(Reply::Broken { problem }) => Err(anyhow!("{problem}")).or_unavailable(),
        Finish::Not(_) => {
            Err(anyhow!("the agent answered another question than was asked; this is a bug in exdev")).or_unavailable()
        }
    }
}

/// The filesystems with their names, each once, and none that is the pairing's.
fn names(texts: &[String], pairing: Option<Pairing>) -> anyhow::Result<Vec<(String, Filesystem)>> {
    let mut named: Vec<(String, Filesystem)> = Vec::new();
    for text in texts {
        let (name, filesystem) =
            text.split_once('=').with_context(|| format!("`{text}` is no NAME=FS; write one like EXT4=ext4"))?;
        let rest = name.strip_prefix(|first: char| first.is_ascii_alphabetic() || first == '_');
        if !rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')) {
            bail!("`{name}` is no name of a variable, which has letters, digits and underscores, and no digit first");
        }
        if named.iter().any(|(known, _)| known == name) {
            bail!("`{name}` is named twice");
        }
        if pairing.is_some() && ["CACHE", "TARGET"].contains(&name) {
            bail!("`{name}` is an end of the pairing; use another name");
        }
        named.push((name.to_owned(), filesystem.parse()?));
    }
    Ok(named)
}
