//! What a linker does is a matter of the filesystems, not of the kernel that mounts them: each scenario runs in the machine's own
//! kernel and in User-Mode Linux, and the outcomes are equal.
//!
//! Invariant: what one of the two kernels cannot make is not compared, for what that is differs from machine to machine. tmpfs
//! is always compared: every kernel has it, for every user.

use std::collections::BTreeMap;

use exdev::kernel::{Choice, Kernel};
use exdev::outcome::{BrokenSetup, End, Outcome, Report, Seconds};
use exdev::pairing::{Filesystem, Pairing};
use exdev::report::{card, places};
use exdev::scenario::Scenario;

use crate::not_run;
use crate::trial::{link, run_all};

/// The pairings whose outcomes are known to differ, each with the reason. One whose outcomes are equal has no place here.
const KNOWN: [(&str, &str); 0] = [];

/// Each filesystem alone and in every relation, and some in pairs. NFS has its own tests.
#[test]
fn the_reference_linker_does_the_same_in_both() {
    use Filesystem as F;
    let few = Pairing::square(&[F::Ext4, F::Xfs, F::Btrfs, F::Tmpfs]);
    let separate = |pairing: &Pairing| matches!(pairing, Pairing::Separate { .. });
    let nfs = |pairing: &Pairing| matches!(pairing.cache(), F::Nfs(_));
    let one = Pairing::all().into_iter().filter(|pairing| !separate(pairing) && !nfs(pairing));
    let plan = one.chain(few.into_iter().filter(separate));
    let plan: Vec<_> = plan.map(|pairing| link("reference@per-file").scenario(&pairing.to_string())).collect();
    are_the_same(&plan);
}

/// The newest uv, which has more ways than one to place a file: one pairing for each.
#[test]
fn the_newest_uv_does_the_same_in_both() {
    let plan = ["ext4", "ext4+bind", "ext4+maxlinks", "xfs", "btrfs+subvolume", "overlay+lower", "tmpfs", "tmpfs:ext4"];
    are_the_same(&plan.map(|pairing| link("uv").scenario(pairing)));
}

/// Runs each scenario in both kernels. None differs, beside those that are known to, and each of those does.
#[track_caller]
fn are_the_same(plan: &[Scenario]) {
    let host = run_all(plan, Choice::Only(Kernel::Host));
    let ran = |scenario: &&Scenario| !host.not_run.iter().any(|missing| missing.id == scenario.id());
    let rest: Vec<_> = plan.iter().filter(ran).cloned().collect();
    let uml = run_all(&rest, Choice::Only(Kernel::Uml));
    let missing = host.not_run.iter().chain(&uml.not_run);
    missing.filter(|missing| missing.pairing == "tmpfs").for_each(not_run::tolerate_or_fail);
    let (host, uml) = (seen(&host), seen(&uml));
    let both = host.iter().filter_map(|(id, host)| Some((id, host, uml.get(id)?)));
    let wrong = both.filter_map(|(id, host, uml)| {
        let known = KNOWN.iter().find(|(pairing, _)| *pairing == host.pairing);
        match (host.what == uml.what, known) {
            (true, None) | (false, Some(_)) => None,
            (true, Some((_, reason))) => Some(format!("{id} is the same in both, though {reason}\n")),
            (false, None) => Some(format!("{id}\n\nhost:\n{}\n\numl:\n{}\n", host.text, uml.text)),
        }
    });
    let wrong: String = wrong.collect();
    assert!(wrong.is_empty(), "{wrong}");
}

/// What one kernel has shown of a scenario.
struct Shown<'a> {
    pairing: &'a str,
    /// What has to be the same in every kernel.
    what: What<'a>,
    /// For people.
    text: String,
}

#[derive(PartialEq)]
enum What<'a> {
    Outcome(Box<Outcome>),
    Problem(&'a str),
}

fn seen(report: &Report) -> BTreeMap<&str, Shown<'_>> {
    let ran = report.outcomes.iter().map(|outcome| {
        let text = format!("{}\n{}", card(outcome), places(outcome));
        let what = What::Outcome(Box::new(comparable(outcome)));
        (outcome.id.as_str(), Shown { pairing: &outcome.pairing, what, text })
    });
    let broken = report.broken_setups.iter().map(|BrokenSetup { id, pairing, problem, .. }| {
        (id.as_str(), Shown { pairing, what: What::Problem(problem), text: problem.clone() })
    });
    ran.chain(broken).collect()
}

/// An outcome without what tells the kernel, what a kernel counts as it goes, and times.
fn comparable(outcome: &Outcome) -> Outcome {
    let end = |end: &End| End { kind: end.kind.clone(), device: String::new(), mount_id: 0, mountinfo: String::new() };
    // uv tells how long it took and gives random names; what exdev has read in its output is in other fields.
    let output = if outcome.linker.starts_with("uv") { String::new() } else { outcome.output.clone() };
    Outcome {
        kernel: Kernel::Host,
        kernel_release: String::new(),
        seconds: Seconds::default(),
        cache: end(&outcome.cache),
        target: end(&outcome.target),
        output,
        ..outcome.clone()
    }
}
