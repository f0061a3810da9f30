//! What paths and permissions mean to a thread: its directory, its umask, its root, its credentials, its sandbox.
//!
//! Invariant: what is known of a thread is as of its last watched call that could have changed it; see [`What::Context`].
//!
//! [`What::Context`]: super::signature::What::Context

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use super::disguise::Disguise;

/// What is known of one thread.
#[derive(Debug)]
pub struct Context {
    /// The thread.
    pub thread: i32,
    /// The process that it is of.
    pub process: i32,
    handle: OwnedFd,
    /// The directory that its relative paths begin in.
    pub directory: OwnedFd,
    /// That directory's path.
    pub directory_path: PathBuf,
    /// The permission bits that it does not give.
    pub umask: Mode,
    /// What it takes to be who it is; `None` where we are just so.
    pub disguise: Option<Disguise>,
}

impl Context {
    /// Our own copy of one of its descriptors: both are of one open file. `None` where it has no such descriptor.
    pub fn file(&self, number: i32) -> io::Result<Option<OwnedFd>> {
        if number < 0 {
            return Ok(None);
        }
        match pidfd_getfd(&self.handle, number, PidfdGetfdFlags::empty()) {
            Ok(copy) => Ok(Some(copy)),
            Err(rustix::io::Errno::BADF) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Whether its process has ended; another may have its number then.
    fn is_over(&self) -> bool {
        let mut fds = [PollFd::new(&self.handle, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
    }
}

/// Who a thread is, as `proc_pid_status(5)` tells it: identity, groups, capabilities; and where its root and its user namespace are.
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
    root: (u64, u64),
    user_namespace: PathBuf,
}

impl Standing {
    /// Who we are.
    pub fn own() -> io::Result<Self> {
        Ok(Status::read("self")?.standing)
    }
}

/// What is known of all threads.
#[derive(Debug)]
pub struct Contexts {
    own: Standing,
    threads: HashMap<i32, Rc<Context>>,
    /// The rulesets of each process that was ever seen. A process that was never seen has not restricted itself.
    rulesets: HashMap<i32, Vec<Rc<OwnedFd>>>,
}

impl Contexts {
    /// Nothing is known yet. We must be who the linker is.
    pub fn new() -> io::Result<Self> {
        Ok(Self { own: Standing::own()?, threads: HashMap::new(), rulesets: HashMap::new() })
    }

    /// Forgets what a call may have changed.
    pub fn forget(&mut self) {
        self.threads.clear();
    }

    /// Notes that a thread puts its process under a ruleset, which is this descriptor of its own.
    pub fn restrict(&mut self, thread: i32, ruleset: i32) -> io::Result<()> {
        let context = self.of(thread)?;
        let ruleset = context.file(ruleset)?.ok_or(io::ErrorKind::NotFound)?;
        self.rulesets.entry(context.process).or_default().push(Rc::new(ruleset));
        self.forget();
        Ok(())
    }

    /// What is known of a thread, looked up if need be.
    pub fn of(&mut self, thread: i32) -> io::Result<Rc<Context>> {
        if let Some(known) = self.threads.get(&thread).filter(|known| !known.is_over()) {
            return Ok(Rc::clone(known));
        }
        let context = Rc::new(self.look(thread)?);
        self.threads.insert(thread, Rc::clone(&context));
        Ok(context)
    }

    fn look(&mut self, thread: i32) -> io::Result<Context> {
        let status = Status::read(&thread.to_string())?;
        let folder = PathBuf::from(format!("/proc/{thread}"));
        let rulesets = self.rulesets_of(&status)?;
        let Status { process, umask, standing, .. } = status;
        if standing.user_namespace != self.own.user_namespace {
            return Err(io::Error::other("it is in another user namespace"));
        }
        let disguise = if standing == self.own && rulesets.is_empty() {
            None
        } else {
            let root = if standing.root == self.own.root { None } else { Some(open(&folder.join("root"))?) };
            Some(Disguise { standing, root, rulesets })
        };
        let handle = Pid::from_raw(process).ok_or(io::ErrorKind::NotFound)?;
        let directory = folder.join("cwd");
        Ok(Context {
            thread,
            process,
            handle: pidfd_open(handle, PidfdFlags::empty())?,
            directory_path: fs::read_link(&directory)?,
            directory: open(&directory)?,
            umask: Mode::from_raw_mode(umask),
            disguise,
        })
    }

    /// The rulesets that a process is under: its own, or those of the one that it comes from.
    fn rulesets_of(&mut self, status: &Status) -> io::Result<Vec<Rc<OwnedFd>>> {
        if let Some(known) = self.rulesets.get(&status.process) {
            return Ok(known.clone());
        }
        let restricted = self.rulesets.values().any(|rulesets| !rulesets.is_empty());
        let inherited = match self.rulesets.get(&status.parent) {
            Some(known) => known.clone(),
            None if !restricted => Vec::new(),
            // Its parent was never seen, or is gone; and with it what it inherited.
            None => return Err(io::Error::other("it may be in a sandbox")),
        };
        self.rulesets.insert(status.process, inherited.clone());
        Ok(inherited)
    }
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    Ok(openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
}

/// What `/proc/PID` tells of a thread.
struct Status {
    process: i32,
    parent: i32,
    umask: u32,
    standing: Standing,
}

impl Status {
    fn read(thread: &str) -> io::Result<Self> {
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
                    Groups:\t10 20 \nCapEff:\t00000000000000c3\n";
        let status = parse(text, (1, 2), "user:[1]".into()).unwrap();
        assert_eq!((status.process, status.parent, status.umask), (41, 40, 0o027));
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

    #[test]
    fn we_are_who_we_are() {
        let mut contexts = Contexts::new().unwrap();
        let context = contexts.of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(context.disguise.is_none());
        assert_eq!(context.directory_path, std::env::current_dir().unwrap());
    }
}
