//! Which of the calls that are heard of are about files that can be placed.
//!
//! Invariant: about anything else (pipes, terminals, sockets, the kernel's own files) the kernel makes the call: that might have us
//! wait, or would be about us.

use std::fs;
use std::io;

use nix::libc;
use rustix::fs::{FileType, Stat, major, minor};

use super::call::Call;
use super::class::Class;
use super::perform::writing_flags;
use crate::sys::replay::Word;

/// What a call does to what was in a file before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// It is what it was, or there is more of it.
    Kept,
    /// There is none: the file is new, or was emptied.
    Emptied,
}

/// The filesystems whose files are the kernel's.
#[derive(Debug)]
pub struct OfTheKernel {
    devices: Vec<(u32, u32)>,
}

impl OfTheKernel {
    /// Those that are mounted, see `proc_pid_mountinfo(5)`. No linker can mount another one.
    pub fn mounted() -> io::Result<Self> {
        Ok(Self::within(&fs::read_to_string("/proc/self/mountinfo")?))
    }

    fn within(mountinfo: &str) -> Self {
        const KINDS: [&str; 10] =
            ["bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "proc", "securityfs", "sysfs", "tracefs"];
        let devices = mountinfo.lines().filter_map(|line| {
            let (mount, filesystem) = line.split_once(" - ")?;
            let (major, minor) = mount.split_whitespace().nth(2)?.split_once(':')?;
            let kind = filesystem.split_whitespace().next()?;
            Some((major.parse().ok()?, minor.parse().ok()?)).filter(|_| KINDS.contains(&kind))
        });
        Self { devices: devices.collect() }
    }

    fn holds(&self, found: &Stat) -> bool {
        self.devices.contains(&(major(found.st_dev), minor(found.st_dev)))
    }
}

/// What a call does to a file that can be placed; `None` where it is about anything else. We must be in the thread's directory.
///
/// # Errors
/// Its path may lead elsewhere for the thread than for us.
pub fn concern(class: Class, call: &Call, of_the_kernel: &OfTheKernel) -> io::Result<Option<Content>> {
    let Some(to) = &call.to else {
        return Ok((class == Class::Open).then_some(Content::Emptied));
    };
    let kind = |found: &Stat| FileType::from_raw_mode(found.st_mode);
    let kept = |concerns: bool| concerns.then_some(Content::Kept);
    Ok(match class {
        Class::Write => kept(to.look()?.is_ok_and(|found| kind(&found).is_file() && found.st_nlink > 0)),
        Class::Sendfile | Class::Reflink => {
            kept(call.from.is_some() && to.look()?.is_ok_and(|found| kind(&found).is_file()))
        }
        Class::CopyFileRange => kept(call.from.is_some()),
        Class::Open => {
            let Some(flags) = writing_flags(call) else { return Ok(None) };
            match to.look()? {
                Ok(found) if kind(&found).is_dir() => Some(Content::Emptied),
                Ok(found) if !kind(&found).is_file() || of_the_kernel.holds(&found) => None,
                Ok(_) if flags & libc::O_TRUNC == 0 => Some(Content::Kept),
                _ => Some(Content::Emptied),
            }
        }
        Class::Chmod => kept(!to.look()?.is_ok_and(|found| of_the_kernel.holds(&found))),
        Class::Link => {
            if let (Some(from), true) = (&call.from, follows(call)) {
                // Only to see that it leads where it leads the linker.
                let _ = from.look()?;
            }
            kept(true)
        }
        Class::Symlink | Class::Rename | Class::Unlink | Class::Mkdir => kept(true),
    })
}

/// Whether linkat(2) is to link what a symlink leads to.
fn follows(call: &Call) -> bool {
    let follow = u64::from(libc::AT_SYMLINK_FOLLOW.unsigned_abs());
    call.number == libc::SYS_linkat && matches!(call.words[4], Word::Number(flags) if flags & follow != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_own_filesystems_are_found_by_their_kind() {
        let text = "22 1 0:21 / /proc rw shared:1 - proc proc rw\n\
                    23 1 0:22 / /sys rw - sysfs sysfs rw\n\
                    24 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                    25 1 0:30 / /a\\040-\\040b rw master:1 - tmpfs proc rw\n";
        assert_eq!(OfTheKernel::within(text).devices, [(0, 21), (0, 22)]);
        let status = rustix::fs::stat("/proc/self/status").unwrap();
        assert!(OfTheKernel::mounted().unwrap().holds(&status));
        assert!(!OfTheKernel::mounted().unwrap().holds(&rustix::fs::stat("/").unwrap()));
    }
}
