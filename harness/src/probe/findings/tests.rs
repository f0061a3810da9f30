use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;
use crate::probe::Shelf;

/// Every name below a directory.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .flat_map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            let below = if entry.path().is_dir() { names(&entry.path()) } else { Vec::new() };
            [name.clone()].into_iter().chain(below.into_iter().map(move |path| format!("{name}/{path}")))
        })
        .collect();
    names.sort();
    names
}

fn cache(files: &[&str]) -> TempDir {
    let cache = TempDir::new().unwrap();
    for file in files {
        let path = cache.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.repeat(1000)).unwrap();
    }
    cache
}

fn count(findings: &Findings, call: Call, subject: Subject) -> usize {
    findings.tries.iter().filter(|it| it.call == call && it.subject == subject).count()
}

#[test]
fn every_call_is_tried_on_two_files_of_each_kind_and_nothing_is_left() {
    let (cache, target) = (cache(&["archive-v0/a/x.py", "archive-v0/a/y.py", "archive-v0/b/z.py"]), cache(&[]));
    let before = names(cache.path());
    let found = findings(cache.path(), target.path()).unwrap();
    for call in Call::ALL {
        assert_eq!(count(&found, call, Subject::Fresh), 2, "{call}");
        let cached = if Call::PLACING.contains(&call) { 2 } else { 0 };
        assert_eq!(count(&found, call, Subject::Cached), cached, "{call}");
    }
    let worked = |call| found.tries.iter().all(|it| it.call != call || matches!(it.got, Got::Worked { .. }));
    for call in [Call::HardLink, Call::Symlink, Call::Copy, Call::Rename] {
        assert!(worked(call), "{call}: {:?}", found.tries);
    }
    assert_eq!(found.cache_closed, None);
    assert_eq!(found.within_cache.iter().map(|it| it.call).collect::<Vec<_>>(), [Call::HardLink, Call::Symlink]);
    let works = |it: &Try| (it.call, it.got == Got::Worked { shares: None });
    assert_eq!(found.within_target.iter().map(works).collect::<Vec<_>>(), [(Call::Rename, true)]);
    assert_eq!((found.survey.files, found.survey.complete), (3, true));
    assert_eq!(found.survey.first.as_deref(), Some("archive-v0/a/x.py"));
    let shelf = Shelf { directories: 2, bytes: 3 * 5 * 4096 };
    assert_eq!(found.survey.shelves, [("archive-v0".to_owned(), shelf)].into());
    assert_eq!(found.survey.suspects, []);
    assert_eq!((names(cache.path()), names(target.path())), (before, Vec::new()));
}

#[test]
fn a_cached_file_keeps_its_name_its_bytes_and_its_mode() {
    let (cache, target) = (cache(&["only.py"]), cache(&[]));
    let file = cache.path().join("only.py");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let seen = || (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().permissions().mode());
    let before = seen();
    let found = findings(cache.path(), target.path()).unwrap();
    assert_eq!(count(&found, Call::HardLink, Subject::Cached), 1);
    assert_eq!(seen(), before);
    assert_eq!(names(cache.path()), ["only.py"]);
}

#[test]
fn an_empty_cache_is_tried_with_fresh_files_alone() {
    let (cache, target) = (cache(&[]), cache(&[]));
    let found = findings(cache.path(), target.path()).unwrap();
    assert_eq!(found.tries.iter().filter(|it| it.subject == Subject::Cached).count(), 0);
    assert_eq!(found.usual().unwrap().hard_link, None);
}

#[test]
fn what_cannot_be_probed_is_told_in_a_sentence() {
    let here = cache(&["file"]);
    let (file, nowhere) = (here.path().join("file"), here.path().join("nowhere"));
    let refused = |cache: &Path, target: &Path| findings(cache, target).unwrap_err().to_string();
    assert_eq!(refused(&nowhere, here.path()), format!("there is no cache at {}", nowhere.display()));
    assert_eq!(refused(here.path(), &nowhere), format!("there is no target at {}", nowhere.display()));
    assert_eq!(refused(&file, here.path()), format!("the cache {} is no directory", file.display()));
    assert_eq!(refused(here.path(), &file), format!("the target {} is no directory", file.display()));
    let below = file.join("below");
    assert_eq!(refused(&below, here.path()), format!("the cache {} is no directory", below.display()));
    assert_eq!(refused(here.path(), Path::new("/proc")), "the target /proc cannot be written to: ENOENT");
    assert_eq!(names(here.path()), ["file"]);
}

#[test]
fn files_with_many_links_stand_out_only_where_they_are_refused() {
    let (cache, target) = (cache(&["archive-v0/a/x.py", "archive-v0/a/y.py"]), cache(&[]));
    for number in 0..150 {
        fs::hard_link(cache.path().join("archive-v0/a/x.py"), target.path().join(number.to_string())).unwrap();
    }
    let found = findings(cache.path(), target.path()).unwrap();
    assert_eq!(found.survey.suspects, []);
    assert_eq!(names(target.path()).len(), 150);
}

#[test]
fn a_reason_is_told_of_the_ends_that_were_found() {
    let found = super::super::sample::found(&[(Call::HardLink, Errno::EXDEV), (Call::Reflink, Errno::EOPNOTSUPP)]);
    let reason = |call| {
        let tried = found.tries.iter().find(|it| it.call == call).unwrap();
        found.reason(tried).map(|reason| reason.to_string())
    };
    assert_eq!(reason(Call::HardLink).as_deref(), Some("different filesystems (ext4, xfs)"));
    assert_eq!(reason(Call::Reflink).as_deref(), Some("no reflinks on ext4"));
    assert_eq!(reason(Call::Symlink), None);
}
