//! A target that is not empty: the same package, an older one, somebody else's files, or something in the way. One snapshot each
//! linker.

use exdev::kernel::Choice;
use exdev::outcome::Outcome;
use exdev::scenario::{Prior, Scenario};
use rstest::rstest;

use crate::not_run;
use crate::trial::{accept, link, linker as resolve, run_all};

#[rstest]
fn prior(
    #[values(
        "uv@0.6.1",
        "uv@0.13.9",
        "pnpm@10.34.9",
        "pnpm@12.21.0",
        "bun@1.4.5",
        "yarn@4.18.1",
        "deno@2.9.6",
        "pdm@2.29.4",
        "rattler@0.28.0",
        "reference@per-file",
        "reference@restart",
        "reference@staged"
    )]
    linker: &str,
) {
    let plan: Vec<_> = ["ext4", "ext4:tmpfs"]
        .into_iter()
        .flat_map(|pairing| {
            // Links to the cache cannot be everywhere, and are a test of their own.
            let priors = Prior::ALL.into_iter().filter(|prior| *prior != Prior::Linked);
            priors.map(move |prior| link(linker).prior(prior).scenario(pairing))
        })
        .collect();
    are_accepted(&format!("prior/{linker}"), &plan);
}

/// In every mode over hard links to another package in the cache: whoever opens them for writing writes into the cache.
#[rstest]
fn linked(
    #[values(
        "uv@0.6.1",
        "uv@0.13.9",
        "pnpm@10.34.9",
        "pnpm@12.21.0",
        "bun@1.3.0",
        "bun@1.4.5",
        "yarn@4.18.1",
        "deno@2.9.6",
        "pdm@2.29.4",
        "rattler@0.28.0",
        "pip@26.3"
    )]
    linker: &str,
) {
    let adapter = resolve(linker).adapter();
    // There are no reflinks there, and how far pnpm comes before it fails is chance.
    let modes = adapter.modes().into_iter().filter(|mode| !(linker.starts_with("pnpm@12") && *mode == "clone"));
    let plan: Vec<_> = modes.map(|mode| link(linker).mode(mode).prior(Prior::Linked).scenario("ext4")).collect();
    are_accepted(&format!("prior/linked-{linker}"), &plan);
}

/// What came of a plan, a line each, is the table of this name.
#[track_caller]
fn are_accepted(name: &str, plan: &[Scenario]) {
    let report = run_all(plan, Choice::Auto);
    assert_eq!(report.broken_setups, []);
    report.not_run.iter().for_each(not_run::tolerate_or_fail);
    let head =
        format!("{:<12}{:<15}{:<22}{:<10}{:<11}{:<8}broken", "pairing", "mode", "before", "exit", "placed", "files");
    let lines = plan.iter().filter_map(|scenario| {
        let outcome = report.outcomes.iter().find(|outcome| outcome.id == scenario.id())?;
        Some(line(scenario.prior, outcome))
    });
    accept(name, &[head].into_iter().chain(lines).collect::<Vec<_>>().join("\n"));
}

fn line(prior: Prior, outcome: &Outcome) -> String {
    assert_eq!(outcome.prior.as_deref(), (prior != Prior::Empty).then_some(prior.name()));
    let broken: Vec<_> = outcome.broken().map(|(rule, _)| rule.to_string()).collect();
    let broken = if broken.is_empty() { "-".to_owned() } else { broken.join(" ") };
    // How far a linker came that places files side by side is chance.
    let (placed, files) = if outcome.exit.is_success() {
        (outcome.strategy.to_string(), outcome.files.values().sum::<usize>().to_string())
    } else {
        ("-".to_owned(), "-".to_owned())
    };
    let (pairing, mode, exit) = (&outcome.pairing, &outcome.mode, outcome.exit.to_string());
    format!("{pairing:<12}{mode:<15}{prior:<22}{exit:<10}{placed:<11}{files:<8}{broken}")
}
