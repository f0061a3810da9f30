//! Commands and shells on filesystems that are made for them: what they find, what is passed through, and that nothing is left.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use assert_fs::TempDir;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rstest::rstest;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{PidfdFlags, pidfd_open};

use exdev::filesystem::RUN_AS_ROOT;

use crate::ended::below;
use crate::exdev::{Exdev, exdev, is_root, within};
use crate::guest::{equipped, here};
use crate::privately::as_an_ordinary_user;

/// `exdev exec` of a shell's line on a tmpfs, which everybody can make.
fn on_tmpfs(line: &str) -> Exdev {
    exdev(["exec", "--kernel=host", "--fs", "T=tmpfs", "--", "sh", "-c", line])
}

pub fn only_root(filesystem: &str) -> String {
    format!("only root may mount {filesystem} on the host kernel; {RUN_AS_ROOT}")
}

#[test]
fn each_name_is_the_path_of_its_filesystem() {
    let kinds = ["--fs=A=ext4", "--fs=_b2=xfs", "--fs=C=xfs", "--fs=D=overlay"];
    let line =
        "stat -f -c %T $A $_b2 $C $D; for at in $A $_b2 $C $D; do echo $at >$at/file; cat $at/file; done | wc -l";
    let ran = exdev(["exec", "--kernel=host"]).args(kinds).args(["--", "sh", "-c", line]).run();
    if is_root() {
        ran.writes(0, "ext2/ext3\nxfs\nxfs\noverlayfs\n4\n", "");
    } else {
        ran.refuses(69, &only_root("ext4"));
    }
}

#[test]
fn an_ordinary_user_gets_what_a_user_namespace_allows() {
    let exdev = within(&as_an_ordinary_user()).args(["exec", "--kernel=host", "--fs=T=tmpfs", "--fs=O=overlay-tmpfs"]);
    let line = "stat -f -c %T $T $O; : >$T/x; : >$O/x; [ $(stat -c %u $T/x $O/x $T $O | sort -u) = $(id -u) ]";
    exdev.args(["--", "sh", "-ec", line]).run().writes(0, "tmpfs\noverlayfs\n", "");
}

#[test]
fn the_ends_of_a_pairing_are_cache_and_target() {
    let line = "ls $CACHE; [ ! $CACHE -ef $TARGET ] && ln $CACHE/file $TARGET/file && stat -c %h $TARGET/file";
    let ran = exdev(["exec", "--kernel=host", "--pairing=ext4+owner", "--", "sh", "-c", line]).run();
    if is_root() {
        ran.writes(0, "file\n2\n", "");
    } else {
        ran.refuses(69, &only_root("ext4"));
    }
}

#[rstest]
#[case::code("exit 7", 7)]
#[case::signal("kill -TERM $$", 128 + 15)]
#[case::kill("kill -KILL $$", 128 + 9)]
fn how_the_command_ends_is_passed_on(#[case] line: &str, #[case] code: i32) {
    on_tmpfs(line).run().writes(code, "", "");
}

#[test]
fn what_it_reads_and_writes_is_the_callers() {
    on_tmpfs("cat; echo bad >&2").input("one\ntwo\n").run().writes(0, "one\ntwo\n", "bad\n");
}

#[test]
fn it_has_the_callers_directory_and_environment() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().canonicalize().unwrap();
    let ran = on_tmpfs("pwd -P; echo $OWN; umask; echo written >file; ln file link").env("OWN", "yes").at(&path).run();
    let umask = format!("{:04o}", mask());
    ran.writes(0, &format!("{}\nyes\n{umask}\n", path.display()), "");
    assert_eq!(fs::read_to_string(path.join("link")).unwrap(), "written\n");
}

fn mask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    mask.bits()
}

#[rstest]
#[case::missing("/nonexistent/program", 127, "No such file or directory (os error 2)")]
#[case::no_program("/etc/passwd", 126, "Permission denied (os error 13)")]
fn what_cannot_be_run_is_said_so(#[case] program: &str, #[case] code: i32, #[case] reason: &str) {
    let ran = exdev(["exec", "--kernel=host", "--fs", "T=tmpfs", "--", program]).run();
    ran.refuses(code, &format!("failed to run {program}: {reason}"));
}

