//! Makes a call in the linker's stead, and says what it got.
//!
//! Invariant: a call is made once, as it was wanted: in the same directory, with the same umask, by the same right; or not at all.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};

use nix::libc;
use nix::sys::uio::{RemoteIoVec, process_vm_writev};
use nix::unistd::Pid;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{fchdir, umask};

use super::call::{Call, Subject};
use super::class::Class;
use super::context::Context;
use super::signature::WRITING;
use crate::errno::Errno;
use crate::sys::replay::{Word, adopt, replay};
use crate::sys::seccomp::CloseOnExec;

/// What a call gave.
pub enum Made {
    /// A number.
    Number(i64),
    /// An open file, which the linker is to have.
    File(OwnedFd, CloseOnExec),
}

/// Goes to where the thread's relative paths begin.
pub fn go_to(thread: &Context) -> io::Result<()> {
    Ok(fchdir(&thread.directory)?)
}

/// Makes the call; the outer error is that we cannot. We must be in the thread's directory.
pub fn perform(class: Class, call: &mut Call, thread: &Context) -> io::Result<Result<Made, Errno>> {
    let before = matches!(class, Class::Open | Class::Mkdir).then(|| umask(thread.umask));
    let made =
        if class == Class::Open { open(call, thread) } else { make(call, thread).map(|made| made.map(Made::Number)) };
    before.map(umask);
    if matches!(made, Ok(Ok(_))) {
        give_back(call, thread)?;
    }
    made
}

/// The flags that a file is to be opened with, if that is for writing or creating; `creat` has none, and always is.
pub fn writing_flags(call: &Call) -> Option<i32> {
    let flags = match call.flags.map(|index| &call.words[index]) {
        None => libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC,
        Some(Word::Number(flags)) => lower(*flags),
        Some(Word::Bytes(how)) => lower(u64::from_ne_bytes(how.get(..8)?.try_into().ok()?)),
        Some(Word::Null) => return None,
    };
    (flags & libc::O_PATH == 0 && flags & WRITING != 0).then_some(flags)
}

fn open(call: &mut Call, thread: &Context) -> io::Result<Result<Made, Errno>> {
    let wanted = writing_flags(call).unwrap_or(0);
    // Whatever is there now, we must not wait for it, nor get a terminal of our own.
    let safe = wanted | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK;
    if let Some(index) = call.flags {
        match &mut call.words[index] {
            Word::Number(flags) => *flags = u64::from(safe.unsigned_abs()),
            Word::Bytes(how) => how[..8].copy_from_slice(&u64::from(safe.unsigned_abs()).to_ne_bytes()),
            Word::Null => {}
        }
    }
    let file = match make(call, thread)? {
        Ok(number) => adopt(number)?,
        Err(errno) => return Ok(Err(errno)),
    };
    if wanted & libc::O_NONBLOCK == 0 {
        fcntl_setfl(&file, fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
    }
    let close_on_exec = if wanted & libc::O_CLOEXEC == 0 { CloseOnExec::No } else { CloseOnExec::Yes };
    Ok(Ok(Made::File(file, close_on_exec)))
}

fn make(call: &mut Call, thread: &Context) -> io::Result<Result<i64, Errno>> {
    match &thread.disguise {
        // What is done to an open file goes by the right with which it was opened, but for its mode.
        Some(disguise) if !is_about_open_files(call) => {
            disguise.replay(thread.directory.as_fd(), call.number, &mut call.words)
        }
        _ => Ok(replay(call.number, &mut call.words).map_err(Errno)),
    }
}

fn is_about_open_files(call: &Call) -> bool {
    call.number != libc::SYS_fchmod && matches!(call.to, Some(Subject::File(_)))
}

/// Writes what the kernel has changed to where the linker has it.
fn give_back(call: &Call, thread: &Context) -> io::Result<()> {
    for (index, at) in &call.returned {
        if let Word::Bytes(bytes) = &call.words[*index] {
            let base = usize::try_from(*at).map_err(|_| io::ErrorKind::InvalidInput)?;
            let remote = [RemoteIoVec { base, len: bytes.len() }];
            process_vm_writev(Pid::from_raw(thread.process), &[IoSlice::new(bytes)], &remote)?;
        }
    }
    Ok(())
}

fn lower(flags: u64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at the lower half alone")]
    let flags = flags as i32;
    flags
}
