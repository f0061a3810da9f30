//! Runs with one fault each, told in few lines: consecutive ordinals that end alike are one.

use std::str::FromStr;

use crate::outcome::Outcome;
use crate::trace::{Fault, Ordinals};

/// What becomes of a linker in which one of these calls goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch<'a> {
    /// The run with the first of them; linker, mode and pairing are those of all.
    pub first: &'a Outcome,
    /// The calls, and what became of each.
    pub fault: Fault,
    /// How the linker ended.
    pub exit: String,
    /// How much of the package was placed: `all`, `some` or `nothing`.
    pub placed: &'static str,
    /// The rules that were broken, with blanks between; `-` where none was.
    pub broken: String,
}

/// The stretches of runs with one fault each, in their order; calls between two that ran may not have. `whole` is how many files the
/// package has.
#[must_use]
pub fn stretches<'a>(
    runs: impl IntoIterator<Item = &'a Outcome>,
    whole: impl Fn(&Outcome) -> usize,
) -> Vec<Stretch<'a>> {
    let mut stretches: Vec<Stretch<'a>> = Vec::new();
    for outcome in runs {
        let Some(stretch) = Stretch::of(outcome, whole(outcome)) else { continue };
        match stretches.last_mut() {
            Some(last) if last.goes_on_with(&stretch) => last.fault.ordinals.last = stretch.fault.ordinals.last,
            _ => stretches.push(stretch),
        }
    }
    stretches
}

impl<'a> Stretch<'a> {
    /// One run; `None` where it has not one fault.
    fn of(outcome: &'a Outcome, whole: usize) -> Option<Self> {
        let [fault] = outcome.faults.as_slice() else { return None };
        let placed = match outcome.files.values().sum::<usize>() {
            0 => "nothing",
            count if count == whole => "all",
            _ => "some",
        };
        let broken: Vec<_> = outcome.broken().map(|(rule, _)| rule.to_string()).collect();
        let broken = if broken.is_empty() { "-".to_owned() } else { broken.join(" ") };
        let fault = Fault::from_str(fault).ok()?;
        Some(Self { first: outcome, fault, exit: outcome.exit.to_string(), placed, broken })
    }

    /// Whether the next run is one of the same stretch.
    fn goes_on_with(&self, next: &Self) -> bool {
        let kind = |stretch: &Self| {
            let Outcome { linker, mode, pairing, package, .. } = stretch.first;
            (linker.clone(), mode.clone(), pairing.clone(), package.clone(), stretch.fault.class, stretch.fault.effect)
        };
        let follows = |Ordinals { first, .. }: Ordinals| self.fault.ordinals.last.is_some_and(|last| last < first);
        kind(self) == kind(next)
            && follows(next.fault.ordinals)
            && (&self.exit, self.placed, &self.broken) == (&next.exit, next.placed, &next.broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Exit;
    use crate::report::outcome_of;

    #[test]
    fn calls_that_end_alike_are_one_stretch() {
        let run = |pairing: &str, fault: &str, code| Outcome {
            faults: vec![fault.to_owned()],
            exit: Exit::Code(code),
            ..outcome_of(pairing)
        };
        let runs = [
            run("ext4", "link#1=EIO", 0),
            run("ext4", "link#2=EIO", 0),
            run("ext4", "link#3=EIO", 2),
            run("ext4", "link#1=kill", 2),
            run("xfs", "link#2=kill", 2),
            run("xfs", "rename#3=kill", 2),
            run("xfs", "rename#5=kill", 2),
            outcome_of("xfs"),
        ];
        let told: Vec<_> = stretches(&runs, |_| 24)
            .iter()
            .map(|it| format!("{} {} {} {} {}", it.first.pairing, it.fault, it.exit, it.placed, it.broken))
            .collect();
        let expected = [
            "ext4 link#1..2=EIO exit 0 all -",
            "ext4 link#3=EIO exit 2 all -",
            "ext4 link#1=kill exit 2 all -",
            "xfs link#2=kill exit 2 all -",
            "xfs rename#3..5=kill exit 2 all -",
        ];
        assert_eq!(told, expected);
    }
}
