//! What is preloaded into the guest kernel (ld.so(8), `LD_PRELOAD`): it gives the host all of a process's registers.
//!
//! User-Mode Linux keeps the registers of its processes, which are traced processes of the host, with ptrace(2): `PTRACE_GETREGSET` and
//! `PTRACE_SETREGSET` of `NT_X86_XSTATE`. Before Linux 6.13 it has 2,696 bytes for them, room for those of AVX-512. A processor with
//! AMX has 11,008 bytes of registers: the host tells of them what fits, but takes back nothing less than all of them
//! (`xstateregs_set` in its `arch/x86/kernel/fpu/regset.c`). So the guest kernel gets EFAULT, ends the process with SIGSEGV, and
//! panics, for that process is its first one.
//!
//! Here zeroes make up for what is missing. That is what those registers hold: a process has to ask the host for AMX before it can
//! use it, with `ARCH_REQ_XCOMP_PERM` of `arch_prctl(2)`, and those of a guest can only ask the guest kernel, which refuses it.
//!
//! Invariant: whatever else the guest kernel asks of ptrace(2) is answered as by libc's function.
#![no_std]

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_long, c_uint, c_void};
use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

const PTRACE: c_long = 101;
const PEEKTEXT: c_long = 1;
const PEEKUSR: c_long = 3;
const GETREGSET: c_long = 0x4204;
const SETREGSET: c_long = 0x4205;
const NT_X86_XSTATE: usize = 0x202;

#[link(name = "c")]
unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn __errno_location() -> *mut c_int;
    fn abort() -> !;
}

/// As in writev(2).
#[repr(C)]
struct IoVec {
    base: *mut c_void,
    length: usize,
}

const ROOM: usize = 16 << 10;

/// Room for all registers; the guest kernel's stacks have none to spare.
#[repr(C, align(64))]
struct Room(UnsafeCell<[u8; ROOM]>);

// SAFETY: one thread of the guest kernel traces its processes, and what interrupts that neither takes registers nor puts them back.
unsafe impl Sync for Room {}

static REGISTERS: Room = Room(UnsafeCell::new([0; ROOM]));

/// As ptrace(2), of which this takes the place.
///
/// # Safety
/// As of ptrace(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ptrace(request: c_uint, pid: c_int, address: *mut c_void, data: *mut c_void) -> c_long {
    // What is not a pointer is a whole word to the kernel.
    let (request, pid) = (c_long::from(request), c_long::from(pid));
    match request {
        PEEKTEXT..=PEEKUSR => {
            let mut word: c_long = 0;
            // SAFETY: the call writes one word.
            if unsafe { syscall(PTRACE, request, pid, address, &raw mut word) } == -1 {
                return -1;
            }
            // SAFETY: it is this thread's.
            unsafe { *__errno_location() = 0 };
            word
        }
        // SAFETY: the caller gives an `iovec`, and memory that is as long as it says.
        SETREGSET if address.addr() == NT_X86_XSTATE => unsafe { put_back(pid, data.cast()) },
        // SAFETY: as promised by the caller.
        _ => unsafe { syscall(PTRACE, request, pid, address, data) },
    }
}

/// # Safety
/// The memory is as long as `given` says.
unsafe fn put_back(pid: c_long, given: *mut IoVec) -> c_long {
    // SAFETY: the call reads as many bytes as there are, and writes how many it took.
    let set = |registers: *mut IoVec| unsafe { syscall(PTRACE, SETREGSET, pid, NT_X86_XSTATE, registers) };
    // SAFETY: it is the caller's, and nobody else has it.
    let IoVec { base: from, length } = unsafe { given.read() };
    let all = size(pid);
    if length >= all {
        return set(given);
    }
    let base = REGISTERS.0.get().cast::<u8>();
    // SAFETY: both have room for that many bytes, and are apart.
    unsafe {
        ptr::copy_nonoverlapping(from.cast(), base, length);
        ptr::write_bytes(base.add(length), 0, all - length);
    }
    let mut whole = IoVec { base: base.cast(), length: all };
    set(&raw mut whole)
}

/// How many bytes of registers a process has here; 0 while the host does not tell, or has more than there is room for.
fn size(pid: c_long) -> usize {
    static SIZE: AtomicUsize = AtomicUsize::new(0);
    if SIZE.load(Ordering::Relaxed) == 0 {
        let mut told = IoVec { base: REGISTERS.0.get().cast(), length: ROOM };
        // SAFETY: the call writes no more than there is room for, and the length that it had.
        if unsafe { syscall(PTRACE, GETREGSET, pid, NT_X86_XSTATE, &raw mut told) } == 0 && told.length < ROOM {
            SIZE.store(told.length, Ordering::Relaxed);
        }
    }
    SIZE.load(Ordering::Relaxed)
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    // SAFETY: it may be called any time.
    unsafe { abort() }
}
