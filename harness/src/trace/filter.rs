//! The filter that hands the watched calls on: a program of classic BPF, see seccomp(2).
//!
//! Invariant: a call that is not watched is allowed, whatever it is. The kernel remembers that of those whose number alone
//! decides, so that they cost nothing.

use nix::libc;

use super::class::Class;
use super::fault::Fault;
use super::signature::{ALL, Signature, WRITING, What, When};
use crate::sys::seccomp::Instruction;

/// Which calls are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that place files, but for each single write.
    Placing,
    /// These, and each single write.
    PlacingAndWriting,
}

impl Scope {
    /// What must be watched for these faults to be possible.
    #[must_use]
    pub fn of(faults: &[Fault]) -> Self {
        let writes = faults.iter().any(|fault| fault.class == Class::Write);
        if writes { Self::PlacingAndWriting } else { Self::Placing }
    }
}

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const IF_NOT_BELOW: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
const IF_ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// The offsets in `struct seccomp_data`. The arguments are of 64 bits, whose lower half comes first on our architectures.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// How this program's own system calls are numbered, see `linux/audit.h`.
#[cfg(target_arch = "x86_64")]
pub const OURS: u32 = 0xc000_003e;
/// How this program's own system calls are numbered, see `linux/audit.h`.
#[cfg(target_arch = "aarch64")]
pub const OURS: u32 = 0xc000_00b7;

/// From here on, numbers are of x32 calls.
pub const X32: u32 = 0x4000_0000;

/// The filter.
pub fn program(scope: Scope) -> Vec<Instruction> {
    let watched = ALL.iter().filter(|signature| scope == Scope::PlacingAndWriting || !is_write(signature));
    let mut program = vec![
        instruction(LOAD, 0, 0, ARCHITECTURE),
        instruction(IF_EQUAL, 1, 0, OURS),
        hand_on(),
        instruction(LOAD, 0, 0, NUMBER),
        instruction(IF_NOT_BELOW, 0, 1, X32),
        hand_on(),
    ];
    let mut watched = watched.peekable();
    while let Some(signature) = watched.next() {
        let mut tests = test(signature);
        while let Some(more) = watched.next_if(|next| next.number == signature.number) {
            tests.extend(test(more));
        }
        // Where no test holds, the number was ours and nothing else can be: the call is allowed.
        if signature.when != When::Always {
            tests.push(allow());
        }
        let beyond = u8::try_from(tests.len()).unwrap_or(u8::MAX);
        program.push(instruction(IF_EQUAL, 0, beyond, u32::try_from(signature.number).unwrap_or(u32::MAX)));
        program.extend(tests);
    }
    program.push(allow());
    program
}

/// Hands the call on where the condition holds, and else goes on behind.
fn test(signature: &Signature) -> Vec<Instruction> {
    let argument = |index: usize| instruction(LOAD, 0, 0, ARGUMENTS + 8 * u32::try_from(index).unwrap_or(0));
    match signature.when {
        When::Always => vec![hand_on()],
        When::Writing(flags) => vec![argument(flags), instruction(IF_ANY_BIT, 0, 1, WRITING.unsigned_abs()), hand_on()],
        When::Operation(operation) => vec![argument(0), instruction(IF_EQUAL, 0, 1, operation), hand_on()],
        When::Request(request) => vec![argument(1), instruction(IF_EQUAL, 0, 1, request), hand_on()],
    }
}

fn is_write(signature: &Signature) -> bool {
    signature.what == What::Place(Class::Write)
}

fn hand_on() -> Instruction {
    instruction(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF)
}

fn allow() -> Instruction {
    instruction(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW)
}

