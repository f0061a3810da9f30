//! One snapshot per linker: its whole matrix, a line per pairing. That of NFS is a snapshot of its own, in `nfs`.

use std::fs;

use exdev::kernel::Choice;
use exdev::outcome::{NotRun, Outcome, Report};
use exdev::pairing::{Filesystem, Pairing, Relation};
use rstest::rstest;

use crate::not_run;
use crate::trial::{accept, file_name, link, run_all};

#[rstest]
#[case::uv_0_6_1("uv@0.6.1")]
#[case::uv_0_10_5("uv@0.10.5")]
#[case::uv_0_10_6("uv@0.10.6")]
#[case::uv_newest("uv")]
#[case::uv_tool_newest("uv-tool")]
#[case::reference_per_file("reference@per-file")]
#[case::reference_first_file("reference@first-file")]
#[case::reference_restart("reference@restart")]
#[case::reference_strict("reference@strict")]
#[case::reference_staged("reference@staged")]
fn matrix(#[case] linker: &str) {
    are_accepted(linker, &pairings(linker), "");
}

/// The four filesystems that nearly every machine has, each alone, and every pairing of them.
#[rstest]
#[case::pnpm_10("pnpm@10.34.9")]
#[case::pnpm_12_3_4("pnpm@12.3.4")]
#[case::pnpm_newest("pnpm")]
#[case::pdm("pdm")]
#[case::rattler("rattler")]
#[case::dvc("dvc")]
#[case::pip("pip")]
#[case::bun_1_3_0("bun@1.3.0")]
#[case::bun_newest("bun")]
#[case::bun_isolated_1_3_0("bun-isolated@1.3.0")]
#[case::bun_isolated_newest("bun-isolated")]
#[case::yarn_newest("yarn")]
#[case::yarn_pnpm_newest("yarn-pnpm")]
#[case::deno_newest("deno")]
fn square(#[case] linker: &str) {
    use Filesystem::{Btrfs, Ext4, Tmpfs, Xfs};
    are_accepted(linker, &Pairing::square(&[Ext4, Xfs, Btrfs, Tmpfs]), "");
}

/// The outcomes of a linker on these pairings are those of the snapshot that is named after it, with `suffix` behind.
#[track_caller]
pub fn are_accepted(linker: &str, pairings: &[Pairing], suffix: &str) {
    let plan: Vec<_> = pairings.iter().map(|pairing| link(linker).scenario(&pairing.to_string())).collect();
    let report = run_all(&plan, Choice::Auto);
    assert_eq!(report.broken_setups, []);
    report.not_run.iter().for_each(not_run::tolerate_or_fail);
    let name = plan.first().map(|scenario| format!("matrix/{}{suffix}", scenario.linker)).unwrap_or_default();
    accept_table(&name, &table(&report), &report.not_run);
}

/// A table, whose lines begin with pairings, is the one in `snapshots/NAME.snap`, without the pairings that were not run.
#[track_caller]
pub fn accept_table(name: &str, table: &str, missing: &[NotRun]) {
    if missing.is_empty() {
        accept(name, table);
    } else {
        assert_eq!(table, accepted_lines(name, missing));
    }
}

/// Every pairing whose outcome is the same in every run.
fn pairings(linker: &str) -> Vec<Pairing> {
    use Filesystem as F;
    let kinds = [F::Ext4, F::Xfs, F::XfsNoReflink, F::Btrfs, F::Tmpfs, F::Overlay];
    let related = Pairing::all().into_iter().filter(|pairing| pairing.relation().is_some());
    // uv places files in readdir order. Whether it meets the immutable file first is chance, except on ext4, whose order is
    // fixed by its hash seed. ext4 has project IDs in few kernels; XFS has them in all. Many kernels lack vfat, exfat, minix,
    // f2fs, encryption or Landlock; and what a full filesystem, a sealed layer, one in user space or a symlink does is in tests of its own.
    let certain = |pairing: &Pairing| match (pairing.relation(), pairing.cache()) {
        (_, F::Vfat | F::Exfat | F::Minix | F::F2fs | F::Fuse(_) | F::Nfs(_))
        | (
            Some(
                Relation::Full
                | Relation::Squashfs
                | Relation::Erofs
                | Relation::Encrypted
                | Relation::Landlock
                | Relation::Symlink,
            ),
            _,
        ) => false,
        (Some(Relation::Immutable), kind) => kind == F::Ext4 || linker.starts_with("reference"),
        (Some(Relation::Project), kind) => kind != F::Ext4,
        _ => true,
    };
    Pairing::square(&kinds).into_iter().chain([Pairing::Alone(F::OverlayXfs)]).chain(related.filter(certain)).collect()
}

fn table(report: &Report) -> String {
    let head = format!("{:<28}{:<18}{:<10}{:<8}{:<12}reason", "pairing", "strategy", "exit", "warned", "broken");
    let lines = report.outcomes.iter().map(line);
    [head].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

fn line(outcome: &Outcome) -> String {
    let warned = if outcome.warnings.is_empty() { "-" } else { "yes" };
    let broken: Vec<_> = outcome.broken().map(|(rule, _)| rule.to_string()).collect();
    let broken = if broken.is_empty() { "-".to_owned() } else { broken.join(" ") };
    let reason = outcome.reason.as_deref().unwrap_or("-");
    let Outcome { pairing, strategy, exit, .. } = outcome;
    format!("{pairing:<28}{strategy:<18}{:<10}{warned:<8}{broken:<12}{reason}", exit.to_string())
}

/// The accepted table without the pairings that were not run.
fn accepted_lines(name: &str, missing: &[NotRun]) -> String {
    let path = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots/{}.snap"), file_name(name));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("failed to read {path}: {error}"));
    let table = text.rsplit("---\n").next().unwrap_or_default();
    let present = |line: &&str| !missing.iter().any(|it| line.split(' ').next() == Some(&it.pairing));
    table.trim_end().lines().filter(present).collect::<Vec<_>>().join("\n")
}
