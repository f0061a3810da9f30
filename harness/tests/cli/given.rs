//! `exdev run --cache DIR --target DIR`: what is seen there, that nothing of it is left, and what is refused.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use assert_fs::TempDir;
use exdev::outcome::{Outcome, Placement, Report, Step};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use rstest::rstest;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::exdev::{Exdev, Ran, exdev, is_root, within};
use crate::own_build::UNPACK;
use crate::privately::{as_an_ordinary_user, behind};

/// Two directories with something of a person's in each, and one for TMPDIR.
struct Places {
    cache: TempDir,
    target: TempDir,
    temporary: TempDir,
}

impl Places {
    /// All on one filesystem.
    fn new() -> Self {
        Self::of(TempDir::new().unwrap(), TempDir::new().unwrap())
    }

    /// The target on another one than the cache.
    fn apart() -> Self {
        Self::of(TempDir::new().unwrap(), TempDir::new_in("/dev/shm").unwrap())
    }

    fn of(cache: TempDir, target: TempDir) -> Self {
        let places = Self { cache, target, temporary: TempDir::new().unwrap() };
        for directory in places.all() {
            // Another user may be the one who runs it.
            fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).unwrap();
        }
        fs::write(places.cache.path().join("mine"), "mine").unwrap();
        fs::create_dir(places.target.path().join("site-packages")).unwrap();
        places
    }

    fn all(&self) -> [&Path; 3] {
        [self.cache.path(), self.target.path(), self.temporary.path()]
    }

    /// `exdev run` on them, started by another program.
    fn run(&self, outer: &[String], linker: &str) -> Exdev {
        let [cache, target, temporary] = self.all().map(|path| path.to_str().unwrap());
        within(outer).args(["run", "--linker", linker, "--cache", cache, "--target", target]).env("TMPDIR", temporary)
    }

    /// What was there before is there, and nothing else.
    #[track_caller]
    fn are_as_before(&self) {
        let names = self.all().map(names);
        assert_eq!(names, [vec!["mine".to_owned()], vec!["site-packages".to_owned()], Vec::new()]);
        assert_eq!(fs::read_to_string(self.cache.path().join("mine")).unwrap(), "mine");
    }
}

fn names(directory: &Path) -> Vec<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn outcome(ran: &Ran) -> Outcome {
    let report: Report = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout));
    let [outcome] = report.outcomes.as_slice() else { panic!("{report:?}") };
    outcome.clone()
}

/// The name of the small package, run as whoever runs the tests.
fn small() -> &'static str {
    if is_root() { "small/root" } else { "small" }
}

#[test]
fn one_filesystem_is_linked() {
    let places = Places::new();
    let ran = places.run(&[], "reference").run();
    ran.ends(0);
    assert!(ran.stdout.starts_with(&format!("reference@per-file · default · {}\n", small())), "{}", ran.stdout);
    ran.finds(" directories      │ hard link ✓");
    ran.finds("1 scenario: 1 kept the contract, 0 broke a rule, 0 not run, 0 could not be set up");
    ran.leaves([]);
    places.are_as_before();
}

#[test]
fn two_filesystems_are_copied_between_and_the_report_names_them() {
    let places = Places::apart();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    let ran = places.run(&[], "reference").args(["--json"]).run();
    ran.ends(0);
    let outcome = outcome(&ran);
    assert_eq!(outcome.id, format!("reference@per-file/default/directories/{}", small()));
    let (cache, target) = (fs::canonicalize(places.cache.path()).unwrap(), places.target.path().to_path_buf());
    let given = outcome.directories.unwrap();
    assert_eq!((given.cache, given.target), (cache, target));
    places.are_as_before();
    assert_ne!(device(places.cache.path()), device(places.target.path()), "TMPDIR and /dev/shm are one filesystem");
    assert_eq!((outcome.strategy, outcome.files[&Placement::Copy]), (Placement::Copy, 34));
    let (from, to) = (&outcome.cache.kind, &outcome.target.kind);
    assert_eq!(outcome.reason, Some(format!("hard link: EXDEV, different filesystems ({from}, {to})")));
    // No random name is in what is compared.
    let metadata = "exdev_pkg-1.0.dist-info/METADATA";
    assert_eq!(
        outcome.warnings,
        [format!("failed to hard link CACHE/{metadata} to TARGET/{metadata}: EXDEV; falling back to copy")]
    );
    assert_eq!(outcome.command, "EXDEV/bin/exdev link --policy per-file --mode default CACHE TARGET");
}

