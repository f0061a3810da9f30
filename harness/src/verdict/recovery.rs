//! C9 recoverable: what running a linker again makes of its failure.

use super::case::{Case, broken_by, not_judged};
use super::{cache, files};
use crate::errno::Errno;
use crate::kernel::wire::Record;
use crate::outcome::Judgement;
use crate::pairing::{Pairing, Relation};

/// C9: after a failure or a kill, running it again gives C1, C2 and C6. One that what the pairing is like makes fail may fail again,
/// and so may one that a fault has stopped before it met that.
pub fn recoverable(case: &Case<'_>) -> Judgement {
    let Some(again) = &case.record.again else { return not_judged("the linker did not fail") };
    if !again.exit.is_success() {
        if case.scenario.faults.is_empty() {
            return not_judged(format!("nothing has changed, and it fails again ({})", again.exit));
        }
        let heard = case.adapter.hear(&again.stdout, &again.stderr);
        let full = case.scenario.ends.pairing().and_then(Pairing::relation) == Some(Relation::Full);
        if full && heard.errno.is_some_and(Errno::is_no_room) {
            return not_judged(format!("the filesystem is full, and it fails again ({})", again.exit));
        }
        if let Some(errno) = heard.errno.filter(|errno| is_refused_here(case, *errno)) {
            return not_judged(format!("{errno} is what this pairing answers, and it fails again ({})", again.exit));
        }
        let said = heard.errors.last().map(|error| format!(": {error}")).unwrap_or_default();
        return broken_by(vec![format!("run again without a fault, it fails ({}){said}", again.exit)]);
    }
    let record = Record {
        exit: again.exit,
        stdout: again.stdout.clone(),
        stderr: again.stderr.clone(),
        cache_after: again.cache_after.clone(),
        target: again.target.clone(),
        ..case.record.clone()
    };
    let second = Case::new(case.scenario, &record, case.package);
    let judgements = [files::complete(&second), files::faithful(&second), cache::safe(&second)];
    let evidence = judgements.into_iter().flat_map(|judgement| judgement.evidence);
    broken_by(evidence.map(|line| format!("after running it again: {line}")).collect())
}

/// Whether a strategy of the linker, or a rename within its target, gets this errno from the pairing itself, as probes have seen.
fn is_refused_here(case: &Case<'_>, errno: Errno) -> bool {
    let answers = &case.record.probe.answers;
    let strategies =
        answers.iter().flat_map(|answer| case.chain.iter().filter_map(|strategy| answer.refusal(*strategy)));
    let renames = case.record.findings.iter().flat_map(|found| &found.within_target).filter_map(|it| it.got.errno());
    strategies.chain(renames).any(|refused| refused == errno)
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno;
    use crate::kernel::wire::Again;
    use crate::outcome::Rule::C9;
    use crate::outcome::{Exit, Strategy};
    use crate::pairing::Ends;
    use crate::verdict::sample::{Sample, TOOL, other_bytes};

    /// A run that failed, and one after it that ended so and left what `then` has.
    fn failed_then(exit: Exit, then: &Sample) -> Sample {
        let mut sample = Sample::linked().without(TOOL).exit(Exit::Signal(9));
        let (target, cache_after) = (then.record.target.clone(), then.record.cache_after.clone());
        sample.record.again = Some(Again { exit, stdout: String::new(), stderr: String::new(), cache_after, target });
        sample
    }

    #[test]
    fn what_the_second_run_heals_is_recoverable() {
        failed_then(Exit::Code(0), &Sample::linked()).keeps(C9);
        Sample::linked().leaves_open(C9, "the linker did not fail");
        Sample::copied().unfilled(&[]).leaves_open(C9, "there was no filled cache");
    }

    #[test]
    fn what_it_does_not_heal_is_named() {
        failed_then(Exit::Code(0), &Sample::linked().without(TOOL))
            .breaks(C9, &["after running it again: exdev_pkg/bin/tool: missing"]);
        failed_then(Exit::Code(0), &Sample::linked().target(TOOL, other_bytes))
            .breaks(C9, &["after running it again: exdev_pkg/bin/tool: other bytes (5 instead of 57)"]);
        failed_then(Exit::Code(0), &Sample::linked().cache(TOOL, other_bytes))
            .breaks(C9, &["after running it again: exdev_pkg/bin/tool: other bytes"]);
    }

    #[test]
    fn a_second_failure_counts_where_the_first_was_a_fault() {
        let again = failed_then(Exit::Code(2), &Sample::linked());
        again.leaves_open(C9, "nothing has changed, and it fails again (exit 2)");
        again.fault("link#1=EXDEV").breaks(C9, &["run again without a fault, it fails (exit 2)"]);
    }

    #[test]
    fn that_there_is_no_room_on_a_full_filesystem_is_not_the_linkers_doing() {
        let again = |pairing: &str, stderr: &str| {
            let mut sample = failed_then(Exit::Code(1), &Sample::linked()).fault("mkdir#1=EIO");
            sample.scenario.ends = Ends::Made(pairing.parse().unwrap());
            sample.record.again.as_mut().unwrap().stderr = stderr.to_owned();
            sample
        };
        let (room, other) = ("error: failed to copy a to b: ENOSPC\n", "error: failed to copy a to b: EIO\n");
        again("ext4+full", room).leaves_open(C9, "the filesystem is full, and it fails again (exit 1)");
        let fails = |errno| format!("run again without a fault, it fails (exit 1): failed to copy a to b: {errno}");
        again("ext4+full", other).breaks(C9, &[&fails("EIO")]);
        again("ext4", room).breaks(C9, &[&fails("ENOSPC")]);
    }

    #[test]
    fn what_the_pairing_itself_refuses_is_not_the_linkers_doing() {
        let again = |sample: &Sample| {
            let mut sample = failed_then(Exit::Code(1), sample).fault("mkdir#1=EIO");
            sample.record.again.as_mut().unwrap().stderr = "error: failed to link a to b: EXDEV\n".to_owned();
            sample
        };
        let fails = "run again without a fault, it fails (exit 1): failed to link a to b: EXDEV";
        again(&Sample::linked()).breaks(C9, &[fails]);
        let refused = again(&Sample::linked()).refused(Strategy::HardLink, Errno::EXDEV);
        refused.leaves_open(C9, "EXDEV is what this pairing answers, and it fails again (exit 1)");
        again(&Sample::linked()).refused(Strategy::HardLink, Errno::EPERM).breaks(C9, &[fails]);
    }
}
