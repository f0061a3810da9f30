//! Reported cases, one TOML file each: what was reported, on which pairing, and what exactly must be seen.

use std::fs;
use std::path::PathBuf;

use exdev::outcome::{Placement, Rule};
use exdev::package::Size;
use rstest::rstest;
use serde::Deserialize;

use crate::trial::link;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issue {
    /// Where it was reported.
    url: String,
    /// What was reported, in one sentence.
    title: String,
    scenario: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    linker: String,
    #[serde(default = "default_mode")]
    mode: String,
    pairing: String,
    #[serde(default = "default_package")]
    package: Size,
    /// What goes wrong.
    #[serde(default)]
    faults: Vec<String>,
    exit: i32,
    strategy: Placement,
    warned: bool,
    broken: Vec<Rule>,
    reason: Option<String>,
    /// The attempts to place files, as cards have them.
    did: Option<String>,
}

fn default_mode() -> String {
    "default".to_owned()
}

const fn default_package() -> Size {
    Size::Small
}

#[rstest]
fn reported(#[files("issues/*.toml")] path: PathBuf) {
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("failed to read {}: {error}", path.display()));
    let issue: Issue = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for expected in issue.scenario {
        let trial = link(&expected.linker).mode(&expected.mode).package(expected.package);
        let trial = expected.faults.iter().fold(trial, |trial, fault| trial.fault(fault));
        trial.on(&expected.pairing, |seen| {
            let case = format!("{}\n{}\n{}", path.display(), issue.url, issue.title);
            seen.of(case).exits(expected.exit).placed_by(expected.strategy).warned(expected.warned);
            seen.breaks_all(&expected.broken).gave_reason(expected.reason.as_deref());
            if let Some(did) = &expected.did {
                seen.did(did);
            }
        });
    }
}
