//! `exdev explain`: why a command did not place its files otherwise, on real filesystems, and in sandboxes.

use std::fs;
use std::path::Path;
use std::thread;

use assert_fs::TempDir;
use exdev::explain::{Explained, Explanation, Fallback};
use exdev::facts::Confinement;
use exdev::outcome::{Exit, Strategy};
use exdev::reason::{Confiner, Reason};
use rstest::rstest;

use crate::exdev::{Exdev, Ran, exdev, is_root};
use crate::exec::only_root;
use crate::probe::confine;

/// `exdev explain` of two files that are to be hard linked, on the ends of a pairing.
fn hard_links_on(pairing: &str, explain: &str) -> Ran {
    let line = format!("mkdir $CACHE/a; echo 1 >$CACHE/a/x; echo 2 >$CACHE/a/y; {explain} -- cp -al $CACHE/a $TARGET");
    let exdev = exdev(["exec", "--kernel=host", "--pairing", pairing, "--", "sh", "-ec", &line]);
    exdev.env("EXDEV", env!("CARGO_BIN_EXE_exdev")).run()
}

/// The explanation, which is all that is on standard output.
#[track_caller]
fn explanation(ran: &Ran) -> Explanation {
    serde_json::from_str::<Explained>(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout)).explanation
}

/// The one strategy that was refused.
#[track_caller]
fn fallback(explanation: &Explanation) -> &Fallback {
    assert_eq!(explanation.fallbacks.len(), 1, "{explanation:#?}");
    &explanation.fallbacks[0]
}

fn fs(kind: &str) -> String {
    kind.to_owned()
}

#[rstest]
#[case::ext4_bind("ext4+bind", Reason::AnotherMount { kind: fs("ext4") })]
#[case::ext4_project("ext4+project", Reason::Project)]
#[case::xfs_project("xfs+project", Reason::Project)]
#[case::btrfs_subvolume("btrfs+subvolume", Reason::Subvolume)]
#[case::ext4_xfs("ext4:xfs", Reason::DifferentFilesystems { cache: fs("ext4"), target: fs("xfs") })]
fn what_lies_between_is_named(#[case] pairing: &str, #[case] reason: Reason) {
    let ran = hard_links_on(pairing, "$EXDEV explain --json");
    let kind = pairing.split([':', '+']).next().unwrap();
    if !is_root() {
        ran.refuses(69, &only_root(kind));
        return;
    }
    if ran.stdout.is_empty() && pairing == "ext4+project" {
        let cannot = "this kernel has no project IDs on ext4; use a kernel with CONFIG_QUOTA and CONFIG_QFMT_V2";
        ran.refuses(69, cannot);
        return;
    }
    let errors = ran.told(1);
    assert_eq!(errors.matches("Invalid cross-device link\n").count(), 2, "{errors}");
    let explained = explanation(&ran);
    assert_eq!((explained.exit, explained.placed.as_slice()), (Exit::Code(1), &[][..]));
    let it = fallback(&explained);
    assert_eq!((&it.kind, it.strategy, it.errno.as_str()), (&reason, Strategy::HardLink, "EXDEV"));
    assert_eq!((it.files, it.then, &it.reason), (2, None, &reason.to_string()));
    assert_eq!(it.advice, [reason.advice()]);
    assert_eq!((it.cache.end.kind.as_str(), it.cache.end.mountinfo.is_empty()), (kind, false));
}

#[test]
fn a_reflink_that_no_filesystem_there_has_is_one_of_few_lines() {
    let line = "mkdir $CACHE/a; echo 1 >$CACHE/a/x; $EXDEV explain -- cp -a $CACHE/a $TARGET";
    let exdev = exdev(["exec", "--kernel=host", "--pairing=ext4", "--", "sh", "-ec", line]);
    let ran = exdev.env("EXDEV", env!("CARGO_BIN_EXE_exdev")).run();
    if is_root() {
        let told = ran.told(0);
        let sentence = "1 file was copied, not reflinked (EOPNOTSUPP): no reflinks on ext4\n";
        assert!(told.contains(sentence), "{told}");
        assert_eq!(told.lines().count(), 12, "{told}");
    } else {
        ran.refuses(69, &only_root("ext4"));
    }
}

/// The file is root's, and an ordinary user links it.
const FOREIGN: &str = "umask 022; mkdir -p $CACHE/a; echo 1 >$CACHE/a/x; cp $EXDEV $TARGET/exdev; mkdir -m 777 $TARGET/t; \
                       chmod go+x $CACHE $TARGET; cd /; exec setpriv --reuid=59999 --regid=59999 --clear-groups \
                       $TARGET/exdev explain --json -- ln $CACHE/a/x $TARGET/t/x";

#[test]
fn a_file_of_another_user_is_told_with_its_owner() {
    let exdev = exdev(["exec", "--kernel=host", "--pairing=ext4", "--", "sh", "-ec", FOREIGN]);
    let ran = exdev.env("EXDEV", env!("CARGO_BIN_EXE_exdev")).run();
    if !is_root() {
        ran.refuses(69, &only_root("ext4"));
        return;
    }
    let explained = explanation(&ran);
    assert_eq!(explained.process.uid, 59999);
    if fs::read_to_string("/proc/sys/fs/protected_hardlinks").unwrap() == "0\n" {
        assert_eq!((explained.exit, explained.fallbacks.as_slice()), (Exit::Code(0), &[][..]));
        return;
    }
    let it = fallback(&explained);
    assert_eq!((&it.kind, it.errno.as_str(), it.then), (&Reason::ProtectedHardlinks, "EPERM", None));
    let file = it.file.as_ref().unwrap();
    assert_eq!((file.uid, file.mode, file.accessible), (0, 0o644, false));
}

