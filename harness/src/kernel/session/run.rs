//! The client's side: finds a kernel that can, and has the command run there.

use std::collections::VecDeque;
use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::ForkResult;

use super::attend::{Attendant, Desk};
use super::callers::Callers;
use super::errand::{Ending, Errand};
use super::guest;
use super::serve::View;
use super::signals::Signals;
use super::terminal::Terminal;
use crate::filesystem::SetupError;
use crate::kernel::agent::{Agent, Origin, enter_namespaces, refused};
use crate::kernel::namespace::Apart;
use crate::kernel::pool::Launcher;
use crate::kernel::wire::{Reply, send};
use crate::kernel::{Choice, Kernel};
use crate::sys;

/// What became of an errand.
#[derive(Debug)]
pub enum Finish {
    /// The command has ended.
    Ended(Ending),
    /// We got this signal before the command was started.
    Interrupted(i32),
    /// It could not be run: the agent's reply says why.
    Not(Reply),
}

/// Runs an errand in the first of the chosen kernels that can. When it returns, nothing is left of what was made.
///
/// The caller has one thread.
///
/// # Errors
/// There can be no process, or no stream to it.
pub fn run(errand: &Errand, choice: Choice, launcher: &Launcher, desk: &mut Desk<'_>) -> io::Result<Finish> {
    let signals = Signals::catch()?;
    let mut terminal = Terminal::keep();
    let mut before: Option<Reply> = None;
    for &kernel in choice.kernels() {
        let finish = match kernel {
            Kernel::Host => on_host(errand, launcher, &signals, desk)?,
            Kernel::Uml => guest::run(errand, launcher, &signals, &mut terminal, desk)?,
        };
        let Finish::Not(reply) = finish else { return Ok(finish) };
        let reply = match before.take() {
            Some(before) => before.or_else(reply),
            None => reply,
        };
        if !matches!(reply, Reply::NotHere { .. }) {
            return Ok(Finish::Not(reply));
        }
        before = Some(reply);
    }
    let none = || Reply::Broken { problem: "no kernel was chosen".to_owned() };
    Ok(Finish::Not(before.unwrap_or_else(none)))
}

fn on_host(errand: &Errand, launcher: &Launcher, signals: &Signals, desk: &mut Desk<'_>) -> io::Result<Finish> {
    let (ours, theirs) = UnixStream::pair()?;
    let agent = match sys::fork()? {
        ForkResult::Child => {
            drop(ours);
            // What is further up the stack is the client's.
            let served = catch_unwind(AssertUnwindSafe(|| serve(theirs, errand, &launcher.scratch)));
            process::exit(i32::from(!matches!(served, Ok(Ok(())))))
        }
        ForkResult::Parent { child } => child,
    };
    drop(theirs);
    let mut line = BufReader::new(ours);
    let requests = VecDeque::new();
    let finish = Attendant { kernel: Kernel::Host, requests, line: &mut line, signals, terminal: None, desk }.attend();
    if !matches!(finish, Ok(Some(Finish::Ended(_) | Finish::Not(_)))) {
        let _ = kill(agent, Signal::SIGKILL);
        // The kernel ends the others, and the last of them hangs up.
        let _ = io::copy(&mut line, &mut io::sink());
    }
    drop(line);
    let status = waitpid(agent, None)?;
    let lost = || Finish::Not(Reply::Broken { problem: format!("the agent ended before the command: {status:?}") });
    Ok(finish?.unwrap_or_else(lost))
}

/// Is the agent of one errand.
fn serve(mut stream: UnixStream, errand: &Errand, scratch: &str) -> io::Result<()> {
    let reply = start(&stream, scratch).and_then(|(mut agent, callers)| {
        let ending = agent.errand(errand, View::Callers(callers), stream.as_fd())?;
        Ok(Reply::Ended(ending))
    });
    send(&mut stream, &reply.unwrap_or_else(|error| refused(&error)))
}

fn start(client: &UnixStream, scratch: &str) -> Result<(Agent, Callers), SetupError> {
    let origin = Origin::here()?;
    let (power, tether) = enter_namespaces(client.as_fd(), Apart::ButForNetwork)?;
    let callers = Callers::leave(power)?;
    Ok((Agent::settle(&origin, scratch, power, tether)?, callers))
}
