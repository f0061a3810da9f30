//! Makes a system call anew that another process wants to make.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::libc;
use nix::unistd::{ForkResult, Pid};

/// One word of a call's arguments.
#[derive(Debug)]
pub enum Word {
    /// A number: flags, a mode, a length, or one of our own descriptors.
    Number(u64),
    /// Bytes that the kernel reads, and perhaps writes: a path with its zero, a struct.
    Bytes(Vec<u8>),
    /// A pointer to what is not there.
    Unreadable,
}

/// Makes the call with these words; what the kernel writes is in the bytes afterwards. Its result, or the errno.
///
/// The caller answers for bytes that are as long as this call wants them: a path ends with a zero, a struct is whole.
pub fn replay(number: i64, words: &mut [Word; 6]) -> Result<i64, i32> {
    let words = words.each_mut().map(|word| match word {
        Word::Number(number) => *number,
        Word::Bytes(bytes) => bytes.as_mut_ptr() as u64,
        Word::Unreadable => u64::MAX,
    });
    // SAFETY: every pointer is to bytes of ours that outlive the call, and no call that is replayed keeps one.
    let result = unsafe { libc::syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]) };
    if result < 0 { Err(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)) } else { Ok(result) }
}

/// Continues in a child process that has our descriptors, not copies of them, see `CLONE_FILES` of clone(2).
pub fn fork_sharing_descriptors() -> io::Result<ForkResult> {
    let flags = libc::CLONE_FILES | libc::SIGCHLD;
    // SAFETY: without a stack of its own the child goes on as after fork(2); the caller has one thread, as supervisors have.
    let child = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    match libc::pid_t::try_from(child) {
        Ok(0) => Ok(ForkResult::Child),
        Ok(child @ 1..) => Ok(ForkResult::Parent { child: Pid::from_raw(child) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends this process at once: nothing that it shares with its parent is flushed or dropped.
pub fn exit_now() -> ! {
    // SAFETY: the call does not return.
    unsafe { libc::_exit(0) }
}

/// A soft limit of another process, see prlimit(2).
pub fn limit_of(process: i32, resource: libc::__rlimit_resource_t) -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call writes one `rlimit`, and reads none.
    let result = unsafe { libc::prlimit(process, resource, std::ptr::null(), &raw mut limit) };
    if result == 0 { Ok(limit.rlim_cur) } else { Err(io::Error::last_os_error()) }
}

/// Puts this thread under a Landlock ruleset, see `landlock_restrict_self(2)`.
pub fn restrict_self(ruleset: i32, flags: u64) -> io::Result<()> {
    // SAFETY: the call takes no pointer.
    let result = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, flags) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Takes over a descriptor that a call has just made for us.
pub fn adopt(number: i64) -> io::Result<OwnedFd> {
    match i32::try_from(number) {
        // SAFETY: nobody else knows of a descriptor that the kernel has just made.
        Ok(number @ 0..) => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Has the command do something between fork and exec. It may make system calls, and take no lock.
pub fn before_exec(command: &mut Command, work: impl FnMut() -> io::Result<()> + Send + Sync + 'static) {
    // SAFETY: the caller promises what the function's documentation wants of the work.
    unsafe { command.pre_exec(work) };
}
