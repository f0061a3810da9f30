//! Commands that are explained: how they end, what is passed through, and that nothing of them is left, whoever is killed.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use assert_fs::TempDir;
use exdev::explain::Explained;
use exdev::outcome::{Exit, Strategy};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use rstest::rstest;

use crate::ended::below;
use crate::exdev::{Exdev, Running, exdev, within};
use crate::exec::Handle;
use crate::privately::as_an_ordinary_user;

/// `exdev explain` of a shell's line.
fn explain(line: &str) -> Exdev {
    exdev(["explain", "--", "sh", "-c", line])
}

#[rstest]
#[case::code("exit 7", 7, "exit code 7 after")]
#[case::signal("kill -TERM $$", 128 + 15, "ended by signal 15 after")]
#[case::kill("kill -KILL $$", 128 + 9, "ended by signal 9 after")]
fn how_the_command_ends_is_passed_on(#[case] line: &str, #[case] code: i32, #[case] words: &str) {
    let ran = explain(line).run();
    let told = ran.told(code);
    assert!(told.starts_with(&format!("\nsh -c {line}: {words} ")), "{told}");
}

#[test]
fn a_command_that_never_ends_is_ended_at_the_limit() {
    let line = "trap '' TERM INT HUP; (sleep 1000 &); setsid sleep 1000 & sleep 1000";
    let ran = exdev(["explain", "--limit=1", "--json", "--", "sh", "-c", line]).run();
    ran.ends(124);
    let explained: Explained = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((explained.explanation.exit, explained.explanation.left_running), (Exit::TimedOut(1), 3));
}

#[test]
fn a_limit_may_be_longer_than_any_clock_tells() {
    let ran = exdev(["explain", "--limit=18446744073709551615", "--", "true"]).run();
    ran.told(0);
}

#[rstest]
#[case::missing("/nonexistent/program", 127, "No such file or directory (os error 2)")]
#[case::no_program("/etc/passwd", 126, "Permission denied (os error 13)")]
#[case::below_a_file("/etc/passwd/x", 126, "Not a directory (os error 20)")]
fn what_cannot_be_run_is_said_so(#[case] program: &str, #[case] code: i32, #[case] reason: &str) {
    let ran = exdev(["explain", "--json", "--", program]).run();
    ran.refuses(code, &format!("failed to run {program}: {reason}"));
}

#[test]
fn what_it_reads_and_writes_is_the_callers() {
    let ran = explain("cat; echo bad >&2").input("one\ntwo\n").run();
    assert_eq!(ran.stdout, "one\ntwo\n");
    let told = ran.told(0);
    let (headline, rest) = told.strip_prefix("bad\n\n").unwrap().split_once('\n').unwrap();
    assert!(headline.starts_with("sh -c cat; echo bad >&2: done in "), "{headline}");
    assert_eq!(rest, "\nnothing was refused\n\nplaced    nothing\n");
}

#[test]
fn json_is_alone_on_standard_output_and_holds_no_secret() {
    let line = "echo out; mkdir $HOME/d; echo $CANARY >$HOME/d/x";
    let words = ["--token", "hidden", "https://me:hidden@example.org/simple"];
    let exdev = exdev(["explain", "--json", "--", "sh", "-c", line, "sh"]).args(words).env("CANARY", "tell-nobody");
    let home = exdev.home().display().to_string();
    let ran = exdev.run();
    assert_eq!(ran.told(0), "out\n");
    let explained: Explained = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(explained.explanation.placed[0].directory, "~/d");
    assert_eq!(explained.explanation.command[4..], ["--token", "...", "https://...@example.org/simple"]);
    for kept in ["tell-nobody", "hidden", &home] {
        assert!(!ran.stdout.contains(kept), "{}", ran.stdout);
    }
}

#[test]
fn the_environment_is_passed_on_and_is_in_no_text() {
    let exdev = exdev(["explain", "--", "printenv", "CANARY"]).env("CANARY", "tell-nobody");
    let ran = exdev.run();
    assert_eq!(ran.stdout, "tell-nobody\n");
    assert!(!ran.told(0).contains("tell-nobody"));
}