#[test]
fn one_directory_may_be_in_the_other_or_be_it() {
    let home = TempDir::new().unwrap();
    let [outer, inner] = [home.path().to_path_buf(), home.path().join("inner")];
    fs::create_dir(&inner).unwrap();
    for (cache, target) in [(&outer, &inner), (&inner, &outer), (&outer, &outer)] {
        let [cache, target] = [cache, target].map(|path| path.to_str().unwrap());
        let run = exdev(["run", "--linker=reference", "--cache", cache, "--target", target, "--json"]);
        let ran = run.env("HOME", home.path()).env("TMPDIR", &inner).run();
        ran.ends(0);
        let outcome = outcome(&ran);
        assert_eq!(outcome.strategy, Placement::HardLink);
        let given = outcome.directories.unwrap();
        assert!(given.cache.starts_with("~") && given.target.starts_with("~"), "{given:?}");
        assert_eq!((names(&outer), names(&inner)), (vec!["inner".to_owned()], Vec::new()));
    }
}

#[test]
fn several_at_once_do_not_meet() {
    let places = Places::new();
    let linkers = "reference@per-file,reference@first-file,reference@restart,reference@strict";
    let ran = places.run(&[], linkers).args(["--mode=default,copy,symlink", "--jobs=4"]).run();
    ran.finds("12 scenarios: 12 kept the contract, 0 broke a rule, 0 not run, 0 could not be set up");
    places.are_as_before();
}

#[test]
fn faults_are_injected_and_a_kill_is_the_linkers_alone() {
    let places = Places::new();
    let ran = places.run(&[], "reference").args(["--json", "--fault=link#3=kill"]).run();
    ran.ends(1);
    let outcome = outcome(&ran);
    assert_eq!((outcome.exit.to_string().as_str(), outcome.injected), ("signal 9", 1));
    places.are_as_before();
}

/// No namespace of any kind can be made from here on, see namespaces(7).
const NO_NAMESPACES: &str = "for kind in user mnt pid net ipc uts cgroup; do \
    echo 0 >/proc/sys/user/max_${kind}_namespaces; done; exec \"$0\" \"$@\"";

fn without_namespaces() -> [String; 5] {
    ["unshare", "--map-root-user", "sh", "-ec", NO_NAMESPACES].map(str::to_owned)
}

#[test]
fn no_namespace_is_needed() {
    let places = Places::new();
    let other = within(&without_namespaces()).args(["run", "--linker=reference", "--pairing=tmpfs", "--kernel=host"]);
    other.run().ends(0).finds("1 not run: this machine allows us no namespaces");
    let ran = places.run(&without_namespaces(), "reference").args(["--json"]).run();
    ran.ends(0);
    assert_eq!(outcome(&ran).strategy, Placement::HardLink);
    places.are_as_before();
}

#[test]
fn an_ordinary_user_needs_nothing_else() {
    let places = Places::new();
    let ran = places.run(&as_an_ordinary_user(), "reference").args(["--json"]).run();
    ran.ends(0);
    let outcome = outcome(&ran);
    assert_eq!(outcome.id, "reference@per-file/default/directories/small");
    assert_eq!((outcome.strategy, outcome.broken().count()), (Placement::HardLink, 0));
    places.are_as_before();
    let ran = places.run(&as_an_ordinary_user(), "reference").args(["--as=root"]).run();
    ran.ends(0).finds("1 not run: an ordinary user cannot run a linker as root");
}

