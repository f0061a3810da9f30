//! C9 recoverable: what running a linker again makes of its failure.

use super::case::{Case, broken_by, not_judged};
use super::{cache, files};
use crate::kernel::wire::Record;
use crate::outcome::Judgement;

/// C9: after a failure or a kill, running it again gives C1, C2 and C6. What fails again where no fault was met, or fails just so in
/// a pairing made anew where there is none, tells only what the pairing is like.
pub fn recoverable(case: &Case<'_>) -> Judgement {
    let Some(again) = &case.record.again else { return not_judged("the linker did not fail") };
    if !again.exit.is_success() {
        let Some(afresh) = &case.record.afresh else {
            return not_judged(format!("nothing has changed, and it fails again ({})", again.exit));
        };
        let heard = case.adapter.hear(&again.stdout, &again.stderr);
        if afresh.exit == again.exit && case.adapter.hear(&afresh.stdout, &afresh.stderr).errno == heard.errno {
            let errno = heard.errno.map(|errno| format!(", {errno}")).unwrap_or_default();
            return not_judged(format!("without a fault it fails here, too ({}{errno})", again.exit));
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

    /// A run that a fault has stopped, and whose second run failed with this error.
    fn failed_again(stderr: &str) -> Sample {
        let mut sample = failed_then(Exit::Code(1), &Sample::linked());
        sample.record.again.as_mut().unwrap().stderr = stderr.to_owned();
        sample
    }

    const NO_LINK: &str = "error: failed to link a to b: EXDEV\n";

    #[test]
    fn what_fails_again_where_no_fault_was_met_is_not_judged() {
        failed_again(NO_LINK).leaves_open(C9, "nothing has changed, and it fails again (exit 1)");
    }

    #[test]
    fn a_second_failure_counts_unless_it_fails_just_so_where_there_is_no_fault() {
        let met = || failed_again(NO_LINK).fault("mkdir#1=EIO");
        let fails = "run again without a fault, it fails (exit 1): failed to link a to b: EXDEV";
        met().afresh(Exit::Code(0), "").breaks(C9, &[fails]);
        met().afresh(Exit::Code(2), NO_LINK).breaks(C9, &[fails]);
        met().afresh(Exit::Code(1), "error: failed to link a to b: EPERM\n").breaks(C9, &[fails]);
        met().afresh(Exit::Code(1), "it failed\n").breaks(C9, &[fails]);
        met().afresh(Exit::Code(1), NO_LINK).leaves_open(C9, "without a fault it fails here, too (exit 1, EXDEV)");
    }

    #[test]
    fn a_failure_that_names_no_errno_is_compared_by_its_exit() {
        let met = || failed_again("it failed\n").fault("mkdir#1=EIO");
        met().afresh(Exit::Code(1), "it failed\n").leaves_open(C9, "without a fault it fails here, too (exit 1)");
        met().afresh(Exit::Code(0), "").breaks(C9, &["run again without a fault, it fails (exit 1)"]);
    }
}
