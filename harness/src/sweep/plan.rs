//! The runs of a sweep.
//!
//! Invariant: pure, and in the order of the scenarios, then of what was wished for, then of the classes, then of the ordinals; so a
//! part of a plan is the same part everywhere.

use std::collections::{BTreeMap, HashSet};

use super::wish::Wish;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::trace::Class;

/// The scenarios as they are without a fault, in which calls are counted. Single writes are seen only where a fault asks for them:
/// one that is never met does.
#[must_use]
pub fn baselines(scenarios: &[Scenario], wishes: &[Wish]) -> Vec<Scenario> {
    let mut wishes = wishes.iter().filter(|wish| wish.is_about(Class::Write));
    let unmet = wishes.next().map(|wish| wish.at(Class::Write, usize::MAX));
    scenarios.iter().map(|scenario| Scenario { faults: unmet.into_iter().collect(), ..scenario.clone() }).collect()
}

/// Every scenario with every single fault that can be met in it. `calls` are those of the baselines, by their ids; a scenario whose
/// baseline did not run has no fault runs.
#[must_use]
pub fn fault_runs<'a>(
    baselines: &[Scenario],
    wishes: &[Wish],
    baseline: impl Fn(&str) -> Option<&'a Outcome>,
) -> Vec<Scenario> {
    let mut seen = HashSet::new();
    let mut runs = Vec::new();
    for scenario in baselines {
        let none = BTreeMap::new();
        let calls = baseline(&scenario.id()).map_or(&none, |outcome| &outcome.calls);
        for wish in wishes {
            for class in Class::ALL.into_iter().filter(|class| wish.is_about(*class)) {
                let count = calls.get(&class).copied().unwrap_or_default();
                let faults = (1..=count).map(|ordinal| wish.at(class, ordinal));
                runs.extend(faults.map(|fault| Scenario { faults: vec![fault], ..scenario.clone() }));
            }
        }
    }
    // What is wished for twice is run once.
    runs.retain(|run| seen.insert(run.id()));
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::{Family, Linker};
    use crate::pairing::Pairing;
    use crate::report::outcome_of;

    fn wishes(texts: &[&str]) -> Vec<Wish> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn scenario() -> Scenario {
        Scenario::new(Linker::new(Family::REFERENCE, "staged", "1"), "ext4".parse::<Pairing>().unwrap())
    }

    #[test]
    fn writes_are_counted_where_they_are_wished_for() {
        let faults = |texts: &[&str]| baselines(&[scenario()], &wishes(texts))[0].faults.len();
        assert_eq!([faults(&["link=EIO"]), faults(&["write=kill"]), faults(&["all=EIO"])], [0, 1, 1]);
    }

    #[test]
    fn every_call_that_was_counted_goes_wrong_once() {
        let wishes = wishes(&["link=EXDEV", "all=kill", "link=kill"]);
        let baselines = baselines(&[scenario()], &wishes);
        let calls = BTreeMap::from([(Class::Link, 2), (Class::Rename, 1)]);
        let outcome = Outcome { calls, ..outcome_of("ext4") };
        let runs = fault_runs(&baselines, &wishes, |_| Some(&outcome));
        let faults: Vec<_> = runs.iter().map(|run| run.faults[0].to_string()).collect();
        assert_eq!(faults, ["link#1=EXDEV", "link#2=EXDEV", "link#1=kill", "link#2=kill", "rename#1=kill"]);
        assert_eq!(fault_runs(&baselines, &wishes, |_| None), []);
    }
}
