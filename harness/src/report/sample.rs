//! Reports built by hand for the tests of this folder.

use std::collections::BTreeMap;

use crate::kernel::Kernel;
use crate::outcome::{
    Attempt, BrokenSetup, End, Exit, Judgement, Machine, NotRun, Outcome, Placement, Report, Rule, Said, Seconds, Step,
    Strategy, Verdict, Witnesses,
};

/// An outcome under construction; what is not said is that of a linker that kept the whole contract.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) outcome: Outcome,
}

impl Sample {
    /// uv 0.6.1 in its default mode, 24 hard links, every rule kept.
    pub(crate) fn new(pairing: &str) -> Self {
        let kept = |rule| (rule, Judgement { verdict: Verdict::Kept, evidence: Vec::new() });
        let outcome = Outcome {
            id: String::new(),
            linker: "uv@0.6.1".to_owned(),
            version: "0.6.1".to_owned(),
            mode: "default".to_owned(),
            pairing: pairing.to_owned(),
            directories: None,
            kernel: Kernel::Host,
            kernel_release: "6.12.0".to_owned(),
            package: "small".to_owned(),
            prior: None,
            at_once: None,
            faults: Vec::new(),
            step: Step::Link,
            exit: Exit::Code(0),
            strategy: Placement::Nothing,
            mixed: false,
            files: BTreeMap::new(),
            shared: 0,
            injected: 0,
            witnesses: Witnesses { said: None, did: Placement::Copy, left: Placement::Copy },
            attempts: Vec::new(),
            calls: BTreeMap::new(),
            last_calls: Vec::new(),
            left_running: 0,
            warnings: Vec::new(),
            errors: Vec::new(),
            said: Said::default(),
            contract: Rule::ALL.into_iter().map(kept).collect(),
            reason: None,
            predicted: None,
            cache: end("7:0", 40),
            target: end("7:1", 41),
            command: "uv pip install".to_owned(),
            output: "Installed 1 package\n".to_owned(),
            seconds: Seconds { provision: 0.25, prime: 0.5, link: 1.0, observe: 0.25 },
        };
        Self { outcome }.placed(Placement::HardLink, 24).named()
    }

    fn named(mut self) -> Self {
        let Outcome { linker, mode, pairing, package, .. } = &self.outcome;
        self.outcome.id = format!("{linker}/{mode}/{pairing}/{package}");
        self
    }

    pub(super) fn mode(mut self, mode: &str) -> Self {
        mode.clone_into(&mut self.outcome.mode);
        self.named()
    }

    pub(super) fn package(mut self, package: &str) -> Self {
        package.clone_into(&mut self.outcome.package);
        self.named()
    }

    pub(super) fn placed(mut self, strategy: Placement, files: usize) -> Self {
        self.outcome.strategy = strategy;
        self.outcome.files = [(strategy, files)].into_iter().filter(|&(_, files)| files > 0).collect();
        self
    }

    pub(super) fn mixed(mut self, files: &[(Placement, usize)]) -> Self {
        self.outcome.strategy = Placement::Mixed;
        self.outcome.mixed = true;
        self.outcome.files = files.iter().copied().collect();
        self
    }

    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.outcome.exit = exit;
        self
    }

    /// It could not fill its cache.
    pub(super) fn unfilled(mut self) -> Self {
        self.outcome.step = Step::Prime;
        self.placed(Placement::Nothing, 0)
    }

    pub(super) fn warning(mut self, warning: &str) -> Self {
        self.outcome.warnings.push(warning.to_owned());
        self
    }

    pub(super) fn error(mut self, error: &str) -> Self {
        self.outcome.errors.push(error.to_owned());
        self
    }

    pub(super) fn said(mut self, strategy: Strategy, fallback: Strategy) -> Self {
        self.outcome.said = Said { strategy: Some(strategy), fallback: Some(fallback) };
        self
    }

    pub(super) fn broken(self, rule: Rule, evidence: &[&str]) -> Self {
        self.judged(rule, Verdict::Broken, evidence)
    }

    pub(super) fn not_judged(self, rule: Rule, reason: &str) -> Self {
        self.judged(rule, Verdict::NotJudged, &[reason])
    }

    fn judged(mut self, rule: Rule, verdict: Verdict, evidence: &[&str]) -> Self {
        let evidence = evidence.iter().map(|&line| line.to_owned()).collect();
        self.outcome.contract.insert(rule, Judgement { verdict, evidence });
        self
    }
}