#[test]
fn root_may_have_linkers_run_as_an_ordinary_user() {
    let places = Places::new();
    let ran = places.run(&[], "reference").args(["--json", "--as=user"]).run();
    ran.ends(0);
    assert_eq!(outcome(&ran).id, "reference@per-file/default/directories/small");
    places.are_as_before();
    if is_root() {
        fs::set_permissions(places.target.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let sentence = format!("1 not run: user 59999 cannot reach {}", places.target.path().display());
        places.run(&[], "reference").args(["--as=user"]).run().ends(0).finds(&sentence);
        places.are_as_before();
    }
}

/// A build of uv that fills an empty cache with the package, and links a full one by `link`, a line of shell.
fn build(folder: &TempDir, link: &str) -> String {
    let program = folder.path().join("uv");
    let text = format!(
        "#!/bin/sh\n\
         if [ \"$1\" = --version ]; then echo uv 0.13.9; exit; fi\n\
         while [ $# -gt 0 ]; do\n\
         case $1 in --cache-dir) cache=$2 ;; --target) target=$2 ;; --find-links) wheels=$2 ;; esac\n\
         shift\n\
         done\n\
         if [ -z \"$(ls -A $cache)\" ]; then {UNPACK}; exit; fi\n\
         {link}\n"
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    format!("uv@{}", program.display())
}

#[test]
fn what_a_linker_closes_and_leaves_running_goes_too() {
    let (places, folder) = (Places::new(), TempDir::new().unwrap());
    let fifo = Fifo::new(&folder);
    let hold = format!("exec 9>{0}; cat {1} >&9 &", fifo.path.display(), fifo.never.display());
    let link = format!("cp -r $cache/. $target; {hold} mkdir -p $target/a/b; chmod 500 $target/a/b $target/a");
    let ran = places.run(&[], &build(&folder, &link)).args(["--json"]).run();
    let outcome = outcome(&ran);
    assert_eq!((outcome.step, outcome.left_running > 0), (Step::Link, true));
    fifo.has_hung_up();
    places.are_as_before();
}

/// A pipe that tells when whoever writes to it has come, and when all of them are gone.
struct Fifo {
    path: PathBuf,
    never: PathBuf,
    reader: fs::File,
}

impl Fifo {
    fn new(folder: &TempDir) -> Self {
        let [path, never] = ["fifo", "never"].map(|name| folder.path().join(name));
        for path in [&path, &never] {
            mkfifo(path, Mode::from_bits_truncate(0o666)).unwrap();
        }
        let reader = fs::OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(&path).unwrap();
        Self { path, never, reader }
    }

    /// A line of shell that comes, and stays.
    fn stay(&self) -> String {
        format!("exec 9>{}; echo here >&9; read line <{}", self.path.display(), self.never.display())
    }

    fn wait(&self, what: PollFlags) {
        let limit = Timespec { tv_sec: 300, tv_nsec: 0 };
        let mut fds = [PollFd::new(&self.reader, what)];
        assert_eq!(poll(&mut fds, Some(&limit)).unwrap(), 1, "nobody came, or went");
    }

    fn has_come(&mut self) {
        self.wait(PollFlags::IN);
        let mut line = [0; 5];
        self.reader.read_exact(&mut line).unwrap();
    }

    fn has_hung_up(&self) {
        self.wait(PollFlags::empty());
    }
}

#[rstest]
fn a_signal_leaves_nothing(#[values(Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP)] signal: Signal) {
    let (places, folder) = (Places::new(), TempDir::new().unwrap());
    let mut fifo = Fifo::new(&folder);
    let running = places.run(&[], &build(&folder, &fifo.stay())).start();
    fifo.has_come();
    kill(Pid::from_raw(running.id().cast_signed()), signal).unwrap();
    running.end().dies_of(signal);
    fifo.has_hung_up();
    places.are_as_before();
}

#[test]
fn when_the_keeper_is_killed_no_process_remains() {
    let (places, folder) = (Places::new(), TempDir::new().unwrap());
    let mut fifo = Fifo::new(&folder);
    let running = places.run(&[], &build(&folder, &fifo.stay())).start();
    fifo.has_come();
    kill(Pid::from_raw(running.id().cast_signed()), Signal::SIGKILL).unwrap();
    fifo.has_hung_up();
    running.end().dies_of(Signal::SIGKILL);
    let left = names(places.target.path());
    assert!(left.iter().any(|name| name.starts_with(".exdev-")), "{left:?}");
}

#[test]
fn when_an_agent_is_killed_it_is_said_and_nothing_is_left() {
    let (places, folder) = (Places::new(), TempDir::new().unwrap());
    let mut fifo = Fifo::new(&folder);
    let running = places.run(&[], &build(&folder, &fifo.stay())).start();
    fifo.has_come();
    let agent = crate::ended::below(vec![running.id().cast_signed()])
        .into_iter()
        .find(|process| {
            let words = fs::read_to_string(format!("/proc/{}/cmdline", process.id)).unwrap_or_default();
            words.split('\0').nth(1) == Some("agent")
        })
        .unwrap();
    kill(Pid::from_raw(agent.id), Signal::SIGKILL).unwrap();
    let ran = running.end();
    ran.ends(69).finds("1 could not be set up: the agent ended in mid-scenario: signal: 9 (SIGKILL)");
    fifo.has_hung_up();
    places.are_as_before();
}

const ALONE: &str = "--cache and --target go together; both may be the same directory";
const BOTH: &str = "--cache and --target name directories that are there; --pairing, --fs, --kernel and --scratch are about \
                    filesystems that exdev makes";

#[rstest]
#[case::no_target(&["--cache=/tmp"], ALONE)]
#[case::no_cache(&["--target=/tmp"], ALONE)]
#[case::a_pairing(&["--cache=/tmp", "--target=/tmp", "--pairing=ext4"], BOTH)]
#[case::filesystems(&["--cache=/tmp", "--target=/tmp", "--fs=ext4,xfs"], BOTH)]
#[case::a_kernel(&["--cache=/tmp", "--target=/tmp", "--kernel=host"], BOTH)]
#[case::memory(&["--cache=/tmp", "--target=/tmp", "--scratch=1g"], BOTH)]
fn what_cannot_be_meant_is_refused(#[case] options: &[&str], #[case] sentence: &str) {
    let run = exdev(["run", "--linker=reference"]);
    options.iter().fold(run, |run, option| run.args([*option])).run().refuses(2, sentence);
}

fn refused(cache: &Path, target: &Path) -> Ran {
    let option = |name: &str, path: &Path| format!("--{name}={}", path.display());
    exdev(["run", "--linker=reference", &option("cache", cache), &option("target", target)]).run()
}

#[test]
fn what_is_no_directory_that_can_be_written_to_is_refused() {
    let here = TempDir::new().unwrap();
    let [file, nowhere, closed] = ["file", "nowhere", "closed"].map(|name| here.path().join(name));
    fs::write(&file, "").unwrap();
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let sentence = format!("there is no directory {} for the cache", nowhere.display());
    refused(&nowhere, here.path()).refuses(69, &sentence);
    let sentence = format!("{}, given for the target, is no directory", file.display());
    refused(here.path(), &file).refuses(69, &sentence);
    // To root permission bits are nothing; /proc is closed to everybody.
    let (closed, errno) = if is_root() { (PathBuf::from("/proc"), "ENOENT") } else { (closed, "EACCES") };
    let sentence = format!("{}, given for the target, cannot be written to: {errno}", closed.display());
    refused(here.path(), &closed).refuses(69, &sentence);
    let mut left = names(here.path());
    left.sort();
    assert_eq!(left, ["closed", "file"]);
}

#[test]
fn a_full_disk_is_told_from_a_linker_that_fails() {
    let outer = behind("mount -t tmpfs -o size=200k exdev /mnt");
    let cache = TempDir::new().unwrap();
    let run = within(&outer).args(["run", "--linker=reference", "--cache", cache.path().to_str().unwrap()]);
    let sentence = "/mnt, given for the target, has no room for the package: free some, or give another directory";
    run.args(["--target=/mnt"]).run().refuses(69, sentence);
    assert_eq!(names(cache.path()), [""; 0]);
}

#[test]
fn a_temporary_directory_that_is_not_there_is_named() {
    let places = Places::new();
    let nowhere = OsStr::new("/nowhere/at-all");
    let ran = places.run(&[], "reference").env("TMPDIR", nowhere).run();
    ran.refuses(69, "failed to find TMPDIR /nowhere/at-all: No such file or directory (os error 2)");
    places.are_as_before();
}