/// If `code` is a jump: so many instructions further where the test holds, and where it does not.
fn instruction(code: u32, if_so: u8, if_not: u8, k: u32) -> Instruction {
    Instruction { code: u16::try_from(code).unwrap_or(0), jt: if_so, jf: if_not, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program answers, by running it as the kernel would.
    fn run(program: &[Instruction], architecture: u32, number: u32, arguments: [u32; 3]) -> u32 {
        let word = |offset: u32| match offset {
            NUMBER => number,
            ARCHITECTURE => architecture,
            offset => arguments[((offset - ARGUMENTS) / 8) as usize],
        };
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            let jump = |holds: bool| usize::from(if holds { jt } else { jf });
            at += 1;
            match u32::from(code) {
                LOAD => accumulator = word(k),
                IF_EQUAL => at += jump(accumulator == k),
                IF_NOT_BELOW => at += jump(accumulator >= k),
                IF_ANY_BIT => at += jump(accumulator & k != 0),
                RETURN => return k,
                code => panic!("{code} is no instruction of ours"),
            }
        }
    }

    fn is_handed_on(scope: Scope, number: i64, arguments: [u32; 3]) -> bool {
        let answer = run(&program(scope), OURS, u32::try_from(number).unwrap(), arguments);
        assert!([libc::SECCOMP_RET_USER_NOTIF, libc::SECCOMP_RET_ALLOW].contains(&answer));
        answer == libc::SECCOMP_RET_USER_NOTIF
    }

    #[test]
    fn opening_is_watched_where_it_writes_or_creates() {
        let open = |flags: i32| is_handed_on(Scope::Placing, libc::SYS_openat, [0, 0, flags.unsigned_abs()]);
        for flags in [libc::O_WRONLY, libc::O_RDWR | libc::O_CLOEXEC, libc::O_CREAT, libc::O_TRUNC, libc::O_TMPFILE] {
            assert!(open(flags), "{flags:o}");
        }
        for flags in [libc::O_RDONLY, libc::O_DIRECTORY | libc::O_CLOEXEC, libc::O_PATH | libc::O_NOFOLLOW] {
            assert!(!open(flags), "{flags:o}");
        }
        assert!(is_handed_on(Scope::Placing, libc::SYS_openat2, [0; 3]));
    }

    #[test]
    fn of_ioctl_only_reflinks_are_watched() {
        let ioctl = |request| is_handed_on(Scope::Placing, libc::SYS_ioctl, [3, request, 4]);
        assert!(ioctl(linux_raw_sys::ioctl::FICLONE) && ioctl(linux_raw_sys::ioctl::FICLONERANGE));
        assert!(!ioctl(linux_raw_sys::ioctl::FS_IOC_GETFLAGS));
        assert!(!ioctl(0x5401), "TCGETS");
    }

    #[test]
    fn single_writes_are_watched_on_request() {
        for (number, on_request) in [(libc::SYS_write, true), (libc::SYS_pwritev2, true), (libc::SYS_linkat, false)] {
            assert_eq!(is_handed_on(Scope::Placing, number, [0; 3]), !on_request);
            assert!(is_handed_on(Scope::PlacingAndWriting, number, [0; 3]));
        }
        for number in [libc::SYS_read, libc::SYS_close, libc::SYS_execve, libc::SYS_newfstatat] {
            assert!(!is_handed_on(Scope::PlacingAndWriting, number, [0; 3]));
        }
    }

    #[test]
    fn other_ways_of_calling_are_handed_on_whatever_they_call() {
        const I386: u32 = 0x4000_0003;
        let program = program(Scope::Placing);
        assert_eq!(run(&program, I386, 3, [0; 3]), libc::SECCOMP_RET_USER_NOTIF);
        assert_eq!(run(&program, OURS, X32 | 1, [0; 3]), libc::SECCOMP_RET_USER_NOTIF);
    }

    #[test]
    fn every_watched_call_is_found_by_its_number() {
        for signature in ALL {
            let mut arguments = [0; 6];
            match signature.when {
                When::Operation(operation) => arguments[0] = operation.into(),
                When::Request(request) => arguments[1] = request.into(),
                When::Always | When::Writing(_) => {}
            }
            let found = super::super::signature::find(signature.number, &arguments).unwrap();
            assert!(std::ptr::eq(found, signature), "{signature:?}");
        }
    }
}
