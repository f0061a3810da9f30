//! Runs that end: their exit codes, `--json` and `--out`.

use std::fs;

use assert_fs::TempDir;
use exdev::outcome::Report;
use exdev::report::to_junit;
use serde_json::Value;

use crate::exdev::{is_root, reference};

#[test]
fn a_contract_that_is_kept_is_exit_code_0() {
    let ran = reference(["--pairing=tmpfs", "--require"]).run();
    ran.ends(0).finds("1 scenario: 1 kept the contract, 0 broke a rule, 0 not run, 0 could not be set up");
    ran.leaves([]);
}

#[test]
fn a_rule_that_is_broken_is_exit_code_1() {
    let ran = reference(["--pairing=ext4+immutable", "--kernel=host"]).run();
    if is_root() {
        ran.ends(1).finds("C3 uniform is broken by reference@per-file (default) on ext4+immutable");
    } else {
        ran.ends(0).finds("1 not run: only root may mount ext4 on the host kernel");
    }
}

#[test]
fn json_is_alone_on_standard_output_and_fits_the_schema() {
    let ran = reference(["--pairing=tmpfs,overlay-tmpfs,ext4", "--kernel=host", "--json"]).run();
    ran.ends(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../../report.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let count = |list: &str| report[list].as_array().map(Vec::len);
    let (ran, not_run) = if is_root() { (3, 0) } else { (2, 1) };
    assert_eq!((count("outcomes"), count("not_run"), count("broken_setups")), (Some(ran), Some(not_run), Some(0)));
}

#[test]
fn the_folder_of_results_holds_the_report_in_two_forms() {
    let parent = TempDir::new().unwrap();
    let out = parent.path().join("a/b");
    let ran = reference(["--pairing=tmpfs", "--json", "--out", out.to_str().unwrap()]).run();
    ran.ends(0);
    let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["junit.xml", "report.json"]);
    let json = fs::read_to_string(out.join("report.json")).unwrap();
    let report: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&ran.stdout).unwrap(), report);
    assert_eq!(fs::read_to_string(out.join("junit.xml")).unwrap(), to_junit(&report).unwrap());
}

#[test]
fn a_sweep_is_written_down_as_it_goes_and_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let sweep = |effect: &str| {
        let out = folder.path().to_str().unwrap();
        reference(["--pairing=tmpfs", "--sweep", effect, "--require", "--out", out]).run()
    };
    let ran = sweep("link=EXDEV");
    // One file that alone is copied makes a mixed package.
    ran.told(1);
    ran.finds("34 runs with one fault each, which 34 met: 34 accusations");
    let book = folder.path().join("sweep.jsonl");
    let whole = fs::read_to_string(&book).unwrap();
    assert_eq!(whole.lines().count(), 1 + 1 + 34);
    // As if it had been ended in the middle of its tenth line.
    let nine: Vec<_> = whole.lines().take(9).collect();
    fs::write(&book, format!("{}\n{{\"id\":", nine.join("\n"))).unwrap();
    assert_eq!(sweep("link=EXDEV").stdout, ran.stdout);
    let again = fs::read_to_string(&book).unwrap();
    assert!(again.starts_with(&format!("{}\n", nine.join("\n"))));
    assert_eq!(again.lines().count(), 1 + 1 + 34);
    let other = sweep("link=EPERM");
    assert!(other.refuses_with(69).contains("sweep.jsonl is of another sweep: choose another folder"));
}
