//! What a sweep has found: a line for each stretch of calls that end alike, and how many runs there were.

use std::collections::HashMap;

use super::ruled::ruled;
use crate::outcome::{Outcome, Report};
use crate::sweep::stretches;

/// Which stretches are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Every one.
    All,
    /// Those in which a rule was broken.
    Broken,
}

/// The table of a sweep, and a line that counts. `whole` are the runs without a fault.
#[must_use]
pub fn swept(whole: &Report, faulty: &Report, detail: Detail) -> String {
    let key = |outcome: &Outcome| {
        let Outcome { linker, mode, pairing, package, .. } = outcome;
        (linker.clone(), mode.clone(), pairing.clone(), package.clone())
    };
    let files = |outcome: &Outcome| outcome.files.values().sum::<usize>();
    let sizes: HashMap<_, _> = whole.outcomes.iter().map(|outcome| (key(outcome), files(outcome))).collect();
    let size = |outcome: &Outcome| sizes.get(&key(outcome)).copied().unwrap_or_default();
    let mut table = ruled(["linker", "mode", "pairing", "fault", "exit", "placed", "broken"]);
    let stretches = stretches(&faulty.outcomes, size);
    for stretch in stretches.iter().filter(|stretch| detail == Detail::All || stretch.broken != "-") {
        let Outcome { linker, mode, pairing, .. } = stretch.first;
        let fault = stretch.fault.to_string();
        table.add_row([linker, mode, pairing, &fault, &stretch.exit, stretch.placed, &stretch.broken]);
    }
    let table = if table.row_iter().next().is_some() { format!("{}\n\n", table.trim_fmt()) } else { String::new() };
    let accusations: usize = faulty.outcomes.iter().map(|outcome| outcome.broken().count()).sum();
    let met = faulty.outcomes.iter().filter(|outcome| outcome.injected > 0).count();
    let all = faulty.outcomes.len();
    format!(
        "{table}{} with one fault each, which {met} met: {}\n",
        counted(all, "run"),
        counted(accusations, "accusation")
    )
}

/// `1 run`, `34 runs`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, outcome_of};
    use super::*;
    use crate::outcome::{Placement, Rule};

    fn reports() -> [Report; 2] {
        let run =
            |fault: &str, sample: Sample| Outcome { faults: vec![fault.to_owned()], injected: 1, ..sample.outcome };
        let kept = || Sample::new("ext4");
        let torn = || kept().placed(Placement::HardLink, 4).broken(Rule::C8, &["4 files"]);
        let outcomes = vec![run("link#1=EIO", kept()), run("link#2=EIO", torn()), run("link#3=EIO", torn())];
        let of = |outcomes| Report { outcomes, ..Report::default() };
        [of(vec![outcome_of("ext4")]), of(outcomes)]
    }

    #[test]
    fn stretches_are_lines_and_accusations_are_counted() {
        let [whole, faulty] = reports();
        let expected = "\
 linker     mode      pairing   fault            exit     placed   broken
───────────────────────────────────────────────────────────────────────────
 uv@0.6.1   default   ext4      link#1=EIO       exit 0   all      -
 uv@0.6.1   default   ext4      link#2..3=EIO    exit 0   some     C8

3 runs with one fault each, which 3 met: 2 accusations
";
        let words =
            |text: &str| text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
        let [shown, expected]: [Vec<Vec<String>>; 2] = [words(&swept(&whole, &faulty, Detail::All)), words(expected)];
        assert_eq!(shown[0], expected[0]);
        assert_eq!(shown[2..], expected[2..]);
    }

    #[test]
    fn of_many_only_what_is_broken_is_shown() {
        let [whole, mut faulty] = reports();
        assert!(!swept(&whole, &faulty, Detail::Broken).contains("link#1=EIO"));
        faulty.outcomes.truncate(1);
        assert_eq!(swept(&whole, &faulty, Detail::Broken), "1 run with one fault each, which 1 met: 0 accusations\n");
    }
}
