//! What `/proc` tells of a thread, see `proc_pid_status(5)`.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::thread::CapabilitySet;

/// Who a thread is: identity, groups, capabilities; and where its root and its user namespace are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Real, effective, saved and filesystem user ID.
    pub users: [u32; 4],
    /// The same of the group.
    pub groups: [u32; 4],
    /// The supplementary groups.
    pub supplementary: Vec<u32>,
    /// The effective capabilities.
    pub capabilities: u64,
    /// Device and inode number of its root directory.
    pub root: (u64, u64),
    /// The name of its user namespace.
    pub user_namespace: PathBuf,
}

/// What is told of a thread.
#[derive(Debug)]
pub struct Status {
    /// The process that it is of.
    pub process: i32,
    /// That process's parent.
    pub parent: i32,
    /// How many threads that process has.
    pub threads: u32,
    /// The permission bits that it does not give.
    pub umask: u32,
    /// Who it is.
    pub standing: Standing,
}

impl Standing {
    /// Who we are.
    pub fn own() -> io::Result<Self> {
        Ok(Status::read("self")?.standing)
    }

    /// Whether files are the same to both: it takes no part in that what else a supervisor may look into.
    pub fn is_like(&self, other: &Self) -> bool {
        let files = |standing: &Self| Self {
            capabilities: standing.capabilities & !CapabilitySet::SYS_PTRACE.bits(),
            ..standing.clone()
        };
        files(self) == files(other)
    }
}

impl Status {
    /// What is told of this thread.
    pub fn read(thread: &str) -> io::Result<Self> {
        let folder = PathBuf::from(format!("/proc/{thread}"));
        let text = fs::read_to_string(folder.join("status"))?;
        let root = fs::metadata(folder.join("root"))?;
        let user_namespace = fs::read_link(folder.join("ns/user"))?;
        parse(&text, (root.dev(), root.ino()), user_namespace).ok_or_else(|| {
            io::Error::other(format!("{} has another form than is known", folder.join("status").display()))
        })
    }
}

fn parse(text: &str, root: (u64, u64), user_namespace: PathBuf) -> Option<Status> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let numbers =
        |name| Some(field(name)?.split_whitespace().filter_map(|number| number.parse().ok()).collect::<Vec<u32>>());
    let four = |name| <[u32; 4]>::try_from(numbers(name)?).ok();
    let standing = Standing {
        users: four("Uid:")?,
        groups: four("Gid:")?,
        supplementary: numbers("Groups:")?,
        capabilities: u64::from_str_radix(field("CapEff:")?, 16).ok()?,
        root,
        user_namespace,
    };
    Some(Status {
        process: field("Tgid:")?.parse().ok()?,
        parent: field("PPid:")?.parse().ok()?,
        threads: field("Threads:")?.parse().ok()?,
        umask: u32::from_str_radix(field("Umask:")?, 8).ok()?,
        standing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_field_by_field() {
        let text = "Name:\tuv\nUmask:\t0027\nTgid:\t41\nPid:\t42\nPPid:\t40\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n\
                    Groups:\t10 20 \nThreads:\t3\nCapEff:\t00000000000000c3\n";
        let status = parse(text, (1, 2), "user:[1]".into()).unwrap();
        assert_eq!((status.process, status.parent, status.threads, status.umask), (41, 40, 3, 0o027));
        let expected = Standing {
            users: [1, 2, 3, 4],
            groups: [5, 6, 7, 8],
            supplementary: vec![10, 20],
            capabilities: 0xc3,
            root: (1, 2),
            user_namespace: "user:[1]".into(),
        };
        assert_eq!(status.standing, expected);
        assert!(parse("Name:\tuv\n", (1, 2), "user:[1]".into()).is_none());
    }
}
