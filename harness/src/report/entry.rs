//! One view of everything that a report holds, whatever became of it.

use crate::outcome::{BrokenSetup, NotRun, Outcome, Report};

/// One scenario of a report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) linker: &'a str,
    pub(super) mode: &'a str,
    /// The package and whatever else follows the pairing in the scenario's name: `small`, `small/root`.
    pub(super) package: &'a str,
    pub(super) pairing: &'a str,
    pub(super) fate: Fate<'a>,
}

/// What became of a scenario.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate<'a> {
    Ran(&'a Outcome),
    NotRun(&'a NotRun),
    SetupBroken(&'a BrokenSetup),
}

impl<'a> Entry<'a> {
    /// The view of a scenario that ran.
    pub(super) fn ran(outcome: &'a Outcome) -> Self {
        Self::new(&outcome.id, &outcome.linker, &outcome.pairing, Fate::Ran(outcome))
    }

    // Only the name of a scenario that did not run holds its mode and package, so all are read from the name.
    fn new(id: &'a str, linker: &'a str, pairing: &'a str, fate: Fate<'a>) -> Self {
        let rest = id.strip_prefix(linker).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id);
        let (mode, package) = rest.split_once(&format!("/{pairing}/")).unwrap_or((rest, ""));
        Self { linker, mode, package, pairing, fate }
    }
}

/// Every scenario of the report: first those that ran, then those that did not, then those that could not be set up.
pub(super) fn entries(report: &Report) -> impl Iterator<Item = Entry<'_>> {
    let ran = report.outcomes.iter().map(Entry::ran);
    let not_run = report.not_run.iter().map(|it| Entry::new(&it.id, &it.linker, &it.pairing, Fate::NotRun(it)));
    let setup_broken =
        report.broken_setups.iter().map(|it| Entry::new(&it.id, &it.linker, &it.pairing, Fate::SetupBroken(it)));
    ran.chain(not_run).chain(setup_broken)
}

/// The values of equal keys together; keys and values in order of appearance.
pub(super) fn grouped<K: PartialEq, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    for (key, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample;
    use super::*;

    #[test]
    fn mode_and_package_are_read_from_the_name_of_what_did_not_run() {
        let report = sample();
        let names: Vec<_> = entries(&report).map(|it| (it.linker, it.mode, it.package, it.pairing)).collect();
        assert_eq!(names.first(), Some(&("uv@0.6.1", "default", "small", "ext4")));
        assert_eq!(names.last(), Some(&("uv@0.6.1", "default", "small", "xfs:tmpfs")));
        assert_eq!(names.len(), 10);
    }

    #[test]
    fn groups_keep_the_order_of_appearance() {
        assert_eq!(grouped([("b", 1), ("a", 2), ("b", 3)]), [("b", vec![1, 3]), ("a", vec![2])]);
    }
}
