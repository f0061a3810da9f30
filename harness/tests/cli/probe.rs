//! `exdev probe`: what it says of two directories, that it leaves nothing behind, and what it refuses to probe.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::thread;

use assert_fs::TempDir;
use exdev::report::Probed;
use landlock::{ABI, Access, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus};
use serde_json::Value;

use crate::exdev::{Ran, exdev, is_root};

/// A cache with one wheel of three files.
fn cache() -> TempDir {
    let cache = TempDir::new().unwrap();
    let wheel = cache.path().join("archive-v0/k3X");
    fs::create_dir_all(&wheel).unwrap();
    for name in ["a.py", "b.py", "c.py"] {
        fs::write(wheel.join(name), name.repeat(20_000)).unwrap();
    }
    cache
}

fn probe(cache: &Path, target: &Path) -> Ran {
    exdev(["probe", cache.to_str().unwrap(), target.to_str().unwrap()]).run()
}

/// Every path below a directory, with what a probe must not change of it.
fn tree(root: &Path) -> Vec<(String, u64, u32, u64, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let seen = fs::symlink_metadata(&path).unwrap();
        let bytes = if seen.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        found.push((path.display().to_string(), seen.ino(), seen.mode(), seen.nlink(), bytes));
        if seen.is_dir() {
            found.extend(tree(&path));
        }
    }
    found.sort();
    found
}

#[test]
fn one_filesystem_is_told_with_what_each_linker_will_do() {
    let (cache, target) = (cache(), TempDir::new().unwrap());
    let ran = probe(cache.path(), target.path());
    ran.ends(0).finds("          holds 3 files");
    ran.finds("hard link                 works                 works");
    ran.finds("rename                    works                 -");
    let line = ran.stdout.lines().find(|line| line.starts_with("default ")).unwrap();
    let words: Vec<_> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
    assert_eq!((words[0], words[3], words[4]), ("default", "-", "complete"), "{line}");
    ran.leaves([]);
}

#[test]
fn nothing_is_changed_and_nothing_is_left_behind() {
    let (cache, target) = (cache(), TempDir::new().unwrap());
    fs::write(target.path().join("mine"), "mine").unwrap();
    let before = (tree(cache.path()), tree(target.path()));
    probe(cache.path(), target.path()).ends(0);
    assert_eq!((tree(cache.path()), tree(target.path())), before);
}

#[test]
fn json_is_alone_on_standard_output_and_fits_the_schema() {
    let (cache, target) = (cache(), TempDir::new().unwrap());
    let ran = exdev(["probe", "--json", cache.path().to_str().unwrap(), target.path().to_str().unwrap()]).run();
    ran.ends(0);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../../probe.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let probed: Probed = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(probed.findings.facts.cache.path, fs::canonicalize(cache.path()).unwrap().display().to_string());
    assert!(probed.predictions.iter().any(|it| it.linker == "reference@strict" && it.mode == "symlink"));
}

#[test]
fn what_is_no_directory_is_refused_in_a_sentence() {
    let here = TempDir::new().unwrap();
    let (file, nowhere) = (here.path().join("file"), here.path().join("nowhere"));
    fs::write(&file, "").unwrap();
    probe(&nowhere, here.path()).refuses(69, &format!("there is no cache at {}", nowhere.display()));
    probe(here.path(), &nowhere).refuses(69, &format!("there is no target at {}", nowhere.display()));
    probe(&file, here.path()).refuses(69, &format!("the cache {} is no directory", file.display()));
    probe(here.path(), &file).refuses(69, &format!("the target {} is no directory", file.display()));
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 1);
}

#[test]
fn a_target_that_cannot_be_written_to_is_refused() {
    let (cache, target) = (cache(), TempDir::new().unwrap());
    fs::set_permissions(target.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let ran = probe(cache.path(), target.path());
    if is_root() {
        // To root permission bits are nothing; /proc is closed to everybody.
        let ran = probe(cache.path(), Path::new("/proc"));
        ran.refuses(69, "the target /proc cannot be written to: ENOENT");
    } else {
        ran.refuses(69, &format!("the target {} cannot be written to: EACCES", target.path().display()));
    }
}

#[test]
fn an_empty_cache_that_cannot_be_written_to_is_refused() {
    let (cache, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::set_permissions(cache.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let ran = probe(cache.path(), target.path());
    if is_root() {
        ran.ends(0).finds("          holds 0 files");
    } else {
        let cache = cache.path().display();
        let sentence =
            format!("the cache {cache} cannot be written to (EACCES), and it holds no file that could be tried");
        ran.refuses(69, &sentence);
    }
}

/// Restricts this thread, and what it starts, to what the first version of Landlock can allow: everything but to link and rename
/// from one directory to another. Whether the kernel has Landlock.
pub fn confine() -> bool {
    let all = AccessFs::from_all(ABI::V1);
    let rule = PathBeneath::new(PathFd::new("/").unwrap(), all);
    let ruleset = Ruleset::default().handle_access(all).unwrap().create().unwrap().add_rule(rule).unwrap();
    ruleset.restrict_self().unwrap().ruleset != RulesetStatus::NotEnforced
}

#[test]
fn a_sandbox_is_told_from_a_filesystem() {
    let (cache, target) = (cache(), TempDir::new().unwrap());
    let (from, to) = (cache.path().to_owned(), target.path().to_owned());
    let (confined, ran) = thread::spawn(move || (confine(), probe(&from, &to))).join().unwrap();
    ran.ends(0);
    if confined {
        let refused =
            "hard link, rename and rename without replacing: EXDEV, a sandbox restricts access to paths (Landlock)";
        ran.finds(refused);
        ran.finds("    let the sandbox refer files from one directory to the other (LANDLOCK_ACCESS_FS_REFER)");
    } else {
        ran.finds("hard link                 works                 works");
    }
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0);
}

#[test]
fn one_directory_alone_is_no_pair() {
    exdev(["probe", "/tmp"]).run().explains(2, "  <TARGET>");
}
