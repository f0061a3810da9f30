//! C9 recoverable: what running a linker again makes of its failure.

use super::case::{Case, broken_by, not_judged};
use super::{cache, files};
use crate::kernel::wire::Record;
use crate::outcome::Judgement;

/// C9: after a failure or a kill, running it again gives C1, C2 and C6. It cannot where the linker fails whatever came before: that
/// it fails again where no fault was met, or without any in a pairing made anew, too, tells nothing of a fault.
pub fn recoverable(case: &Case<'_>) -> Judgement {
    let Some(again) = &case.record.again else { return not_judged("the linker did not fail") };
    if !again.exit.is_success() {
        match case.record.afresh {
            None => return not_judged(format!("nothing has changed, and it fails again ({})", again.exit)),
            Some(exit) if !exit.is_success() => {
                return not_judged(format!("made anew without a fault, it fails here, too ({exit})"));
            }
            Some(_) => {}
        }
        let heard = case.adapter.hear(&again.stdout, &again.stderr);
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

#[cfg(test)]
mod tests {
    use crate::kernel::wire::Again;
    use crate::outcome::Exit;
    use crate::outcome::Rule::C9;
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
    fn what_fails_again_where_no_fault_was_met_is_not_judged() {
        let again = failed_then(Exit::Code(2), &Sample::linked());
        again.leaves_open(C9, "nothing has changed, and it fails again (exit 2)");
    }

    #[test]
    fn a_second_failure_counts_unless_it_fails_without_a_fault_too() {
        let again = |afresh| {
            let mut sample = failed_then(Exit::Code(1), &Sample::linked());
            sample.record.again.as_mut().unwrap().stderr = "error: failed to link a to b: EXDEV\n".to_owned();
            sample.record.afresh = Some(afresh);
            sample
        };
        let fails = "run again without a fault, it fails (exit 1): failed to link a to b: EXDEV";
        again(Exit::Code(0)).breaks(C9, &[fails]);
        again(Exit::Code(2)).leaves_open(C9, "made anew without a fault, it fails here, too (exit 2)");
        again(Exit::Signal(9)).leaves_open(C9, "made anew without a fault, it fails here, too (signal 9)");
    }
}
