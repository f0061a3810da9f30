//! The reference linker against the model of it, on real filesystems and under the trace: random pairings, policies, modes and single
//! faults. What disagrees is shown as small as it gets.

use std::collections::BTreeMap;

use exdev::errno::Errno;
use exdev::linker::reference::model::{Case, Effect, Expected, Fault, expect};
use exdev::linker::reference::{Mode, Policy};
use exdev::outcome::{Outcome, Placement, Strategy as By};
use exdev::package::{Size, package};
use exdev::pairing::Names;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;

use crate::trial::{link, outcome_of_drawn};

/// Pairings, each with what it refuses to every file: hard links, and reflinks.
const PAIRINGS: [(&str, Option<Errno>, Option<Errno>); 12] = [
    ("ext4", None, Some(Errno::EOPNOTSUPP)),
    ("xfs", None, None),
    ("xfs-noreflink", None, Some(Errno::EOPNOTSUPP)),
    ("btrfs", None, None),
    ("tmpfs", None, Some(Errno::EOPNOTSUPP)),
    ("ext4:ext4", Some(Errno::EXDEV), Some(Errno::EXDEV)),
    ("xfs:btrfs", Some(Errno::EXDEV), Some(Errno::EXDEV)),
    ("tmpfs:ext4", Some(Errno::EXDEV), Some(Errno::EXDEV)),
    ("ext4+bind", Some(Errno::EXDEV), Some(Errno::EOPNOTSUPP)),
    ("xfs+bind", Some(Errno::EXDEV), None),
    ("btrfs+subvolume", Some(Errno::EXDEV), None),
    ("tmpfs+bind", Some(Errno::EXDEV), Some(Errno::EOPNOTSUPP)),
];

const ERRNOS: [Errno; 5] = [Errno::EXDEV, Errno::EPERM, Errno::ENOSPC, Errno::EOPNOTSUPP, Errno::EACCES];

/// A pairing, and what the linker does there.
fn cases() -> impl Strategy<Value = (&'static str, Case)> {
    let by = select(&[By::Reflink, By::HardLink, By::Symlink][..]);
    let fault = (by, 1..40_usize, select(&ERRNOS[..]));
    let fault = fault.prop_map(|(by, at, errno)| Fault { of: Some(by), at, effect: Effect::Refused(errno) });
    let drawn = (select(&PAIRINGS[..]), select(&Policy::ALL[..]), select(&Mode::ALL[..]), option::weighted(0.8, fault));
    drawn.prop_map(|((pairing, hard_link, reflink), policy, mode, fault)| {
        let refuses = [(By::HardLink, hard_link), (By::Reflink, reflink)];
        let refuses = refuses.into_iter().filter_map(|(by, errno)| Some((by, errno?))).collect();
        let mut files: Vec<_> = package(Size::Small, Names::POSIX).files.iter().map(|file| file.path.clone()).collect();
        files.sort();
        (pairing, Case { policy, mode, files, prior: [].into(), refuses, odd: None, fault })
    })
}

/// The class of calls that a strategy makes, as faults name it.
fn class(by: By) -> &'static str {
    if by == By::HardLink { "link" } else { by.name() }
}

fn outcome(pairing: &str, case: &Case) -> Option<Outcome> {
    let mut trial = link(&format!("reference@{}", case.policy)).mode(case.mode.name());
    if let Some(Fault { of: Some(by), at, effect: Effect::Refused(errno) }) = case.fault {
        trial = trial.fault(&format!("{}#{at}={errno}", class(by)));
    }
    outcome_of_drawn(&trial.scenario(pairing))
}

/// What the linker says of a fallback, but for the file.
fn told((from, errno, to): (By, Errno, By)) -> (String, String) {
    (format!("failed to {from} "), format!(": {errno}; falling back to {to}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    /// The exit, by what each file was placed, and each warning are as the model says.
    #[test]
    fn the_reference_linker_does_what_its_model_says((pairing, case) in cases()) {
        if let Some(seen) = outcome(pairing, &case) {
            let Expected { succeeds, placed, warnings } = expect(&case);
            prop_assert_eq!(seen.exit.is_success(), succeeds, "{}", &seen.id);
            let mut files: BTreeMap<Placement, usize> = BTreeMap::new();
            for by in placed.into_values() {
                *files.entry(by.into()).or_default() += 1;
            }
            prop_assert_eq!(&seen.files, &files, "{}", &seen.id);
            prop_assert_eq!(seen.warnings.len(), warnings.len(), "{}: {:?}", &seen.id, &seen.warnings);
            for (said, (begins, ends)) in seen.warnings.iter().zip(warnings.into_iter().map(told)) {
                prop_assert!(said.starts_with(&begins) && said.ends_with(&ends), "{}: {said}", &seen.id);
            }
        }
    }
}