/// Two directories, and a file in the first.
fn directories() -> TempDir {
    let directory = TempDir::new().unwrap();
    for name in ["a", "b"] {
        fs::create_dir(directory.path().join(name)).unwrap();
    }
    fs::write(directory.path().join("a/x"), "1").unwrap();
    directory
}

#[track_caller]
fn is_of_a_sandbox(it: &Fallback) {
    let landlock = Reason::Sandbox { by: Confiner::Landlock };
    assert_eq!((&it.kind, it.errno.as_str(), it.files), (&landlock, "EXDEV", 1));
}

#[test]
fn a_sandbox_around_it_is_told_from_a_filesystem() {
    let directory = directories();
    let exdev = exdev(["explain", "--json", "--", "ln", "a/x", "b/x"]).at(directory.path());
    let (confined, ran) = thread::spawn(|| (confine(), exdev.run())).join().unwrap();
    let explained = explanation(&ran);
    if confined {
        assert!(ran.told(1).ends_with("Invalid cross-device link\n"));
        is_of_a_sandbox(fallback(&explained));
        assert_eq!(explained.process.confinement, Confinement::Confined);
    } else {
        assert_eq!((explained.exit, explained.fallbacks.as_slice()), (Exit::Code(0), &[][..]));
    }
}

/// Restricts itself as [`confine`] does, see landlock(7), and lets a child of its own (or of its child's) link a file.
const CONFINED: &str = r#"
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]
every = ctypes.c_uint64(0x1fff)
ruleset = libc.syscall(444, ctypes.byref(every), 8, 0)
if ruleset < 0:
    sys.exit(77)
rule = Beneath(every.value, os.open("/", os.O_PATH))
assert libc.syscall(445, ruleset, 1, ctypes.byref(rule), 0) == 0
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.syscall(446, ruleset, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"#;

fn in_its_own_sandbox(exdev: Exdev, directory: &Path) -> Exdev {
    exdev.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").at(directory)
}

#[rstest]
#[case::itself(&["ln", "a/x", "b/x"])]
#[case::its_child(&["sh", "-c", "ln a/x b/x; exit $?"])]
fn a_sandbox_that_the_command_enters_itself_is_told_and_refuses_as_ever(#[case] inside: &[&str]) {
    let directory = directories();
    let python = ["--", "python3", "-c", CONFINED];
    let explain = in_its_own_sandbox(exdev(["explain", "--json"]).args(python), directory.path());
    let ran = inside.iter().fold(explain, |exdev, word| exdev.args([word])).run();
    let explained = explanation(&ran);
    if explained.exit == Exit::Code(77) {
        // This kernel has no Landlock.
        return assert_eq!(explained.fallbacks, []);
    }
    let said = "ln: failed to create hard link 'b/x' => 'a/x': Invalid cross-device link\n";
    assert_eq!((ran.told(1), &explained.unseen), (said, &Vec::new()));
    is_of_a_sandbox(fallback(&explained));
    assert_ne!(explained.process.confinement, Confinement::Confined);
}

/// One whose parent is not known, as it was never seen or has ended, is left alone: exdev never does what a sandbox forbids.
#[rstest]
#[case::the_child_of_a_child("sh -c 'ln a/x b/x; exit $?'; exit $?")]
#[case::an_orphan("mkfifo go; { (sh -c 'read on <go; exec ln a/x b/x' 2>&1 &); echo >go; } | cat; exit 1")]
fn whoever_may_be_in_a_sandbox_makes_its_own_calls(#[case] inside: &str) {
    let directory = directories();
    let explain = exdev(["explain", "--json", "--", "python3", "-c", CONFINED, "sh", "-c", inside]);
    let ran = in_its_own_sandbox(explain, directory.path()).run();
    let explained = explanation(&ran);
    if explained.exit == Exit::Code(77) {
        return assert_eq!(explained.fallbacks, []);
    }
    let said = "ln: failed to create hard link 'b/x' => 'a/x': Invalid cross-device link\n";
    assert_eq!((ran.told(1), explained.fallbacks.len()), (said, 0));
    let unseen = "what came of a link was not seen: it may be in a sandbox".to_owned();
    assert!(explained.unseen.contains(&unseen), "{:?}", explained.unseen);
}

#[test]
fn what_was_placed_instead_and_where_is_counted() {
    let directory = directories();
    let line = "mkfifo a/fifo; ln a/x b/x; ln -s x b/s; cp --reflink=never a/x b/c; mv b/c b/d; : >b/y; rm b/y";
    let ran = exdev(["explain", "--json", "--", "sh", "-ec", line]).at(directory.path()).run();
    let explained = explanation(&ran);
    ran.told(0);
    let at = fs::canonicalize(directory.path().join("b")).unwrap().display().to_string();
    let placed: Vec<_> = explained.placed.iter().map(|it| (it.strategy, it.files, it.directory.as_str())).collect();
    let expected = [Some(Strategy::HardLink), Some(Strategy::Symlink), None];
    assert_eq!(placed, expected.map(|strategy| (strategy, 1, at.as_str())));
    assert_eq!((explained.fallbacks, explained.refused), (Vec::new(), Vec::new()));
}

#[test]
fn json_fits_the_schema_and_is_what_repro_reads() {
    let ran = hard_links_on("ext4+bind", "$EXDEV explain --json");
    if !is_root() {
        return;
    }
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../explain.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let understood = exdev(["repro", "--dry-run", "-"]).input(&ran.stdout).run();
    understood.ends(0).finds("    fallbacks: reported: hard link was refused with EXDEV, and it failed");
    understood.finds("    exdev run --linker uv --mode default --pairing ext4+bind");
}
