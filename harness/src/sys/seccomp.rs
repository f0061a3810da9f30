//! The calls of `seccomp_unotify(2)`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use nix::libc;

pub use libc::{seccomp_notif as Notification, sock_filter as Instruction};

/// Puts this process, and whatever comes of it, under a filter, and returns what hears of the calls that the filter hands on.
/// Makes system calls alone, so that it may be called between fork and exec.
///
/// Where the kernel knows how (5.19), a call that was handed on is interrupted by fatal signals only: after any other, it would be
/// made a second time.
pub fn install(program: &[Instruction]) -> io::Result<OwnedFd> {
    let length = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let try_with = |flags: libc::c_ulong| {
        // SAFETY: the program is as long as it says, and the kernel only reads it.
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, ptr::from_ref(&program)) }
    };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    let mut listener = try_with(flags | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    if listener < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL) {
        listener = try_with(flags);
    }
    match RawFd::try_from(listener) {
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(listener @ 0..) => Ok(unsafe { OwnedFd::from_raw_fd(listener) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Where the one who waits for an answer is woken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeUp {
    /// On the processor of the one who answers, which costs half as much. Kernels before 6.6 cannot.
    Here,
    /// Wherever the scheduler likes.
    Anywhere,
}

/// Decides where those who wait are woken up, if the kernel can be asked.
pub fn set_wake_up(listener: &impl AsFd, way: WakeUp) {
    const SYNC_WAKE_UP: libc::c_ulong = 1;
    let flags = match way {
        WakeUp::Here => SYNC_WAKE_UP,
        WakeUp::Anywhere => 0,
    };
    // SAFETY: the request takes flags, no pointer.
    unsafe {
        libc::ioctl(listener.as_fd().as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags);
    }
}

/// The next call that waits for an answer.
pub fn receive(listener: &impl AsFd) -> io::Result<Notification> {
    // SAFETY: all zeroes are a valid notification, and the kernel wants it so.
    let mut notification: Notification = unsafe { std::mem::zeroed() };
    request(listener, libc::SECCOMP_IOCTL_NOTIF_RECV, &mut notification)?;
    Ok(notification)
}

/// Whether the call still waits. If it does, what was read from its process since it was received is really that process's.
pub fn still_waits(listener: &impl AsFd, mut id: u64) -> bool {
    request(listener, libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &mut id).is_ok()
}

/// What the one who called is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// That the call returned this.
    Returned(i64),
    /// That the call failed with this errno.
    Failed(i32),
    /// Nothing: the kernel makes the call.
    Proceed,
}

/// Answers a call.
pub fn respond(listener: &impl AsFd, id: u64, response: Response) -> io::Result<()> {
    let (val, error, flags) = match response {
        Response::Returned(value) => (value, 0, 0),
        Response::Failed(errno) => (0, -errno, 0),
        Response::Proceed => (0, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE),
    };
    let flags = u32::try_from(flags).unwrap_or(0);
    let mut response = libc::seccomp_notif_resp { id, val, error, flags };
    request(listener, libc::SECCOMP_IOCTL_NOTIF_SEND, &mut response).map(drop)
}

/// Gives the one who called a copy of a descriptor of ours, before its call is answered; the copy's number.
pub fn hand_over(listener: &impl AsFd, id: u64, file: &impl AsFd, close_on_exec: CloseOnExec) -> io::Result<i64> {
    let mut added = libc::seccomp_notif_addfd {
        id,
        flags: 0,
        srcfd: u32::try_from(file.as_fd().as_raw_fd()).unwrap_or(u32::MAX),
        newfd: 0,
        newfd_flags: match close_on_exec {
            CloseOnExec::Yes => libc::O_CLOEXEC.unsigned_abs(),
            CloseOnExec::No => 0,
        },
    };
    request(listener, libc::SECCOMP_IOCTL_NOTIF_ADDFD, &mut added).map(i64::from)
}

/// Whether a descriptor is closed when its process executes another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseOnExec {
    /// It is.
    Yes,
    /// It stays open.
    No,
}

fn request<T>(listener: &impl AsFd, request: libc::Ioctl, argument: &mut T) -> io::Result<libc::c_int> {
    // SAFETY: each request of this file reads and writes the one struct that it is called with.
    let result = unsafe { libc::ioctl(listener.as_fd().as_raw_fd(), request, ptr::from_mut(argument)) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
