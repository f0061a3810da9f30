//! Faults: one system call goes wrong, and everything else is real. What <https://github.com/astral-sh/uv/pull/237> asks is the
//! first of them: what becomes of a package when the first link is refused, and what when a later one is?

use exdev::kernel::Choice;
use exdev::outcome::Placement::{Copy, HardLink};
use exdev::outcome::Rule::{C3, C5, C8, C9};
use exdev::outcome::{Placement, Rule};
use exdev::sweep::{Stretch, stretches};
use rstest::rstest;

use crate::not_run;
use crate::trial::{accept, link, run_all};

#[rstest]
#[case::reference_per_file("reference@per-file", &[(HardLink, 33), (Copy, 1)], &[C3])]
#[case::reference_first_file("reference@first-file", &[(Copy, 34)], &[])]
#[case::reference_restart("reference@restart", &[(Copy, 34)], &[])]
#[case::reference_staged("reference@staged", &[(Copy, 34)], &[])]
#[case::uv_0_1_7("uv@0.1.7", &[(Copy, 34)], &[C5])]
#[case::uv_0_6_1("uv@0.6.1", &[(Copy, 34)], &[])]
#[case::uv_newest("uv", &[(Copy, 34)], &[])]
fn the_first_link_is_refused_on_ext4(
    #[case] linker: &str,
    #[case] files: &[(Placement, usize)],
    #[case] broken: &[Rule],
) {
    link(linker).fault("link#1=EXDEV").on("ext4", |seen| {
        seen.exits(0).places(files.iter().copied()).breaks_all(broken).meets_faults(1);
    });
}

/// Nobody copies one file alone but per-file, and only it ends up mixed; all others stop there, or begin anew.
#[rstest]
#[case::reference_per_file("reference@per-file", 0, &[(HardLink, 33), (Copy, 1)], &[C3])]
#[case::reference_first_file("reference@first-file", 1, &[(HardLink, 4)], &[C8, C9])]
#[case::reference_restart("reference@restart", 0, &[(Copy, 34)], &[])]
#[case::reference_strict("reference@strict", 1, &[], &[])]
#[case::reference_staged("reference@staged", 0, &[(Copy, 34)], &[])]
#[case::uv_0_1_7("uv@0.1.7", 2, &[(HardLink, 4)], &[C8])]
#[case::uv_0_6_1("uv@0.6.1", 2, &[(HardLink, 4)], &[C8])]
#[case::uv_newest("uv", 2, &[(HardLink, 4)], &[C8])]
fn the_fifth_link_is_refused_on_ext4(
    #[case] linker: &str,
    #[case] exit: i32,
    #[case] files: &[(Placement, usize)],
    #[case] broken: &[Rule],
) {
    link(linker).fault("link#5=EXDEV").on("ext4", |seen| {
        seen.exits(exit).places(files.iter().copied()).breaks_all(broken).meets_faults(1);
    });
}

/// A kill or a full disk at every single call, one at a time, and then the same command again: a line for each stretch of calls
/// that ends alike.
#[rstest]
#[case::uv_0_6_1("uv@0.6.1")]
#[case::uv_newest("uv")]
#[case::reference_per_file("reference@per-file")]
#[case::reference_restart("reference@restart")]
#[case::reference_staged("reference@staged")]
fn sweep(#[case] linker: &str) {
    let head = format!("{:<12}{:<26}{:<10}{:<10}broken", "pairing", "fault", "exit", "placed");
    let lines = [
        ("ext4", "link", "kill"),
        ("xfs", "reflink", "kill"),
        ("ext4:tmpfs", "write", "kill"),
        ("ext4:tmpfs", "write", "ENOSPC"),
    ]
    .into_iter()
    .flat_map(|(pairing, class, effect)| lines(linker, pairing, class, effect));
    let table: Vec<_> = [head].into_iter().chain(lines).collect();
    accept(&format!("faults/{}", link(linker).scenario("ext4").linker), &table.join("\n"));
}

/// Has one call after the other go wrong, until there is none more.
fn lines(linker: &str, pairing: &str, class: &str, effect: &str) -> Vec<String> {
    /// So many are tried at once.
    const BATCH: usize = 12;
    /// So many files the small package has.
    const WHOLE: usize = 34;
    let mut ends = Vec::new();
    loop {
        let ordinals = ends.len() + 1..=ends.len() + BATCH;
        let plan = ordinals.map(|at| link(linker).fault(&format!("{class}#{at}={effect}")).scenario(pairing));
        let report = run_all(&plan.collect::<Vec<_>>(), Choice::Auto);
        assert_eq!(report.broken_setups, []);
        report.not_run.iter().for_each(not_run::tolerate_or_fail);
        let met = report.outcomes.into_iter().take_while(|outcome| outcome.injected > 0);
        let before = ends.len();
        ends.extend(met);
        if ends.len() < before + BATCH {
            break;
        }
    }
    let line = |stretch: Stretch<'_>| {
        let Stretch { fault, exit, placed, broken, .. } = stretch;
        format!("{pairing:<12}{:<26}{exit:<10}{placed:<10}{broken}", fault.to_string())
    };
    stretches(&ends, |_| WHOLE).into_iter().map(line).collect()
}
