//! What lets the guest kernel run on a processor with more registers than it has room for; `preload/registers.rs` says how.

use std::fs;

use crate::filesystem::SetupError;

/// A shared library for ld.so(8). It is empty where harness/build.rs cannot make one.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/registers.so"));

const IS_MADE: bool = cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));

const PATH: &str = "/exdev/guest/registers.so";

/// The path of the library, for `LD_PRELOAD`.
pub fn preload() -> Option<&'static str> {
    IS_MADE.then_some(PATH)
}

/// Lays the library out.
pub fn lay_out() -> Result<(), SetupError> {
    preload().map_or(Ok(()), |path| fs::write(path, LIBRARY).map_err(SetupError::failed("write", path)))
}

#[cfg(all(test, target_arch = "x86_64", target_env = "gnu"))]
mod tests {
    #![expect(unsafe_code, reason = "ptrace(2) of registers, and a library's function, have no safe wrapper")]

    use std::ffi::{CStr, CString, c_int, c_long, c_void};
    use std::io::Write;
    use std::mem::transmute;
    use std::process::{Command, Stdio};

    use nix::errno::Errno;
    use nix::libc;
    use rustix::process::{Pid, WaitOptions, waitpid};

    use super::*;

    type Ptrace = unsafe extern "C" fn(u32, c_int, *mut c_void, *mut c_void) -> c_long;

    const XSTATE: usize = 0x202;

    /// A library's function.
    fn ptrace_of(library: &CStr) -> Ptrace {
        // SAFETY: the library does nothing when it is loaded, and its function has that type.
        unsafe {
            let library = libc::dlopen(library.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            assert!(!library.is_null(), "{:?}", CStr::from_ptr(libc::dlerror()));
            let function = libc::dlsym(library, c"ptrace".as_ptr());
            assert!(!function.is_null());
            transmute::<*mut c_void, Ptrace>(function)
        }
    }

    /// How many bytes the call left in the vector.
    fn call(ptrace: Ptrace, request: u32, pid: i32, registers: &mut [u8]) -> Result<usize, Errno> {
        let mut vector = libc::iovec { iov_base: registers.as_mut_ptr().cast(), iov_len: registers.len() };
        // SAFETY: the vector says how much memory there is.
        let result = unsafe { ptrace(request, pid, XSTATE as *mut c_void, (&raw mut vector).cast()) };
        if result == 0 { Ok(vector.iov_len) } else { Err(Errno::last()) }
    }

    #[test]
    fn a_part_of_the_registers_suffices() {
        // Where programs can be executed, libraries can be loaded.
        let folder = std::env::current_exe().unwrap();
        let mut file = tempfile::NamedTempFile::new_in(folder.parent().unwrap()).unwrap();
        file.write_all(LIBRARY).unwrap();
        let ours = ptrace_of(&CString::new(file.path().to_str().unwrap()).unwrap());
        let libc = ptrace_of(c"libc.so.6");

        let mut traced = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&traced);
        let raw = pid.as_raw_nonzero().get();
        let plain = |request| {
            // SAFETY: these requests neither read nor write memory.
            assert_eq!(unsafe { ours(request, raw, std::ptr::null_mut(), std::ptr::null_mut()) }, 0);
        };
        plain(libc::PTRACE_SEIZE);
        plain(libc::PTRACE_INTERRUPT);
        assert!(waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap().1.stopped());

        let mut before = vec![0; 1 << 16];
        let size = call(ours, libc::PTRACE_GETREGSET, raw, &mut before).unwrap();
        before.truncate(size);
        // Those of x87 and SSE, and the header; AVX has more.
        let mut part = before[..576].to_vec();
        // AVX's are in use, the header says: else nobody looks at what is given for them.
        part[512] |= 1 << 2;
        assert_eq!(call(libc, libc::PTRACE_SETREGSET, raw, &mut part), Err(Errno::EFAULT), "of {size} bytes");
        assert_eq!(call(ours, libc::PTRACE_SETREGSET, raw, &mut part), Ok(576), "of {size} bytes");
        let mut after = vec![0; size];
        assert_eq!(call(libc, libc::PTRACE_GETREGSET, raw, &mut after), Ok(size));
        assert_eq!(after[..512], before[..512]);
        assert!(after[576..832].iter().all(|&byte| byte == 0), "those of AVX");

        plain(libc::PTRACE_DETACH);
        drop(traced.stdin.take());
        assert!(traced.wait().unwrap().success());
    }
}
