//! Parses the command line and dispatches.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::exit::{Exit, Failure, say};
use super::{agent, doctor, exec, explain, fetch, link, list, probe, registry, repro, run, shell, show};

/// What a linker (uv, pnpm, bun, git, ...) really does to each file when its cache and its target are on different filesystems.
#[derive(Debug, Parser)]
#[command(name = "exdev", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run linkers on pairings of filesystems and judge what they did
    Run(Box<run::Arguments>),
    /// Run what a pasted report is about, and see whether it shows the same
    Repro(Box<repro::Arguments>),
    /// List what exdev knows
    List(list::Arguments),
    /// Show what this machine can run, and what mends the rest
    Doctor(doctor::Arguments),
    /// Find out what two directories support, why not more, and what each linker would do with them
    Probe(probe::Arguments),
    /// Fetch linkers, so that later runs need no network
    Fetch(fetch::Arguments),
    /// Run a command, and say how it placed files and why not otherwise
    Explain(explain::Arguments),
    /// Run a command that finds real filesystems in its environment
    Exec(exec::Arguments),
    /// Start a shell on a pairing of filesystems
    Shell(shell::Arguments),
    /// Place a directory tree as the reference linker does
    Link(link::Arguments),
    /// Serve requests inside a kernel; exdev starts this itself
    #[command(hide = true)]
    Agent(agent::Arguments),
    /// Boot a guest kernel and keep it; exdev starts this itself
    #[command(hide = true)]
    Guest(agent::Guest),
    /// Run a command beside a registry that has the package; exdev starts this itself
    #[command(hide = true)]
    Registry(registry::Arguments),
    /// Serve a filesystem in user space; exdev starts this itself
    #[command(hide = true)]
    Show(show::Arguments),
    /// Be the first process of a guest kernel, which starts this itself
    #[command(hide = true)]
    Init {
        /// What else the kernel hands on
        rest: Vec<String>,
    },
}

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let exit = match dispatch(Arguments::parse().command) {
        Ok(exit) => exit,
        Err(Failure { exit, error }) => {
            say(sentence(&error));
            exit
        }
    };
    ExitCode::from(exit.code())
}

/// An error and its causes, each that the text does not end with already.
fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| match text.as_str() {
        "" => cause,
        told if told.ends_with(&cause) => text,
        told => format!("{told}: {cause}"),
    })
}

fn dispatch(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Repro(arguments) => repro::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Probe(arguments) => probe::run(&arguments),
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Exec(arguments) => exec::run(arguments),
        Command::Shell(arguments) => shell::run(&arguments),
        Command::Link(arguments) => link::run(&arguments),
        Command::Agent(arguments) => agent::run(&arguments),
        Command::Guest(arguments) => agent::keep(&arguments),
        Command::Registry(arguments) => registry::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Init { .. } => agent::init(),
    }
}