/// The outcome of uv 0.6.1 in its default mode on this pairing.
pub(crate) fn outcome_of(pairing: &str) -> Outcome {
    Sample::new(pairing).outcome
}

fn end(device: &str, mount_id: u64) -> End {
    let mountinfo = format!("{mount_id} 30 {device} / /mnt/{mount_id} rw,relatime - ext4 /dev/loop0 rw");
    End { kind: "ext4".to_owned(), device: device.to_owned(), mount_id, mountinfo }
}

/// A warning of two lines.
pub(super) const WARNING: &str =
    "warning: Failed to hardlink files; falling back to full copy.\n         Set UV_LINK_MODE=copy.";

/// A report in which every kind of result occurs.
pub(super) fn sample() -> Report {
    let copied = |pairing| Sample::new(pairing).placed(Placement::Copy, 24).warning(WARNING);
    let dishonest =
        |sample: Sample| sample.broken(Rule::C5, &["it fell back to copy", "the last line says `Installed`"]);
    let evidence: Vec<_> = (1..=24).map(|number| format!("sample/module_{number:02}.py is missing")).collect();
    let evidence: Vec<_> = evidence.iter().map(String::as_str).collect();
    let outcomes = [
        Sample::new("ext4").not_judged(Rule::C10, "one linker at a time"),
        copied("ext4:xfs").said(Strategy::HardLink, Strategy::Copy),
        dishonest(copied("ext4+bind")),
        dishonest(copied("xfs+bind")),
        Sample::new("xfs").placed(Placement::Undecided, 24),
        Sample::new("xfs:ext4")
            .mixed(&[(Placement::HardLink, 4), (Placement::Copy, 20)])
            .exit(Exit::Code(2))
            .error("error: Failed to install\n  caused by: Invalid cross-device link (os error 18)")
            .broken(Rule::C3, &["sample/a.py is a copy"])
            .broken(Rule::C8, &evidence),
        Sample::new("ext4").mode("copy").placed(Placement::Reflink, 24).exit(Exit::Signal(9)),
        dishonest(copied("xfs").mode("copy").package("large")).exit(Exit::TimedOut(120)),
    ];
    let mut outcomes: Vec<_> = outcomes.map(|sample| sample.outcome).into();
    outcomes[1].reason = Some("different filesystems".to_owned());
    outcomes[1].attempts = vec![
        Attempt { class: "link".to_owned(), result: "EXDEV".to_owned(), count: 1, by: None },
        Attempt { class: "copy".to_owned(), result: "ok".to_owned(), count: 24, by: Some("write".to_owned()) },
    ];
    outcomes[1].faults = vec!["link#1=EXDEV".to_owned()];
    outcomes[1].shared = 3;
    let tmpfs =
        |pairing: &str| (format!("uv@0.6.1/default/{pairing}/small"), pairing.to_owned(), "uv@0.6.1".to_owned());
    let (id, pairing, linker) = tmpfs("ext4:tmpfs");
    let (reason, mend) = ("tmpfs cannot be mounted here".to_owned(), "sudo modprobe tmpfs".to_owned());
    let not_run = vec![NotRun { id, pairing, linker, reason, mend }];
    let (id, pairing, linker) = tmpfs("xfs:tmpfs");
    let problem = "failed to format /tmp/image: mkfs.xfs exited with 1; free some space".to_owned();
    Report {
        machine: Machine::default(),
        outcomes,
        not_run,
        broken_setups: vec![BrokenSetup { id, pairing, linker, problem }],
    }
}
