//! A scenario of the catalogue, and what exactly must be seen of it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::linker::{Linker, LinkerName};
use crate::outcome::{Exit, Outcome, Placement, Rule, Step};
use crate::package::Size;
use crate::pairing::Pairing;
use crate::report::did;
use crate::scenario::{AtOnce, Identity, Prior, Scenario};
use crate::trace::Fault;

/// A scenario, and what must be seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The linker under test.
    #[serde(deserialize_with = "read", serialize_with = "write")]
    pub linker: LinkerName,
    /// What it is asked for, in its own words.
    #[serde(default = "default_mode")]
    pub mode: String,
    /// Where cache and target sit.
    pub pairing: Pairing,
    /// The package that is placed.
    #[serde(default = "default_package")]
    pub package: Size,
    /// As whom it runs.
    #[serde(default = "default_identity", rename = "as")]
    pub identity: Identity,
    /// What is in the target before.
    #[serde(default)]
    pub prior: Prior,
    /// How many runs there are at once.
    #[serde(default)]
    pub at_once: Option<AtOnce>,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// How it ends.
    pub exit: Exit,
    /// How far it comes.
    #[serde(default = "default_step")]
    pub step: Step,
    /// How the package is placed.
    pub strategy: Placement,
    /// Whether it warns.
    #[serde(default)]
    pub warned: bool,
    /// The rules that it breaks, and no others.
    pub broken: Vec<Rule>,
    /// Why strategies were refused; `None` where none was.
    pub reason: Option<String>,
    /// The attempts to place files, as cards have them, if it is claimed.
    pub did: Option<String>,
    /// The lines of its warnings and then of its errors, if they are claimed.
    pub says: Option<Vec<String>>,
    /// The evidence of some rules, if it is claimed.
    #[serde(default)]
    pub evidence: BTreeMap<Rule, Vec<String>>,
}

impl Claim {
    /// The scenario, with this linker, to which [`Claim::linker`] resolves.
    #[must_use]
    pub fn scenario(&self, linker: Linker) -> Scenario {
        let Self { mode, faults, .. } = self.clone();
        let Self { package, identity, prior, at_once, .. } = *self;
        let scenario = Scenario::new(linker, self.pairing);
        Scenario { mode, package, identity, prior, at_once, faults, ..scenario }
    }

    /// What differs from the claim in an outcome, a line each; nothing where the claim holds.
    #[must_use]
    pub fn check(&self, outcome: &Outcome) -> Vec<String> {
        let mut differences = Vec::new();
        let mut same = |what: &str, claimed: String, found: String| {
            if claimed != found {
                differences.push(format!("{what}: claimed {claimed}, found {found}"));
            }
        };
        same("exit", self.exit.to_string(), outcome.exit.to_string());
        same("step", shown(&self.step), shown(&outcome.step));
        same("strategy", self.strategy.to_string(), outcome.strategy.to_string());
        same("warned", self.warned.to_string(), (!outcome.warnings.is_empty()).to_string());
        same("broken", rules(self.broken.iter().copied()), rules(outcome.broken().map(|(rule, _)| rule)));
        same("reason", reason(self.reason.as_ref()), reason(outcome.reason.as_ref()));
        if let Some(claimed) = &self.did {
            same("did", claimed.clone(), did(&outcome.attempts));
        }
        if let Some(claimed) = &self.says {
            let said = outcome.warnings.iter().chain(&outcome.errors).flat_map(|text| text.lines());
            same("says", shown(claimed), shown(&said.collect::<Vec<_>>()));
        }
        for (rule, claimed) in &self.evidence {
            let found = outcome.contract.get(rule).map(|judgement| judgement.evidence.as_slice()).unwrap_or_default();
            same(&format!("evidence of {rule}"), shown(claimed), shown(&found));
        }
        differences
    }
}

fn rules(rules: impl Iterator<Item = Rule>) -> String {
    let rules: Vec<_> = rules.map(|rule| rule.to_string()).collect();
    if rules.is_empty() { "none".to_owned() } else { rules.join(" ") }
}

fn reason(reason: Option<&String>) -> String {
    reason.cloned().unwrap_or_else(|| "none".to_owned())
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LinkerName, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn write<S: Serializer>(linker: &LinkerName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(linker)
}

fn default_mode() -> String {
    "default".to_owned()
}

const fn default_package() -> Size {
    Size::Small
}

const fn default_identity() -> Identity {
    Identity::User
}

const fn default_step() -> Step {
    Step::Link
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Judgement, Verdict};
    use crate::report::Sample;

    const HOLDS: &str = "\
linker = \"uv@0.6.1\"
pairing = \"ext4+bind\"
exit = 2
strategy = \"hard link\"
warned = true
broken = [\"C8\"]
reason = \"a bind mount\"
did = \"nothing\"
says = [\"copied\", \"slowly\", \"failed\"]
evidence = { C8 = [\"a is new\"] }
";

    fn claim(text: &str) -> Claim {
        toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn outcome() -> Outcome {
        let mut outcome = Sample::new("ext4+bind").exit(Exit::Code(2)).outcome;
        outcome.warnings = vec!["copied\nslowly".to_owned()];
        outcome.errors = vec!["failed".to_owned()];
        outcome.reason = Some("a bind mount".to_owned());
        let evidence = vec!["a is new".to_owned()];
        outcome.contract.insert(Rule::C8, Judgement { verdict: Verdict::Broken, evidence });
        outcome
    }

    #[test]
    fn a_claim_that_holds_has_no_differences() {
        assert_eq!(claim(HOLDS).check(&outcome()), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_a_line() {
        for (was, is, difference) in [
            ("exit = 2", "exit = \"signal 9\"", "exit: claimed signal 9, found exit 2"),
            ("exit = 2", "exit = 2\nstep = \"prime\"", "step: claimed Prime, found Link"),
            ("\"hard link\"", "\"mixed\"", "strategy: claimed mixed, found hard link"),
            ("warned = true\n", "", "warned: claimed false, found true"),
            ("[\"C8\"]", "[]", "broken: claimed none, found C8"),
            ("[\"C8\"]", "[\"C1\", \"C8\"]", "broken: claimed C1 C8, found C8"),
            ("reason = \"a bind mount\"\n", "", "reason: claimed none, found a bind mount"),
            ("nothing", "link 1 done", "did: claimed link 1 done, found nothing"),
            (", \"failed\"", "", "says: claimed [\"copied\", \"slowly\"], found [\"copied\", \"slowly\", \"failed\"]"),
            ("a is new", "b is", "evidence of C8: claimed [\"b is\"], found [\"a is new\"]"),
        ] {
            assert_eq!(claim(&HOLDS.replace(was, is)).check(&outcome()), [difference]);
        }
    }

    #[test]
    fn what_is_not_said_is_usual() {
        let claim = claim("linker = 'uv'\npairing = 'xfs'\nexit = 0\nstrategy = 'reflink'\nbroken = []");
        assert_eq!((claim.mode.as_str(), claim.package, claim.identity), ("default", Size::Small, Identity::User));
        assert_eq!((claim.step, claim.warned, claim.reason), (Step::Link, false, None));
    }
}
