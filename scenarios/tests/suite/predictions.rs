//! What a probe of the two directories predicts, against what the linker then did; and what it said and left, against that.

use exdev::kernel::Choice;
use exdev::outcome::{Ending, Outcome, Placement, Predicted, Report, Step, Witnesses};
use exdev::pairing::{Filesystem, Pairing};
use exdev::report;
use rstest::rstest;

use crate::matrix::accept_table;
use crate::not_run;
use crate::trial::{link, run_all};

const ALL: &[&str] = &["default", "clone", "hardlink", "symlink", "copy"];

/// The longest chain of each policy, and the shortest that falls back.
const CHAINS: &[&str] = &["default", "clone"];

/// Predictions that are known to be wrong: linker, mode, pairing, and why. There are none.
const WRONG: [(&str, &str, &str, &str); 0] = [];

/// On every pairing of seven filesystems and every relation of them.
#[rstest]
#[case::uv_0_6_1("uv@0.6.1", ALL)]
#[case::uv_newest("uv", ALL)]
#[case::reference_per_file("reference@per-file", CHAINS)]
#[case::reference_first_file("reference@first-file", CHAINS)]
#[case::reference_restart("reference@restart", CHAINS)]
#[case::reference_strict("reference@strict", CHAINS)]
#[case::reference_staged("reference@staged", CHAINS)]
fn predictions_come_true(#[case] linker: &str, #[case] modes: &[&str]) {
    let scenario = |mode, pairing: &Pairing| link(linker).mode(mode).scenario(&pairing.to_string());
    let pairings = pairings();
    let plan: Vec<_> =
        modes.iter().flat_map(|mode| pairings.iter().map(move |pairing| scenario(mode, pairing))).collect();
    let report = run_all(&plan, Choice::Auto);
    assert_eq!(report.broken_setups, []);
    report.not_run.iter().for_each(not_run::tolerate_or_fail);
    let wrong: Vec<_> = report.outcomes.iter().filter(|outcome| !came_true(outcome)).collect();
    count(linker, wrong.len(), report.outcomes.len());
    let told: Vec<_> = wrong.iter().map(|outcome| tell(outcome)).collect();
    let found: Vec<_> = wrong.iter().map(|it| (it.linker.as_str(), it.mode.as_str(), it.pairing.as_str())).collect();
    let known = |outcome: &&(&str, &str, &str, &str)| plan.first().is_some_and(|it| it.linker.to_string() == outcome.0);
    let expected: Vec<_> =
        WRONG.iter().filter(known).map(|&(linker, mode, pairing, _)| (linker, mode, pairing)).collect();
    assert_eq!(found, expected, "\n{}", told.join("\n"));
    let name = plan.first().map(|scenario| format!("witnesses/{}", scenario.linker)).unwrap_or_default();
    accept_table(&name, &disagreements(&report), &report.not_run);
}

/// The runs in which one witness contradicts another. That every other has all three is seen on the way.
fn disagreements(report: &Report) -> String {
    let head = format!("{:<18}{:<10}{:<12}{:<18}{:<18}{}", "pairing", "mode", "said", "did", "left", "attempts");
    let lines = report.outcomes.iter().filter(|outcome| {
        let Outcome { last_calls, step, .. } = outcome;
        assert!(*step == Step::Prime || !last_calls.is_empty(), "{} was not traced", outcome.id);
        !outcome.witnesses_agree()
    });
    let lines = lines.map(|Outcome { pairing, mode, witnesses, shared, attempts, .. }| {
        let Witnesses { said, did, left } = witnesses;
        let said = said.map_or("nothing", |said| said.name());
        let left = if *shared > 0 { "shared extents" } else { left.name() };
        format!("{pairing:<18}{mode:<10}{said:<12}{did:<18}{left:<18}{}", report::did(attempts))
    });
    [head].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

#[expect(clippy::print_stderr, reason = "how many were wrong is a figure to look at, also where none may be")]
fn count(linker: &str, wrong: usize, all: usize) {
    eprintln!("{linker}: {wrong} of {all} predictions were wrong");
}

/// Seven filesystems squared, and every relation of two places on one of them.
fn pairings() -> Vec<Pairing> {
    const NAMES: [&str; 7] = ["ext4", "xfs", "btrfs", "tmpfs", "vfat", "overlay", "nfs4.2"];
    let kinds: Vec<_> = Filesystem::ALL.into_iter().filter(|kind| NAMES.contains(&kind.name())).collect();
    let of_these = |pairing: &Pairing| pairing.relation().is_some() && kinds.contains(&pairing.cache());
    let related = Pairing::all().into_iter().filter(of_these);
    Pairing::square(&kinds).into_iter().chain(related).collect()
}

fn came_true(outcome: &Outcome) -> bool {
    let Some(Predicted { strategy, warns, ends, .. }) = &outcome.predicted else { return false };
    let ended = match (outcome.exit.is_success(), outcome.strategy) {
        (true, _) => Ending::Complete,
        (false, Placement::Nothing) => Ending::Nothing,
        (false, _) => Ending::Partial,
    };
    outcome.strategy == *strategy && *warns != outcome.warnings.is_empty() && *ends == ended
}

fn tell(outcome: &Outcome) -> String {
    let Outcome { id, strategy, exit, warnings, predicted, .. } = outcome;
    format!("{id}: {strategy}, {exit}, {} warnings; predicted was {predicted:?}", warnings.len())
}
