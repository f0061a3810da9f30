//! An errand in a guest, which is booted for it.

use std::io;

use super::attend::{Attendant, Desk};
use super::errand::Errand;
use super::run::Finish;
use super::signals::Signals;
use super::terminal::Terminal;
use crate::kernel::Kernel;
use crate::kernel::child::Child;
use crate::kernel::pool::Launcher;
use crate::kernel::wire::{Reply, Request};

/// Runs an errand in a guest.
pub fn run(
    errand: &Errand,
    launcher: &Launcher,
    signals: &Signals,
    terminal: &mut Terminal,
    desk: &mut Desk<'_>,
) -> io::Result<Finish> {
    let mut guest = Child::start(Kernel::Uml, launcher, 0)?;
    let line = guest.line()?;
    let pieces = errand.pieces()?.into_iter().map(Request::Piece);
    let terminal = errand.terminal.is_some().then_some(terminal);
    let requests = pieces.chain([Request::Errand]).collect();
    let finish = Attendant { kernel: Kernel::Uml, requests, line, signals, terminal, desk }.attend()?;
    Ok(finish.unwrap_or_else(|| Finish::Not(Reply::Broken { problem: guest.ended() })))
}