#[rstest]
#[case::no_filesystem(&["--", "true"], "nothing is to be made; name a filesystem, for example --fs EXT4=ext4")]
#[case::no_command(&["--fs=A=tmpfs"], "there is no command; write it behind --, for example -- cargo test")]
#[case::no_name(&["--fs=tmpfs"], "--fs: `tmpfs` is no NAME=FS; write one like EXT4=ext4")]
#[case::a_digit_first(
    &["--fs=1A=tmpfs"],
    "--fs: `1A` is no name of a variable, which has letters, digits and underscores, and no digit first"
)]
#[case::a_slash(
    &["--fs=A/B=tmpfs"],
    "--fs: `A/B` is no name of a variable, which has letters, digits and underscores, and no digit first"
)]
#[case::an_empty_name(
    &["--fs==tmpfs"],
    "--fs: `` is no name of a variable, which has letters, digits and underscores, and no digit first"
)]
#[case::twice(&["--fs=A=tmpfs", "--fs=A=ext4"], "--fs: `A` is named twice")]
#[case::an_end(&["--pairing=tmpfs", "--fs=CACHE=tmpfs"], "--fs: `CACHE` is an end of the pairing; use another name")]
#[case::no_relation(
    &["--pairing=ext4+subvolume"],
    "--pairing: `ext4+subvolume` cannot exist: only btrfs has subvolumes"
)]
#[case::no_kernel(
    &["--fs=A=tmpfs", "--kernel=no", "--", "true"],
    "--kernel: unknown kernel `no`; known are auto, host, uml"
)]
fn what_cannot_be_meant_is_refused(#[case] arguments: &[&str], #[case] sentence: &str) {
    let exdev = arguments.iter().fold(exdev(["exec"]), |exdev, argument| exdev.args([argument]));
    exdev.run().refuses(2, sentence);
}

/// A process that was there, and is waited for without being our child.
pub struct Handle {
    id: i32,
    handle: OwnedFd,
}

impl Handle {
    pub fn of(id: i32) -> Self {
        let process = rustix::process::Pid::from_raw(id).unwrap();
        Self { id, handle: pidfd_open(process, PidfdFlags::empty()).unwrap() }
    }

    pub fn id(&self) -> i32 {
        self.id
    }

    /// Waits for its end.
    pub fn wait(&self) {
        let limit = Timespec { tv_sec: 60, tv_nsec: 0 };
        let ended = poll(&mut [PollFd::new(&self.handle, PollFlags::IN)], Some(&limit)).unwrap();
        assert_eq!(ended, 1, "process {} is still there", self.id);
    }
}

/// The UUID of the ext4 on a loop device, see <https://docs.kernel.org/filesystems/ext4/super.html>: `None` when nothing is there.
fn uuid(device: &PathBuf) -> Option<[u8; 16]> {
    let mut uuid = [0; 16];
    File::open(device).ok()?.read_exact_at(&mut uuid, 1024 + 0x68).ok()?;
    Some(uuid)
}

/// The processes of a run: exdev, what keeps its agent, the agent, process 1 of the command's namespace, the command, and what that
/// has left in the background.
const PROCESSES: usize = 6;

#[rstest]
fn whichever_process_is_killed_nothing_is_left(#[values(0, 1, 2, 3, 4)] victim: usize) {
    let kind = if is_root() { "A=ext4" } else { "A=tmpfs" };
    let line = "sleep 1000 & stat -c %d $A; echo ready; read forever <$A/fifo";
    let line = format!("mkfifo $A/fifo; {line}");
    let mut running = exdev(["exec", "--kernel=host", "--fs", kind, "--", "sh", "-c", &line]).start();
    let device: u64 = running.line().parse().unwrap();
    assert_eq!(running.line(), "ready");
    let device = PathBuf::from(format!("/dev/loop{}", rustix::fs::minor(device)));
    let made = is_root().then(|| uuid(&device).unwrap());
    let first = running.id().cast_signed();
    let processes: Vec<_> = [first].into_iter().chain(below(vec![first]).iter().map(|process| process.id)).collect();
    let handles: Vec<_> = processes.iter().map(|&id| Handle::of(id)).collect();
    assert_eq!(handles.len(), PROCESSES);
    kill(Pid::from_raw(processes[victim]), Signal::SIGKILL).unwrap();
    running.end();
    handles.iter().for_each(Handle::wait);
    assert!(made.is_none() || uuid(&device) != made, "{} is still attached", device.display());
}

/// Neither of the process that shows a directory, which is one more.
#[rstest]
fn whichever_process_is_killed_nothing_is_shown(#[values(0, 1, 2, 3, 4)] victim: usize) {
    let line = "mkfifo $A/fifo; sleep 1000 & echo ready; read forever <$A/fifo";
    let mut running = exdev(["exec", "--kernel=host", "--fs", "A=fuse-nolink", "--", "sh", "-c", line]).start();
    if fs::OpenOptions::new().read(true).write(true).open("/dev/fuse").is_err() {
        running.end().ends(69);
        return;
    }
    assert_eq!(running.line(), "ready");
    let first = running.id().cast_signed();
    let processes: Vec<_> = [first].into_iter().chain(below(vec![first]).iter().map(|process| process.id)).collect();
    let shows = |id: &i32| fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap().contains("\0show\0fuse-nolink\0");
    let handles: Vec<_> = processes.iter().map(|&id| Handle::of(id)).collect();
    let (showing, others): (Vec<_>, Vec<_>) = processes.iter().copied().partition(shows);
    assert_eq!((showing.len(), others.len()), (1, PROCESSES));
    kill(Pid::from_raw(others[victim]), Signal::SIGKILL).unwrap();
    running.end();
    handles.iter().for_each(Handle::wait);
}

