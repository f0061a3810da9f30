//! The policies against the model of them: random trees, pairings and single faults. What disagrees is shown as small as it gets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;

use super::link::{Job, link_by, list};
use super::made::Made;
use super::model::{Case, Effect, Expected, Fault, expect};
use super::place::{Unplaced, place};
use super::{Mode, Policy};
use crate::errno::Errno;
use crate::outcome::Strategy as By;

const ERRNOS: [Errno; 6] =
    [Errno::EXDEV, Errno::EPERM, Errno::EMLINK, Errno::ENOSPC, Errno::EOPNOTSUPP, Errno(nix::libc::EEXIST)];
const STRATEGIES: [By; 4] = [By::Reflink, By::HardLink, By::Symlink, By::Copy];

/// Directories are d0 to d2 and files f0 to f5, so that none is in another's place.
fn trees() -> impl Strategy<Value = Vec<String>> {
    let path = (vec(0..3_u8, 0..3), 0..6_u8).prop_map(|(directories, file)| {
        directories.iter().map(|number| format!("d{number}/")).chain([format!("f{file}")]).collect::<String>()
    });
    btree_set(path, 0..9).prop_map(|paths| paths.into_iter().collect())
}

fn effects() -> impl Strategy<Value = Effect> {
    let either = |(errno, around)| if around { Effect::Around(errno) } else { Effect::Refused(errno) };
    (select(&ERRNOS[..]), any::<bool>()).prop_map(either)
}

fn cases() -> impl Strategy<Value = Case> {
    trees().prop_flat_map(|files| {
        let count = files.len();
        let odd = option::of((0..count.max(1), select(&STRATEGIES[..]), select(&ERRNOS[..])));
        let fault = option::of((1..2 * count + 3, effects()).prop_map(|(at, effect)| Fault { of: None, at, effect }));
        let refuses = btree_map(select(&STRATEGIES[..]), select(&ERRNOS[..]), 0..3);
        let prior = option::weighted(0.2, btree_set(0..count.max(1), 0..3));
        (select(&Policy::ALL[..]), select(&Mode::ALL[..]), prior, refuses, odd, fault).prop_map(
            move |(policy, mode, prior, refuses, odd, fault)| {
                let mut prior = prior.unwrap_or_default();
                prior.retain(|file| *file < files.len());
                Case { policy, mode, files: files.clone(), prior, refuses, odd, fault }
            },
        )
    })
}

/// What came of a case, and the bytes of both ends.
struct Came {
    expected: Expected,
    counted: BTreeMap<By, usize>,
    cache: Vec<(PathBuf, Vec<u8>)>,
    target: Vec<(PathBuf, Vec<u8>)>,
}

fn contents(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => directories.push(entry.path()),
                _ => files.push((entry.path().strip_prefix(root).unwrap().to_owned(), fs::read(entry.path()).unwrap())),
            }
        }
    }
    files.sort();
    files
}

/// The bytes of a cached file, the same in no two.
fn bytes(name: &str) -> Vec<u8> {
    format!("bytes of {name}").into_bytes()
}

fn run(case: &Case) -> Came {
    // In memory, as cached files that get another inode are written out.
    let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (cache, target) = (root.path().join("cache"), root.path().join("target"));
    fs::create_dir(&cache).unwrap();
    fs::create_dir(&target).unwrap();
    let write = |path: PathBuf, bytes: &[u8]| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    case.files.iter().for_each(|name| write(cache.join(name), &bytes(name)));
    case.prior.iter().for_each(|file| write(target.join(&case.files[*file]), b"old"));
    assert_eq!(list(&cache).unwrap(), case.files.iter().map(PathBuf::from).collect::<Vec<_>>());

    let mut attempts = 0;
    let mut used: BTreeMap<String, By> = BTreeMap::new();
    let mut placing = |strategy: By, cached: &Path, to: &Path, made: &mut Made| {
        attempts += 1;
        let name = cached.strip_prefix(&cache).unwrap().to_str().unwrap();
        let index = case.files.iter().position(|file| file == name).unwrap();
        if let Some(fault) = case.fault.filter(|fault| fault.at == attempts) {
            return Err(match fault.effect {
                Effect::Refused(errno) => Unplaced::Refused(errno),
                Effect::Around(errno) => Unplaced::Around { operation: "open", errno },
            });
        }
        let odd = case.odd.filter(|(file, by, _)| (*file, *by) == (index, strategy)).map(|(.., errno)| errno);
        if let Some(errno) = case.refuses.get(&strategy).copied().or(odd) {
            return Err(Unplaced::Refused(errno));
        }
        // Whether the disk below has reflinks must not matter here.
        let real = if strategy == By::Reflink { By::Copy } else { strategy };
        let placed = place(real, cached, to, made);
        if placed.is_ok() {
            used.insert(name.to_owned(), strategy);
        }
        placed
    };
    let mut warnings = Vec::new();
    let job = Job { policy: case.policy, mode: case.mode, cache: cache.clone(), target: target.clone() };
    let ended = link_by(&mut placing, &job, &mut |fallback| {
        warnings.push((fallback.refused.strategy, fallback.refused.errno, fallback.to));
    });
    let placed = case.files.iter().enumerate().filter_map(|(index, name)| {
        let found = fs::symlink_metadata(target.join(name)).ok()?;
        let linked = found.ino() == fs::metadata(cache.join(name)).unwrap().ino();
        let by = match (found.is_symlink(), linked) {
            (true, _) => By::Symlink,
            (_, true) => By::HardLink,
            _ if fs::read(target.join(name)).unwrap() == b"old" => return None,
            // The disk cannot tell the two apart here.
            _ => used.get(name).copied().filter(|by| matches!(by, By::Copy | By::Reflink))?,
        };
        Some((index, by))
    });
    let expected = Expected { succeeds: ended.is_ok(), placed: placed.collect(), warnings };
    let counted = ended.map(|summary| summary.files).unwrap_or_default();
    Came { expected, counted, cache: contents(&cache), target: contents(&target) }
}

fn agree(case: &Case) {
    let (found, expected) = (run(case), expect(case));
    assert_eq!(found.expected, expected);
    let mut counts: BTreeMap<By, usize> = BTreeMap::new();
    if expected.succeeds {
        expected.placed.values().for_each(|by| *counts.entry(*by).or_default() += 1);
    }
    assert_eq!(found.counted, counts);
    let whole = |name: &String| (PathBuf::from(name), bytes(name));
    assert_eq!(found.cache, case.files.iter().map(whole).collect::<Vec<_>>(), "the cache");
    let shown: BTreeSet<usize> = expected.placed.keys().chain(&case.prior).copied().collect();
    let shown = shown.into_iter().map(|file| {
        let name = &case.files[file];
        if expected.placed.contains_key(&file) { whole(name) } else { (PathBuf::from(name), b"old".to_vec()) }
    });
    let mut shown: Vec<_> = shown.collect();
    shown.sort();
    assert_eq!(found.target, shown, "the target");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    /// The files of the target, by what and with which bytes, the summary, the exit and every warning are as the model says.
    #[test]
    fn the_linker_does_what_its_model_says(case in cases()) {
        agree(&case);
    }
}
