//! The limits of another process, see getrlimit(2).

use std::fs;
use std::io;

use nix::libc;

use crate::sys::replay::limit_of;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The size of a file that it makes larger, in bytes.
    FileSize,
    /// The number of a descriptor.
    Descriptors,
}

impl Limit {
    /// The soft limit of a process; [`libc::RLIM_INFINITY`] where there is none.
    pub fn of(self, process: i32) -> io::Result<u64> {
        let resource = match self {
            Self::FileSize => libc::RLIMIT_FSIZE,
            Self::Descriptors => libc::RLIMIT_NOFILE,
        };
        match limit_of(process, resource) {
            // It is another user by now.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let text = fs::read_to_string(format!("/proc/{process}/limits"))?;
                self.within(&text).ok_or_else(|| io::Error::other("its limits have another form than is known"))
            }
            asked => asked,
        }
    }

    /// What `/proc/PID/limits` says of it.
    fn within(self, text: &str) -> Option<u64> {
        let name = match self {
            Self::FileSize => "Max file size ",
            Self::Descriptors => "Max open files ",
        };
        match text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()? {
            "unlimited" => Some(libc::RLIM_INFINITY),
            number => number.parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_asking_give_the_same() {
        let own = std::process::id().cast_signed();
        let text = fs::read_to_string("/proc/self/limits").unwrap();
        for limit in [Limit::FileSize, Limit::Descriptors] {
            assert_eq!(limit.within(&text), Some(limit.of(own).unwrap()));
        }
    }

    #[test]
    fn limits_are_read_as_they_are_written() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max file size             unlimited            unlimited            bytes     \n\
                    Max open files            1024                 4096                 files     \n";
        assert_eq!(Limit::FileSize.within(text), Some(libc::RLIM_INFINITY));
        assert_eq!(Limit::Descriptors.within(text), Some(1024));
        assert_eq!(Limit::Descriptors.within(""), None);
    }
}
