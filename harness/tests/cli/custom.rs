//! A linker that a person describes in a TOML file: here deliberately simple ones.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use assert_fs::TempDir;
use exdev::outcome::{Exit, Placement, Report, Rule};

use crate::exdev::{Ran, exdev};

const MINE: &str = r#"
name = "mine"
version = "7.1"
program = "bin/mine"
prime = ["cp", "-a", "{package}/.", "{cache}"]
link = ["{linker}", "{cache}", "{target}"]
environment = { FLAGS = "-{mode}" }
makes = [".mine"]

[[mode]]
name = "l"
chain = ["hard link", "copy"]

[[mode]]
name = "r"
chain = ["copy"]

[[says]]
pattern = "^mine: (?<errno>[A-Z]+), so it is copied$"
fallback = "copy"
refused = "hard link"
"#;

/// Links by cp, and where it cannot, copies.
const PROGRAM: &str = "#!/bin/sh
touch \"$2/.mine\"
cp -rp \"$FLAGS\" \"$1/.\" \"$2\" 2>/dev/null && exit
echo mine: EXDEV, so it is copied
cp -rp \"$1/.\" \"$2\"
";

/// Copies, and says so in two parts: the second once the other run has said the first, too.
const HALTING: &str = r#"#!/bin/sh
cp -rp "$1/." "$2"
printf 'mine: EXDEV'
: >"$TMPDIR/$$"
set --
until [ $# = 2 ]; do set -- "$TMPDIR"/*; done
echo ', so it is copied'
"#;

fn folder(description: &str) -> TempDir {
    folder_with(description, PROGRAM)
}

fn folder_with(description: &str, code: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("bin/mine");
    fs::create_dir(folder.path().join("bin")).unwrap();
    fs::write(&program, code).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("mine.toml"), description).unwrap();
    folder
}

fn run<const N: usize>(folder: &TempDir, arguments: [&str; N]) -> Ran {
    let file = folder.path().join("mine.toml");
    exdev(["run", "--jobs=1", "--linker-file", file.to_str().unwrap()]).args(arguments).run()
}

#[test]
fn a_described_linker_is_listed_behind_all_others() {
    let folder = folder(MINE);
    let file = folder.path().join("mine.toml");
    let ran = exdev(["list", "linkers", "--linker-file", file.to_str().unwrap()]).run();
    ran.ends(0);
    assert_eq!(ran.stdout.lines().last(), Some("mine@7.1"));
    exdev(["list", "linkers", "--linker-file", "/nowhere/mine.toml"])
        .run()
        .refuses(2, "failed to read the linker file /nowhere/mine.toml: No such file or directory (os error 2)");
}

#[test]
fn a_described_linker_is_run_and_judged() {
    let folder = folder(MINE);
    let ran = run(&folder, ["--json", "--pairing=tmpfs,tmpfs:tmpfs", "--mode=all"]);
    let report: Report = serde_json::from_str(&ran.stdout).unwrap();
    let seen: Vec<_> = report.outcomes.iter().map(|it| (it.id.as_str(), it.strategy, it.warnings.clone())).collect();
    let warned = vec!["mine: EXDEV, so it is copied".to_owned()];
    assert_eq!(
        seen,
        [
            ("mine@7.1/l/tmpfs/small", Placement::HardLink, vec![]),
            ("mine@7.1/l/tmpfs:tmpfs/small", Placement::Copy, warned),
            ("mine@7.1/r/tmpfs/small", Placement::Copy, vec![]),
            ("mine@7.1/r/tmpfs:tmpfs/small", Placement::Copy, vec![]),
        ]
    );
    for outcome in &report.outcomes {
        assert_eq!((outcome.exit, outcome.broken().count()), (Exit::Code(0), 0), "{}", outcome.id);
    }
}

#[test]
fn what_the_description_does_not_allow_is_held_against_it() {
    let folder = folder(&MINE.replace("makes = [\".mine\"]", "").replace("fallback = \"copy\"\n", ""));
    let ran = run(&folder, ["--json", "--pairing=tmpfs:tmpfs"]);
    let report: Report = serde_json::from_str(&ran.stdout).unwrap();
    let broken: Vec<_> = report.outcomes[0].broken().map(|(rule, judged)| (rule, judged.evidence.clone())).collect();
    let evidence = |text: &str| vec![text.to_owned()];
    assert_eq!(
        broken,
        [(Rule::C1, evidence(".mine: not of the package")), (Rule::C5, evidence("copied without a warning: 34 files"))]
    );
}

#[test]
fn a_description_that_cannot_be_used_is_refused_with_one_sentence() {
    let folder = folder(&MINE.replace("program = \"bin/mine\"", "program = \"bin/none\""));
    let file = folder.path().join("mine.toml");
    run(&folder, ["--pairing=tmpfs"]).refuses(
        2,
        &format!(
            "the linker file {} is wrong: its program {} cannot be run: No such file or directory (os error 2)",
            file.display(),
            folder.path().join("bin/none").display()
        ),
    );
    exdev(["run", "--linker-file", "/nowhere/mine.toml"])
        .run()
        .refuses(2, "failed to read the linker file /nowhere/mine.toml: No such file or directory (os error 2)");
}

#[test]
fn what_two_say_at_once_is_not_mixed() {
    let folder = folder_with(MINE, HALTING);
    let ran = run(&folder, ["--pairing=ext4:tmpfs", "--mode=l", "--at-once=2-apart", "--json"]);
    let outcome = serde_json::from_str::<Report>(&ran.stdout).unwrap().outcomes.remove(0);
    assert_eq!(outcome.warnings, ["mine: EXDEV, so it is copied"; 2]);
}
