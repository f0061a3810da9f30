//! What a linker does is a matter of the filesystems, not of the kernel that mounts them: each scenario runs in the machine's own
//! kernel and in User-Mode Linux, and the outcomes are equal.
//!
//! Invariant: what one of the two kernels cannot make is not compared, for what that is differs from machine to machine. tmpfs
//! is always compared: every kernel has it, for every user.

use exdev::kernel::{Choice, Kernel};
use exdev::outcome::{End, NotRun, Outcome, Seconds};
use exdev::pairing::{Filesystem, Pairing};
use exdev::report::{card, places};
use exdev::scenario::Scenario;

use crate::not_run;
use crate::trial::{link, run_all};

/// What a guest's kernel may lack where the host has it, each with the reason.
const LACKED: [(&str, &str); 10] = [
    ("tmpfs+idmap", "a tmpfs can be id-mapped from Linux 6.3 on"),
    ("minix+idmap", "minix cannot be id-mapped up to Linux 6.18 at least"),
    ("ext4+project", "Debian's guest kernel is made without CONFIG_QFMT_V2"),
    ("ext4+encrypted", "Debian's guest kernel is made without CONFIG_FS_ENCRYPTION"),
    ("ext4+landlock", "Debian's guest kernel is made without Landlock"),
    ("xfs+landlock", "Debian's guest kernel is made without Landlock"),
    ("btrfs+landlock", "Debian's guest kernel is made without Landlock"),
    ("tmpfs+landlock", "Debian's guest kernel is made without Landlock"),
    ("exfat", "Debian's guest kernel is made without exFAT"),
    ("exfat+bind", "Debian's guest kernel is made without exFAT"),
];

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

/// Runs each scenario that the host's kernel can make in both. None differs, and the guest lacks nothing but what it may.
#[track_caller]
fn are_the_same(plan: &[Scenario]) {
    let host = run_all(plan, Choice::Only(Kernel::Host));
    let ran = |scenario: &&Scenario| host.outcomes.iter().any(|outcome| outcome.id == scenario.id());
    let rest: Vec<_> = plan.iter().filter(ran).cloned().collect();
    let uml = run_all(&rest, Choice::Only(Kernel::Uml));
    assert_eq!((host.broken_setups, uml.broken_setups), (Vec::new(), Vec::new()));
    host.not_run.iter().filter(|missing| missing.pairing == "tmpfs").for_each(not_run::tolerate_or_fail);
    let lacks = |missing: &&NotRun| !LACKED.iter().any(|(pairing, _)| *pairing == missing.pairing);
    uml.not_run.iter().filter(lacks).for_each(not_run::tolerate_or_fail);
    for here in &host.outcomes {
        if let Some(there) = uml.outcomes.iter().find(|there| there.id == here.id) {
            let shown = |outcome| format!("{}\n{}", card(outcome), places(outcome));
            assert!(comparable(here) == comparable(there), "host:\n{}\n\numl:\n{}", shown(here), shown(there));
        }
    }
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