#[test]
fn what_it_leaves_running_is_ended_and_counted() {
    let line = "trap '' TERM INT HUP; setsid sleep 1000 & (sleep 1000 &); (trap '' TERM; sleep 1000) & exit 3";
    let ran = explain(line).run();
    let told = ran.told(3);
    // The shell that waits for the last sleep may have become it.
    let counted = |left: usize| format!("\nnote      {left} processes were left running, and ended\n");
    assert!(told.ends_with(&counted(3)) || told.ends_with(&counted(4)), "{told}");
}

/// A program without a libc: link("a", "b"), and then exit with the errno.
#[cfg(target_arch = "x86_64")]
fn static_program() -> Vec<u8> {
    let code = [
        &[0xb8, 86, 0, 0, 0][..],         // mov eax, SYS_link
        &[0x48, 0x8d, 0x3d, 20, 0, 0, 0], // lea rdi, [rip + 20], from 12 to 32
        &[0x48, 0x8d, 0x35, 15, 0, 0, 0], // lea rsi, [rip + 15], from 19 to 34
        &[0x0f, 0x05],                    // syscall
        &[0xf7, 0xd8, 0x89, 0xc7],        // neg eax; mov edi, eax
        &[0xb8, 60, 0, 0, 0, 0x0f, 0x05], // mov eax, SYS_exit; syscall
        b"a\0b\0",
    ]
    .concat();
    let base: u64 = 0x40_0000;
    let size = 64 + 56 + code.len() as u64;
    let header = [&b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"[..], &[2, 0, 62, 0, 1, 0, 0, 0]].concat();
    let words = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let rest = [0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    let segment = [&[1, 0, 0, 0, 5, 0, 0, 0][..], &words(&[0, base, base, size, size, 4096])].concat();
    [header, words(&[base + 120, 64, 0]), rest.to_vec(), segment, code].concat()
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_static_program_is_seen_like_any() {
    let directory = TempDir::new().unwrap();
    let program = directory.path().join("program");
    fs::write(&program, static_program()).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(directory.path().join("a"), "1").unwrap();
    let ran = exdev(["explain", "--json", "--", program.to_str().unwrap()]).at(directory.path()).run();
    ran.ends(0);
    let explained: Explained = serde_json::from_str(&ran.stdout).unwrap();
    let placed: Vec<_> = explained.explanation.placed.iter().map(|it| (it.strategy, it.files)).collect();
    assert_eq!(placed, [(Some(Strategy::HardLink), 1)]);
}

#[test]
fn every_thread_is_seen() {
    let directory = TempDir::new().unwrap();
    let threads = "import os, threading\nopen('a', 'w').close()\n\
                   all = [threading.Thread(target=os.link, args=('a', f'b{n}')) for n in range(40)]\n\
                   [it.start() for it in all]\n[it.join() for it in all]";
    let exdev = exdev(["explain", "--json", "--", "python3", "-c", threads]).env("PATH", "/usr/bin:/bin");
    let ran = exdev.at(directory.path()).run();
    ran.ends(0);
    let explained: Explained = serde_json::from_str(&ran.stdout).unwrap();
    let placed: Vec<_> = explained.explanation.placed.iter().map(|it| (it.strategy, it.files)).collect();
    assert_eq!(placed, [(Some(Strategy::HardLink), 40), (None, 1)]);
}

const NAMESPACES: [&str; 7] = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

#[test]
fn an_ordinary_user_needs_no_namespace() {
    let line = "for kind in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$kind; done; read end";
    let exdev = within(&as_an_ordinary_user()).args(["explain", "--", "sh", "-c", line]);
    let mut running = exdev.input("").start();
    let inside: Vec<_> = NAMESPACES.iter().map(|_| running.line()).collect();
    running.end().told(1);
    let ours = NAMESPACES.map(|kind| fs::read_link(format!("/proc/self/ns/{kind}")).unwrap().display().to_string());
    // Root's tests become an ordinary user in a mount namespace of their own.
    let differ: Vec<_> = (0..NAMESPACES.len()).filter(|&at| inside[at] != ours[at]).map(|at| NAMESPACES[at]).collect();
    assert_eq!(differ, if crate::exdev::is_root() { vec!["mnt"] } else { Vec::new() });
}

#[test]
fn where_nobody_may_have_a_namespace_it_works_the_same() {
    let line = "echo 0 >/proc/sys/user/max_user_namespaces && ! unshare -U true 2>/dev/null && exec \"$0\" \"$@\"";
    let outer = ["unshare", "--user", "--map-root-user", "sh", "-c", line].map(str::to_owned);
    let ran = within(&outer).args(["explain", "--", "echo", "seen"]).run();
    assert_eq!(ran.stdout, "seen\n");
    ran.told(0);
}

#[test]
fn one_explanation_in_another_is_refused_in_a_sentence() {
    let ran = exdev(["explain", "--json", "--", env!("CARGO_BIN_EXE_exdev"), "explain", "--", "true"]).run();
    let sentence = "exdev: failed to watch true: something watches its system calls already, and the kernel allows one \
                    watcher; is this inside exdev explain, exdev run or a container that does so?\n";
    assert_eq!(ran.told(69), sentence);
    let explained: Explained = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(explained.explanation.exit, Exit::Code(69));
}

/// A command with a child in its session and one in another, of which the latter takes no signal.
fn family(last: &str) -> (Running, Vec<Handle>, TempDir) {
    let line = format!(
        "mkfifo fifo; sh -c 'echo asleep; exec sleep 1000' & \
         setsid sh -c 'trap \"\" TERM INT HUP; echo ready; read end <fifo' & {last}; \
         echo up; while read end <fifo; do :; done; exit 9"
    );
    let directory = TempDir::new().unwrap();
    let mut running = explain(&line).at(directory.path()).in_a_group().start();
    // What a shell has just forked into the background does not yet ignore an interrupt; what has come to speak does.
    let mut lines = [running.line(), running.line(), running.line()];
    lines.sort();
    assert_eq!(lines, ["asleep", "ready", "up"]);
    let first = running.id().cast_signed();
    let handles: Vec<_> =
        [first].into_iter().chain(below(vec![first]).iter().map(|process| process.id)).map(Handle::of).collect();
    // exdev, its supervisor, the shell, and its two children.
    assert_eq!(handles.len(), 5);
    (running, handles, directory)
}

#[test]
fn an_interrupt_is_for_the_command_and_is_explained() {
    let (running, handles, _directory) = family("trap 'echo caught; exit 5' INT");
    killpg(Pid::from_raw(running.id().cast_signed()), Signal::SIGINT).unwrap();
    let ran = running.end();
    assert_eq!(ran.stdout, "caught\n");
    let told = ran.told(5);
    assert!(told.contains(": exit code 5 after ") && told.contains("were left running, and ended\n"), "{told}");
    handles.iter().for_each(Handle::wait);
}

#[rstest]
#[case::terminate(Signal::SIGTERM, 128 + 15)]
#[case::hang_up(Signal::SIGHUP, 128 + 1)]
fn what_terminates_exdev_ends_all(#[case] signal: Signal, #[case] code: i32) {
    let (running, handles, _directory) = family("trap '' TERM HUP");
    kill(Pid::from_raw(running.id().cast_signed()), signal).unwrap();
    running.end().refuses(code, &format!("ended by {signal}, and sh with it"));
    handles.iter().for_each(Handle::wait);
}

#[rstest]
#[case::exdev(0)]
#[case::its_supervisor(1)]
#[case::the_command(2)]
fn whichever_process_is_killed_nothing_is_left(#[case] victim: usize) {
    let (running, handles, _directory) = family("trap '' TERM HUP");
    kill(Pid::from_raw(handles[victim].id()), Signal::SIGKILL).unwrap();
    running.end();
    handles.iter().for_each(Handle::wait);
}
