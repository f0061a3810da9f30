//! What each watched system call takes, and which arguments are paths, directories and files.
//!
//! Invariant: the filter is made from this table alone, so what is handed on and what is understood are the same.

use nix::libc;

use super::class::Class;

/// One system call, or one request of ioctl(2).
#[derive(Debug)]
pub struct Signature {
    /// Its number on this architecture.
    pub number: i64,
    /// What it is watched for.
    pub what: What,
    /// When it is watched.
    pub when: When,
    /// What its arguments are; those that are not listed are numbers.
    pub arguments: &'static [Argument],
}

/// What a call is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It places, changes or removes files.
    Place(Class),
    /// It changes what paths or permissions mean to its process.
    Context,
    /// It puts its thread under a Landlock ruleset.
    Ruleset,
    /// It makes its process the parent of its descendants whose own has ended.
    Adoption,
    /// It makes a ring through which calls would go unseen.
    Ring,
}

/// When a call is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// When the flags in this argument are for writing or creating.
    Writing(usize),
    /// When its first argument is this operation.
    Operation(u32),
    /// When its second argument is this request.
    Request(u32),
}

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A number, which means the same in every process.
    Number,
    /// A descriptor of the directory that the next path begins in, or `AT_FDCWD`.
    Directory,
    /// A path.
    Path(Role),
    /// A text that is stored, not looked up: what a symlink points to.
    Text,
    /// A descriptor.
    File(Role),
    /// The flags of openat(2).
    Flags,
    /// A `struct open_how`, whose size is in the next argument.
    How,
    /// A `struct file_clone_range`, which holds a descriptor.
    Range,
    /// A pointer to an offset, which the kernel changes; or none.
    Offset,
}

/// What a call does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It takes something from it.
    From,
    /// It places, changes or removes it.
    To,
}

/// Flags of open(2) that are for writing or creating.
pub const WRITING: i32 =
    libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | (libc::O_TMPFILE & !libc::O_DIRECTORY);

/// What is watched of a call, by its number and its arguments; `None` for one that is not watched.
pub fn find(number: i64, arguments: &[u64; 6]) -> Option<&'static Signature> {
    // The kernel, too, looks at the lower half alone.
    let is = |wanted: u32, index: usize| u64::from(wanted) == arguments[index] & u64::from(u32::MAX);
    let mut known = ALL.iter().filter(|signature| signature.number == number);
    known.find(|signature| match signature.when {
        When::Operation(operation) => is(operation, 0),
        When::Request(request) => is(request, 1),
        When::Always | When::Writing(_) => true,
    })
}

use Argument::{Directory, File, Flags, How, Number, Offset, Path, Range, Text};
use Role::{From, To};

const fn place(number: i64, class: Class, arguments: &'static [Argument]) -> Signature {
    Signature { number, what: What::Place(class), when: When::Always, arguments }
}

const fn opens(number: i64, flags: usize, arguments: &'static [Argument]) -> Signature {
    Signature { number, what: What::Place(Class::Open), when: When::Writing(flags), arguments }
}

const fn requests(request: u32, arguments: &'static [Argument]) -> Signature {
    Signature { number: libc::SYS_ioctl, what: What::Place(Class::Reflink), when: When::Request(request), arguments }
}

const fn other(number: i64, what: What) -> Signature {
    Signature { number, what, when: When::Always, arguments: &[] }
}

