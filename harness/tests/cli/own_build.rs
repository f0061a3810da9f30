//! A person's own build of uv: here deliberately odd programs that speak just enough of its command line.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use assert_fs::TempDir;
use exdev::outcome::{Exit, Outcome, Placement, Report, Rule, Step, Verdict};
use rstest::rstest;

use crate::exdev::{Exdev, exdev, is_root, within};
use crate::exec::ON_A_TERMINAL;
use crate::guest::{equipped, here};

/// Unpacks the wheel, with its modes, and without the list of its files, which an installer writes.
pub const UNPACK: &str = "python3 -c '
import os, sys, zipfile
wheels, cache = sys.argv[1:]
wheel = zipfile.ZipFile(os.path.join(wheels, os.listdir(wheels)[0]))
for member in wheel.infolist():
    if not member.filename.endswith(\"/RECORD\"):
        os.chmod(wheel.extract(member, cache), member.external_attr >> 16 & 0o777)
' $wheels $cache";

/// Fills an empty cache with the package, and links a full one by `link`, a line of shell.
pub fn build(folder: &TempDir, path: &str, link: &str) -> String {
    build_by(folder, path, UNPACK, link)
}

/// Fills an empty cache by `prime`, and links a full one by `link`, both a line of shell.
fn build_by(folder: &TempDir, path: &str, prime: &str, link: &str) -> String {
    let program = folder.path().join(path);
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let text = format!(
        "#!/bin/sh\n\
         if [ \"$1\" = --version ]; then echo uv 0.13.9; exit; fi\n\
         while [ $# -gt 0 ]; do\n\
         case $1 in --cache-dir) cache=$2 ;; --target) target=$2 ;; --find-links) wheels=$2 ;; esac\n\
         shift\n\
         done\n\
         if [ -z \"$(ls -A $cache)\" ]; then {prime}; exit; fi\n\
         {link}\n"
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    format!("uv@{}", program.display())
}

fn outcomes(linkers: &[String]) -> Report {
    let ran = exdev(["run", "--pairing=tmpfs", "--jobs=1", "--json", "--linker", &linkers.join(",")]).run();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

fn broken(outcome: &Outcome) -> Vec<(Rule, Vec<String>)> {
    outcome.broken().map(|(rule, judged)| (rule, judged.evidence.clone())).collect()
}

#[test]
fn builds_at_like_paths_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let copies = build(&folder, "a_b/uv", "cp -r $cache/. $target");
    let links = build(&folder, "a/b/uv", "cp -rl $cache/. $target");
    let report = outcomes(&[copies, links]);
    let strategies: Vec<_> = report.outcomes.iter().map(|outcome| outcome.strategy).collect();
    assert_eq!(strategies, [Placement::Copy, Placement::HardLink]);
}

#[test]
fn a_link_to_a_pipe_is_not_written_to() {
    let folder = TempDir::new().unwrap();
    let trap = "cp -rl $cache/. $target; mkfifo $cache/pipe; ln -s $cache/pipe $target/trap";
    let report = outcomes(&[build(&folder, "uv", trap)]);
    let evidence = |text: &str| vec![text.to_owned()];
    assert_eq!(
        broken(&report.outcomes[0]),
        [(Rule::C1, evidence("trap: not of the package")), (Rule::C6, evidence("pipe: new"))]
    );
}

#[test]
fn what_a_failed_linker_leaves_is_named_and_a_killed_one_is_not_blamed() {
    let folder = TempDir::new().unwrap();
    let torn = "mkdir $target/.staging; echo torn >$target/.staging/part";
    let failed = build(&folder, "failed/uv", &format!("{torn}; exit 3"));
    let killed = build(&folder, "killed/uv", &format!("{torn}; kill -KILL $$"));
    let report = outcomes(&[failed, killed]);
    let found: Vec<_> =
        report.outcomes.iter().map(|it| (it.exit.to_string(), &it.contract[&Rule::C8].evidence)).collect();
    let named = vec![".staging: left behind".to_owned(), ".staging/part: left behind".to_owned()];
    assert_eq!(found, [("exit 3".to_owned(), &named), ("signal 9".to_owned(), &vec!["killed, C9 tells".to_owned()])]);
}

/// Runs a linker in a kernel; nothing, after asserting what is said instead, where there cannot be such a run.
pub fn ran_in(kernel: &str, identity: &str, exdev: Exdev, linker: &str) -> Option<Outcome> {
    let options = ["--kernel", kernel, "--as", identity, "--linker", linker];
    let ran = equipped(exdev).args(["run", "--pairing=tmpfs", "--jobs=1", "--json"]).args(options).run();
    let mut report: Report = serde_json::from_str(&ran.stdout).unwrap();
    let missing = match kernel {
        "host" if identity == "root" && !is_root() => Some("an ordinary user cannot run a linker as root"),
        "uml" if !here() => Some("the guest kernel (linux.uml) is not installed"),
        _ => None,
    };
    if let Some(reason) = missing {
        assert_eq!(report.not_run[0].reason, reason);
        return None;
    }
    assert_eq!(report.outcomes.len(), 1, "{}", ran.stdout);
    report.outcomes.pop()
}

#[rstest]
fn root_runs_a_linker_that_can_mount_nothing(#[values("host", "uml")] kernel: &str) {
    let folder = TempDir::new().unwrap();
    let link = "cp -rl $cache/. $target; \
                mount -t tmpfs exdev /mnt && : >$target/mounted; \
                mount -o remount,rw,bind /etc && : >$target/remounted; \
                exit 0";
    let linker = build(&folder, "uv", link);
    if let Some(outcome) = ran_in(kernel, "root", within(&[]), &linker) {
        assert_eq!((outcome.strategy, broken(&outcome)), (Placement::HardLink, vec![]), "{}", outcome.output);
    }
}

#[rstest]
fn a_linker_can_write_nowhere_on_the_host(
    #[values("host", "uml")] kernel: &str,
    #[values("user", "root")] identity: &str,
) {
    let (folder, exdev) = (TempDir::new().unwrap(), within(&[]));
    let everywhere = ["/tmp", "/var/tmp", folder.path().to_str().unwrap(), exdev.cache().to_str().unwrap()];
    for own in &everywhere[2..] {
        fs::set_permissions(own, fs::Permissions::from_mode(0o777)).unwrap();
    }
    // What only root may write to says something else to others.
    let roots = if identity == "root" { ["/etc", "/usr", "/boot"].as_slice() } else { &[] };
    let paths: Vec<_> = everywhere.iter().chain(roots).map(|at| format!("{at}/exdev-own-build-{kernel}")).collect();
    let link = format!(
        "cp -rl $cache/. $target; \
         for at in {}; do touch $at && touch $target/wrote; done; \
         exit 0",
        paths.join(" ")
    );
    let linker = build(&folder, "uv", &link);
    if let Some(outcome) = ran_in(kernel, identity, exdev, &linker) {
        assert!(outcome.exit.is_success(), "{}", outcome.output);
        assert_eq!((outcome.strategy, broken(&outcome)), (Placement::HardLink, vec![]), "{}", outcome.output);
        assert_eq!(outcome.output.matches("Read-only file system").count(), paths.len(), "{}", outcome.output);
    }
    let written: Vec<_> = paths.iter().filter(|path| fs::exists(path).unwrap()).collect();
    assert!(written.is_empty(), "{written:?}");
}

#[test]
fn what_a_linker_leaves_running_ends_with_its_cell() {
    let folder = TempDir::new().unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    // It is a daemon and has written by the time that the linker ends. Both cells have the same paths, and the same agent.
    let daemon = "{ echo >$0/left; echo >$1; while :; do echo >$0/left; done; } &";
    let leaves = format!(
        "cp -rl $cache/. $target; mkfifo $HOME/ready; \
         setsid sh -c '{daemon}' $target $HOME/ready by{name} & \
         read line <$HOME/ready"
    );
    // The brackets keep grep from finding itself.
    let looks = format!("cp -rl $cache/. $target; ! grep -qs '[b]y{name}' /proc/[0-9]*/cmdline");
    let report = outcomes(&[build(&folder, "leaves/uv", &leaves), build(&folder, "looks/uv", &looks)]);
    let seen: Vec<_> =
        report.outcomes.iter().map(|outcome| (outcome.exit, outcome.strategy, broken(outcome))).collect();
    let left = vec![(Rule::C1, vec!["left: not of the package".to_owned()])];
    assert_eq!(seen, [(Exit::Code(0), Placement::HardLink, left), (Exit::Code(0), Placement::HardLink, vec![])]);
}

/// Whether the cell is mounted, or the linker is asked a second time for comparison, on the filesystem that its home is on.
const IS_MOUNTED: &str = "[ $(stat -c %d $cache) != $(stat -c %d $HOME) ]";

#[test]
fn a_cache_that_cannot_be_filled_on_one_filesystem_is_the_linkers_failure() {
    let folder = TempDir::new().unwrap();
    let prime = format!("echo half >$cache/half; {IS_MOUNTED} && {{ echo 'error: not here' >&2; exit 3; }}; echo fine");
    let report = outcomes(&[build_by(&folder, "uv", &prime, "exit 9")]);
    assert_eq!(report.broken_setups, []);
    let outcome = &report.outcomes[0];
    assert_eq!((outcome.step, outcome.exit, outcome.strategy), (Step::Prime, Exit::Code(3), Placement::Nothing));
    assert_eq!((outcome.output.as_str(), outcome.errors.join(" ")), ("error: not here\n", "not here".to_owned()));
    assert_eq!((outcome.cache.kind.as_str(), outcome.reason.as_deref()), ("tmpfs", None));
    assert_eq!(outcome.contract[&Rule::C6].evidence, ["there was no filled cache"]);
    assert_eq!(outcome.contract[&Rule::C8].verdict, Verdict::Kept);
}

#[test]
fn a_cache_that_cannot_be_filled_anywhere_is_no_verdict() {
    let folder = TempDir::new().unwrap();
    let (always, later) = ("echo broken >&2; exit 3", format!("{IS_MOUNTED} && exit 4; exit 5"));
    let linkers = [build_by(&folder, "always/uv", always, "exit 9"), build_by(&folder, "later/uv", &later, "exit 9")];
    let report = outcomes(&linkers);
    let problems: Vec<_> = report.broken_setups.iter().map(|it| it.problem.as_str()).collect();
    let failed = "the linker, filling its cache, failed on /exdev/cell/cache";
    assert_eq!(
        (report.outcomes.len(), problems),
        (0, vec![format!("{failed}: exit 3, broken").as_str(), &format!("{failed}: exit 4, it said nothing")])
    );
}

#[test]
fn nothing_of_a_cache_that_could_not_be_filled_is_there_later() {
    let folder = TempDir::new().unwrap();
    let prime = format!("echo half >$cache/half; {IS_MOUNTED} && exit 3; exit 0");
    let fails = build_by(&folder, "fails/uv", &prime, "exit 9");
    let looks = build(&folder, "looks/uv", "[ ! -e $cache/half ] && cp -rl $cache/. $target");
    let report = outcomes(&[fails, looks]);
    let exits: Vec<_> = report.outcomes.iter().map(|outcome| (outcome.step, outcome.exit)).collect();
    assert_eq!(exits, [(Step::Prime, Exit::Code(3)), (Step::Link, Exit::Code(0))]);
    assert_eq!(report.outcomes[1].strategy, Placement::HardLink);
}

#[test]
fn a_linker_that_cannot_be_executed_is_said_so() {
    let folder = TempDir::new().unwrap();
    let (program, interpreter) = (folder.path().join("uv"), folder.path().join("sh"));
    symlink("/bin/sh", &interpreter).unwrap();
    // Once asked for its version, it has no interpreter any more.
    fs::write(&program, format!("#!{0}\necho uv 0.13.9\nrm {0}\n", interpreter.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let report = outcomes(&[format!("uv@{}", program.display())]);
    let (operation, said) = report.broken_setups[0].problem.split_once(": ").unwrap();
    assert!(operation.starts_with("failed to run /exdev/bin/uv."), "{operation}");
    assert_eq!(said, "No such file or directory (os error 2)");
}

/// What a linker prints over and over.
const LINE: &str = "fifteen letters";

#[rstest]
#[case::made(ran_on_tmpfs)]
#[case::given(ran_in_directories)]
fn of_an_endless_output_both_ends_are_kept(#[case] ran: fn(&str) -> Outcome) {
    let folder = TempDir::new().unwrap();
    let link = format!("echo begin; yes '{LINE}' | head -c 20971520; echo end; cp -rl $cache/. $target");
    let outcome = ran(&build(&folder, "uv", &link));
    assert_eq!((outcome.exit, outcome.strategy, broken(&outcome)), (Exit::Code(0), Placement::HardLink, vec![]));
    let (start, end) = outcome.output.split_once("\n[exdev left out ").unwrap();
    let (bytes, end) = end.split_once(" bytes]\n").unwrap();
    let (start, end): (Vec<_>, Vec<_>) = (start.lines().collect(), end.lines().collect());
    assert_eq!((start[0], end[end.len() - 1]), ("begin", "end"));
    assert!(start[1..].iter().chain(&end[..end.len() - 1]).all(|line| *line == LINE));
    let kept = outcome.output.len() - format!("\n[exdev left out {bytes} bytes]\n").len();
    assert_eq!(kept + bytes.parse::<usize>().unwrap(), "begin\nend\n".len() + 20_971_520);
    assert!((4 << 20) - 4 * LINE.len() <= kept && kept <= 4 << 20, "{kept}");
}

#[test]
fn output_that_is_not_utf_8_is_shown_as_far_as_it_is() {
    let folder = TempDir::new().unwrap();
    let outcome = ran_on_tmpfs(&build(&folder, "uv", "printf 'a\\377b\\n'; cp -rl $cache/. $target"));
    assert_eq!((outcome.output.as_str(), broken(&outcome)), ("a\u{fffd}b\n", vec![]));
}

#[rstest]
#[case::made(&["--pairing=tmpfs"])]
#[case::given(&["--cache=.", "--target=."])]
fn a_linker_that_asks_at_the_terminal_is_refused(#[case] ends: &[&str]) {
    let (folder, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let linker = build(&folder, "uv", "read answer </dev/tty || exit 3");
    let exdev = within(&ON_A_TERMINAL.map(str::to_owned)).at(out.path());
    let exdev = exdev.args(["run", "--jobs=1", "--out=.", "--linker", &linker]);
    ends.iter().fold(exdev, |exdev, end| exdev.args([end])).run();
    let report: Report = serde_json::from_slice(&fs::read(out.path().join("report.json")).unwrap()).unwrap();
    let outcome = &report.outcomes[0];
    assert_eq!((outcome.exit, outcome.strategy), (Exit::Code(3), Placement::Nothing));
    assert!(outcome.output.ends_with("cannot open /dev/tty: No such device or address\n"), "{}", outcome.output);
}

#[test]
fn a_linker_that_crashes_is_said_to() {
    let folder = TempDir::new().unwrap();
    let outcome = ran_on_tmpfs(&build(&folder, "uv", "kill -SEGV $$"));
    assert_eq!((outcome.exit, outcome.strategy, broken(&outcome)), (Exit::Signal(11), Placement::Nothing, vec![]));
}

#[rstest]
#[case::made(ran_on_tmpfs)]
#[case::given(ran_in_directories)]
fn a_daemon_that_holds_the_output_is_ended_and_counted(#[case] ran: fn(&str) -> Outcome) {
    let folder = TempDir::new().unwrap();
    let outcome = ran(&build(&folder, "uv", "cp -rl $cache/. $target; setsid sleep 1000 & echo done"));
    assert_eq!((outcome.output.as_str(), outcome.left_running), ("done\n", 1));
    assert_eq!((outcome.exit, outcome.strategy, broken(&outcome)), (Exit::Code(0), Placement::HardLink, vec![]));
}

fn ran_on_tmpfs(linker: &str) -> Outcome {
    outcomes(&[linker.to_owned()]).outcomes.remove(0)
}

fn ran_in_directories(linker: &str) -> Outcome {
    let [cache, target] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let [cache, target] = [&cache, &target].map(|end| end.path().to_str().unwrap());
    let ran = exdev(["run", "--jobs=1", "--json", "--linker", linker, "--cache", cache, "--target", target]).run();
    let mut report: Report =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout));
    report.outcomes.remove(0)
}
