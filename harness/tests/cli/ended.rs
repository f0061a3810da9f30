//! Guests that end before they are asked to: what is said, and that the rest of the run goes on.

use std::fs;
use std::path::Path;
use std::time::Duration;

use assert_fs::TempDir;
use exdev::kernel::pool::{Launcher, Pool};
use exdev::kernel::wire::{Reply, Request};
use exdev::kernel::{Choice, Kernel};
use exdev::outcome::{Exit, Report};
use exdev::pairing::Pairing;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use crate::exdev::exdev;
use crate::guest::{equipped, here};
use crate::own_build::build;

/// A process, see `proc_pid_stat(5)`.
#[derive(Debug)]
pub struct Process {
    pub id: i32,
    parent: i32,
    name: String,
}

fn processes() -> Vec<Process> {
    let read = |entry: fs::DirEntry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (id, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let parent = rest.split(' ').nth(1)?;
        Some(Process { id: id.parse().ok()?, parent: parent.parse().ok()?, name: name.to_owned() })
    };
    fs::read_dir("/proc").unwrap().filter_map(|entry| read(entry.unwrap())).collect()
}

/// The processes that descend from one of these, parents before their children.
pub fn below(ancestors: Vec<i32>) -> Vec<Process> {
    let (mut all, mut below, mut found) = (processes(), ancestors, Vec::new());
    while let Some(parent) = below.pop() {
        let (children, others) = all.into_iter().partition(|process| process.parent == parent);
        all = others;
        let children: Vec<Process> = children;
        below.extend(children.iter().map(|process| process.id));
        found.extend(children);
    }
    found
}

/// The processes of the guest's kernel that descend from one of these, the first of them first.
fn kernel_below(ancestors: Vec<i32>) -> Vec<i32> {
    below(ancestors).into_iter().filter(|process| process.name == "linux.uml").map(|process| process.id).collect()
}

/// Waits until a file is opened, be it by a guest, which opens the host's files.
struct Opened {
    watch: rustix::fd::OwnedFd,
}

impl Opened {
    fn watch(path: &Path) -> Self {
        let watch = inotify::init(CreateFlags::CLOEXEC).unwrap();
        inotify::add_watch(&watch, path, WatchFlags::OPEN).unwrap();
        Self { watch }
    }

    fn wait(&self) {
        let limit = Timespec { tv_sec: 300, tv_nsec: 0 };
        let opened = poll(&mut [PollFd::new(&self.watch, PollFlags::IN)], Some(&limit)).unwrap();
        assert_eq!(opened, 1, "nobody opened it");
    }
}

#[test]
fn a_guest_that_is_killed_is_replaced() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let waits = format!("mkfifo $HOME/never; read line <{}; read line <$HOME/never", file.display());
    let linkers = [build(&folder, "waits/uv", &waits), build(&folder, "copies/uv", "cp -r $cache/. $target")];
    let opened = Opened::watch(&file);
    let run = ["run", "--pairing=tmpfs", "--kernel=uml", "--jobs=1", "--json", "--linker", &linkers.join(",")];
    let running = equipped(exdev(run)).start();
    if here() {
        opened.wait();
        let kernel = kernel_below(vec![running.id().try_into().unwrap()]);
        kill(Pid::from_raw(kernel[0]), Signal::SIGKILL).unwrap();
    }
    let ran = running.end();
    let report: Report = serde_json::from_str(&ran.stdout).unwrap();
    if !here() {
        return assert_eq!(report.not_run.len(), 2);
    }
    ran.ends(69);
    let [broken] = report.broken_setups.as_slice() else { panic!("{report:?}") };
    // What remained of it may have had time for a last word.
    let (said, _) = broken.problem.split_once(';').unwrap_or((&broken.problem, ""));
    assert_eq!(said, "the guest ended in mid-scenario: signal: 9 (SIGKILL)");
    let ended: Vec<_> = report.outcomes.iter().map(|outcome| outcome.exit).collect();
    assert_eq!(ended, [Exit::Code(0)]);
}

/// No other test asks for it: by this a guest is known.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keepers of guests with this patience.
fn keepers() -> Vec<i32> {
    let patient = |process: &Process| {
        let words = fs::read_to_string(format!("/proc/{}/cmdline", process.id)).unwrap_or_default();
        words.ends_with(&format!("\0--patience\0{}\0", PATIENCE.as_secs()))
    };
    let ours = std::process::id().cast_signed();
    let all = processes();
    all.iter().filter(|process| process.parent == ours && patient(process)).map(|process| process.id).collect()
}

#[test]
fn a_guest_that_hangs_is_replaced() {
    let launcher = Launcher {
        program: env!("CARGO_BIN_EXE_exdev").into(),
        scratch: "50%".to_owned(),
        patience: Some(PATIENCE),
        site: None,
    };
    let pool = Pool::new(&launcher, 1).unwrap();
    let pairing: Pairing = "tmpfs".parse().unwrap();
    let ask = || pool.ask(Request::Provision(pairing), Choice::Only(Kernel::Uml)).reply;
    let first = ask();
    if !here() {
        return assert!(matches!(first, Reply::NotHere { .. }), "{first:?}");
    }
    assert!(matches!(first, Reply::Provisioned(_)), "{first:?}");

    let hanging = kernel_below(keepers());
    assert!(!hanging.is_empty());
    for &process in &hanging {
        kill(Pid::from_raw(process), Signal::SIGSTOP).unwrap();
    }
    let Reply::Broken { problem } = ask() else { panic!("it did not hang") };
    assert_eq!(problem, format!("the guest showed no sign of life for {} s", PATIENCE.as_secs()));
    let left: Vec<_> = processes().into_iter().filter(|process| hanging.contains(&process.id)).collect();
    assert!(left.is_empty(), "{left:?}");

    let next = ask();
    assert!(matches!(next, Reply::Provisioned(_)), "{next:?}");
    drop(pool);
    assert!(keepers().is_empty());
}