/// Every call that is watched.
pub static ALL: &[Signature] = &[
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_link, Class::Link, &[Path(From), Path(To)]),
    place(libc::SYS_linkat, Class::Link, &[Directory, Path(From), Directory, Path(To)]),
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_symlink, Class::Symlink, &[Text, Path(To)]),
    place(libc::SYS_symlinkat, Class::Symlink, &[Text, Directory, Path(To)]),
    requests(linux_raw_sys::ioctl::FICLONE, &[File(To), Number, File(From)]),
    requests(linux_raw_sys::ioctl::FICLONERANGE, &[File(To), Number, Range]),
    place(libc::SYS_copy_file_range, Class::CopyFileRange, &[File(From), Offset, File(To), Offset]),
    place(libc::SYS_sendfile, Class::Sendfile, &[File(To), File(From), Offset]),
    #[cfg(target_arch = "x86_64")]
    opens(libc::SYS_open, 1, &[Path(To), Flags]),
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_creat, Class::Open, &[Path(To)]),
    opens(libc::SYS_openat, 2, &[Directory, Path(To), Flags]),
    place(libc::SYS_openat2, Class::Open, &[Directory, Path(To), How]),
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_rename, Class::Rename, &[Path(From), Path(To)]),
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_unlink, Class::Unlink, &[Path(To)]),
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_rmdir, Class::Unlink, &[Path(To)]),
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_mkdir, Class::Mkdir, &[Path(To)]),
    #[cfg(target_arch = "x86_64")]
    place(libc::SYS_chmod, Class::Chmod, &[Path(To)]),
    place(libc::SYS_renameat, Class::Rename, &[Directory, Path(From), Directory, Path(To)]),
    place(libc::SYS_renameat2, Class::Rename, &[Directory, Path(From), Directory, Path(To)]),
    place(libc::SYS_unlinkat, Class::Unlink, &[Directory, Path(To)]),
    place(libc::SYS_mkdirat, Class::Mkdir, &[Directory, Path(To)]),
    place(libc::SYS_fchmod, Class::Chmod, &[File(To)]),
    place(libc::SYS_fchmodat, Class::Chmod, &[Directory, Path(To)]),
    place(libc::SYS_fchmodat2, Class::Chmod, &[Directory, Path(To)]),
    place(libc::SYS_write, Class::Write, &[File(To)]),
    place(libc::SYS_pwrite64, Class::Write, &[File(To)]),
    place(libc::SYS_writev, Class::Write, &[File(To)]),
    place(libc::SYS_pwritev, Class::Write, &[File(To)]),
    place(libc::SYS_pwritev2, Class::Write, &[File(To)]),
    other(libc::SYS_chdir, What::Context),
    other(libc::SYS_fchdir, What::Context),
    other(libc::SYS_umask, What::Context),
    other(libc::SYS_chroot, What::Context),
    other(libc::SYS_pivot_root, What::Context),
    other(libc::SYS_unshare, What::Context),
    other(libc::SYS_setns, What::Context),
    other(libc::SYS_setuid, What::Context),
    other(libc::SYS_setgid, What::Context),
    other(libc::SYS_setreuid, What::Context),
    other(libc::SYS_setregid, What::Context),
    other(libc::SYS_setresuid, What::Context),
    other(libc::SYS_setresgid, What::Context),
    other(libc::SYS_setfsuid, What::Context),
    other(libc::SYS_setfsgid, What::Context),
    other(libc::SYS_setgroups, What::Context),
    other(libc::SYS_capset, What::Context),
    other(libc::SYS_landlock_restrict_self, What::Ruleset),
    Signature {
        number: libc::SYS_prctl,
        what: What::Adoption,
        when: When::Operation(libc::PR_SET_CHILD_SUBREAPER.unsigned_abs()),
        arguments: &[],
    },
    other(libc::SYS_io_uring_setup, What::Ring),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_ioctl_is_told_from_every_other() {
        let class = |request: u64| {
            find(libc::SYS_ioctl, &[0, request, 0, 0, 0, 0]).map(|found| found.arguments.last().copied())
        };
        assert_eq!(class(u64::from(linux_raw_sys::ioctl::FICLONE)), Some(Some(File(From))));
        assert_eq!(class(u64::from(linux_raw_sys::ioctl::FICLONERANGE) | 1 << 40), Some(Some(Range)));
        assert_eq!(class(u64::from(linux_raw_sys::ioctl::FS_IOC_GETFLAGS)), None);
    }

    #[test]
    fn every_directory_is_followed_by_its_path() {
        for signature in ALL {
            let arguments = signature.arguments;
            let at = arguments.iter().enumerate().filter(|(_, argument)| **argument == Directory);
            for (index, _) in at {
                assert!(matches!(arguments.get(index + 1), Some(Path(_))), "{signature:?}");
            }
        }
    }
}