#[test]
fn a_signal_is_for_the_command_and_what_it_left_behind_ends_with_it() {
    let line = "sleep 1000 & trap 'echo caught; exit 3' TERM; echo ready; while :; do wait; done";
    let mut running = on_tmpfs(line).start();
    assert_eq!(running.line(), "ready");
    let first = running.id().cast_signed();
    let handles: Vec<_> = below(vec![first]).iter().map(|process| Handle::of(process.id)).collect();
    kill(Pid::from_raw(first), Signal::SIGTERM).unwrap();
    running.end().writes(3, "caught\n", "");
    handles.iter().for_each(Handle::wait);
}

const LEAVE: &str = "exdev: leave with exit or Ctrl-D, and all of it is gone\n";

/// How a shell is told what it is on, and the paths that it is told.
fn told(pairing: &str, stdout: &str) -> String {
    let mut paths = stdout.lines();
    let (cache, target) = (paths.next().unwrap_or_default(), paths.next().unwrap_or_default());
    format!("exdev: {pairing} on host: CACHE={cache} TARGET={target}\n{LEAVE}")
}

const COMMANDS: &str = "echo $CACHE; echo $TARGET; : >$CACHE/file; cp -l $CACHE/file $TARGET 2>/dev/null || exit 5\n";

#[test]
fn a_shell_of_roots_takes_its_commands_from_standard_input() {
    let ran = exdev(["shell", "ext4+bind", "--kernel=host"]).input(COMMANDS).run();
    if is_root() {
        ran.writes(5, &ran.stdout, &told("ext4+bind", &ran.stdout));
    } else {
        ran.refuses(69, &only_root("ext4"));
    }
}

#[test]
fn a_shell_of_an_ordinary_user_takes_its_commands_from_standard_input() {
    let exdev = within(&as_an_ordinary_user()).args(["shell", "tmpfs+bind", "--kernel=host"]);
    let ran = exdev.input(COMMANDS).run();
    ran.writes(5, &ran.stdout, &told("tmpfs+bind", &ran.stdout));
}

#[test]
fn in_a_guest_the_same_goes_over_its_line() {
    let line = "stat -f -c %T $V; id -u; pwd; cat; touch file; touch $V/x; ln $V/x $V/y; exit 4";
    let exdev = exdev(["exec", "--kernel=uml", "--fs=V=vfat", "--", "sh", "-c", line]).env("LC_ALL", "C");
    let directory = TempDir::new().unwrap();
    let path = directory.path().canonicalize().unwrap();
    let much = "a line that is read in the guest\n".repeat(3000);
    let ran = equipped(exdev).at(&path).input(&much).run();
    if !here() {
        let reason = "the guest kernel (linux.uml) is not installed";
        return assert!(ran.refuses_with(69).contains(reason));
    }
    let (user, path) = (nix::unistd::geteuid(), path.display());
    ran.writes(
        4,
        &format!("msdos\n{user}\n{path}\n{much}"),
        "touch: cannot touch 'file': Read-only file system\nln: failed to create hard link '/exdev/fs/V/y' => \
         '/exdev/fs/V/x': Operation not permitted\n",
    );
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

/// Runs the program on a terminal of its own, see script(1).
pub const ON_A_TERMINAL: [&str; 4] = ["sh", "-c", "exec script --quiet --return --command \"$*\" /dev/null", "sh"];

#[rstest]
#[case::on_the_host("host")]
#[case::in_a_guest("uml")]
fn where_the_caller_has_a_terminal_the_command_has_one(#[case] kernel: &str) {
    let exdev = within(&ON_A_TERMINAL.map(str::to_owned)).args(["exec", "--fs=T=tmpfs", "--kernel", kernel, "--"]);
    let ran = equipped(exdev).args(["tty"]).run();
    // At the end of its own input, script types a character, which may be echoed.
    let name = ran.stdout.trim_end().trim_start_matches("^@").to_owned();
    if kernel == "uml" && !here() {
        return assert!(name.starts_with("exdev: the guest kernel (linux.uml) is not installed"), "{name}");
    }
    let number = name.strip_prefix("/dev/pts/").and_then(|number| number.parse::<u32>().ok());
    assert!(number.is_some(), "{name}");
    ran.ends(0);
}
