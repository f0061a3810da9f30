//! Makes a call in the linker's stead, and says what it got.
//!
//! Invariant: a call is made once, as it was wanted: in the same directory, with the same umask, by the same right, within the same
//! limits; or not at all.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use nix::libc;
use rustix::fs::{Mode, OFlags, fcntl_setfl};
use rustix::process::{Resource, fchdir, getrlimit, setrlimit, umask};

use super::call::{Call, Subject};
use super::class::Class;
use super::context::Context;
use super::limit::Limit;
use super::memory::Memory;
use super::signature::WRITING;
use crate::errno::Errno;
use crate::sys::replay::{Word, adopt, replay};
use crate::sys::seccomp::CloseOnExec;

/// What a call gave.
#[derive(Debug)]
pub enum Made {
    /// A number.
    Number(i64),
    /// An open file, which the linker is to have.
    File(OwnedFd, CloseOnExec),
}

/// Where we are, and what we do not give.
#[derive(Debug, Default)]
pub struct Stance {
    directory: Option<Rc<Context>>,
    umask: Option<Mode>,
}

impl Stance {
    /// As it is before the first call. As many files can be open as the machine allows: no limit of ours may become the linker's.
    pub fn new() -> io::Result<Self> {
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit })?;
        Ok(Self::default())
    }

    /// Goes to where the thread's relative paths begin.
    pub fn go_to(&mut self, thread: &Rc<Context>) -> io::Result<()> {
        if !self.directory.as_ref().is_some_and(|there| Rc::ptr_eq(there, thread)) {
            self.directory = None;
            fchdir(&thread.directory)?;
            self.directory = Some(Rc::clone(thread));
        }
        Ok(())
    }

    fn give_as(&mut self, thread: &Context) {
        if self.umask != Some(thread.umask) {
            umask(thread.umask);
            self.umask = Some(thread.umask);
        }
    }

    /// Makes the call; the outer error is that we cannot. We must be in the thread's directory if the call is relative.
    pub fn perform(&mut self, class: Class, call: &mut Call, thread: &Context) -> io::Result<Result<Made, Errno>> {
        if matches!(class, Class::Open | Class::Mkdir) {
            self.give_as(thread);
        }
        if class == Class::Open {
            return open(call, thread);
        }
        if matches!(class, Class::CopyFileRange | Class::Sendfile | Class::Reflink) {
            may_grow_files(thread)?;
        }
        let made = make(call, thread)?;
        if made == Err(Errno(libc::ENOENT)) && is_about_an_open_file_by_no_path(call) {
            return Err(io::Error::other("who may link a file without a path depends on who has opened it"));
        }
        Ok(match made {
            Ok(number) if give_back(call, thread) => Ok(Made::Number(number)),
            // So says the kernel, too, after it has copied.
            Ok(_) => Err(Errno(libc::EFAULT)),
            Err(errno) => Err(errno),
        })
    }
}

/// The flags that a file is to be opened with, if that is for writing or creating; `creat` has none, and always is.
pub fn writing_flags(call: &Call) -> Option<i32> {
    let flags = match call.flags.map(|index| &call.words[index]) {
        None => libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC,
        Some(Word::Number(flags)) => lower(*flags),
        Some(Word::Bytes(how)) => lower(u64::from_ne_bytes(how.get(..8)?.try_into().ok()?)),
        Some(Word::Unreadable) => return None,
    };
    (flags & libc::O_PATH == 0 && flags & WRITING != 0).then_some(flags)
}

fn open(call: &mut Call, thread: &Context) -> io::Result<Result<Made, Errno>> {
    let wanted = writing_flags(call).unwrap_or(0);
    has_room(thread)?;
    // Whatever is there now, we must not wait for it, nor get a terminal of our own.
    let safe = libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK;
    if let Some(index) = call.flags {
        let safe = u64::from(safe.unsigned_abs());
        match &mut call.words[index] {
            Word::Number(flags) => *flags |= safe,
            Word::Bytes(how) => {
                let flags = u64::from_ne_bytes(std::array::from_fn(|byte| how[byte]));
                how[..8].copy_from_slice(&(flags | safe).to_ne_bytes());
            }
            Word::Unreadable => {}
        }
    }
    let file = match make(call, thread)? {
        Ok(number) => adopt(number)?,
        Err(Errno(libc::EAGAIN)) if wanted & libc::O_NONBLOCK == 0 => {
            return Err(io::Error::other("it has to wait"));
        }
        Err(Errno(errno @ (libc::EMFILE | libc::ENFILE))) => return Err(io::Error::from_raw_os_error(errno)),
        Err(errno) => return Ok(Err(errno)),
    };
    if wanted & libc::O_NONBLOCK == 0 {
        let kept = libc::O_APPEND | libc::O_DIRECT | libc::O_NOATIME;
        fcntl_setfl(&file, OFlags::from_bits_retain((wanted & kept).unsigned_abs()))?;
    }
    let close_on_exec = if wanted & libc::O_CLOEXEC == 0 { CloseOnExec::No } else { CloseOnExec::Yes };
    Ok(Ok(Made::File(file, close_on_exec)))
}

/// The kernel looks for a free descriptor before it opens anything, and we can only look whether the last one is free.
fn has_room(thread: &Context) -> io::Result<()> {
    let limit = Limit::Descriptors.of(thread.process)?;
    let last = i32::try_from(limit.saturating_sub(1)).unwrap_or(i32::MAX);
    if limit == 0 || thread.file(last)?.is_some() {
        return Err(io::Error::other("it may have no descriptor left"));
    }
    Ok(())
}

/// We are under no limit, and a signal says that it was exceeded.
fn may_grow_files(thread: &Context) -> io::Result<()> {
    match Limit::FileSize.of(thread.process)? {
        libc::RLIM_INFINITY => Ok(()),
        _ => Err(io::Error::other("the size of its files is limited")),
    }
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

/// See `AT_EMPTY_PATH` of linkat(2): since 6.10 it is for those who have opened the file, and we are not the linker.
fn is_about_an_open_file_by_no_path(call: &Call) -> bool {
    let is_empty = |path: &Subject| matches!(path, Subject::At { path, .. } if path.as_os_str().is_empty());
    let empty_path = u64::from(libc::AT_EMPTY_PATH.unsigned_abs());
    let by_no_path = matches!(call.words[4], Word::Number(flags) if flags & empty_path != 0);
    call.number == libc::SYS_linkat && by_no_path && call.from.as_ref().is_some_and(is_empty)
}

/// Writes what the kernel has changed to where the linker has it; whether it could be written there.
fn give_back(call: &Call, thread: &Context) -> bool {
    let memory = Memory { thread: thread.thread };
    call.returned.iter().all(|(index, at)| match &call.words[*index] {
        Word::Bytes(bytes) => memory.write(*at, bytes),
        Word::Number(_) | Word::Unreadable => true,
    })
}

fn lower(flags: u64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at the lower half alone")]
    let flags = flags as i32;
    flags
}
