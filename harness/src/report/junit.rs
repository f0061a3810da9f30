//! The report as `JUnit` XML: one suite per linker and mode, one case per scenario.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use thiserror::Error;

use super::entry::{Entry, Fate, entries, grouped};
use crate::outcome::{Outcome, Report, Seconds};

/// Why a report could not be written as XML.
#[derive(Debug, Error)]
pub enum JunitError {
    /// The XML writer refused.
    #[error("failed to write the report of {scenarios} scenarios as JUnit XML: {cause}")]
    Serialize {
        /// How many scenarios the report holds.
        scenarios: usize,
        /// What the XML writer said.
        cause: quick_junit::SerializeError,
    },
}

/// The report as `JUnit` XML. A broken rule is a failure, what was not run is skipped, a broken setup is an error.
pub fn to_junit(report: &Report) -> Result<String, JunitError> {
    let mut junit = quick_junit::Report::new("exdev");
    let mut total = Duration::ZERO;
    for ((linker, mode), entries) in grouped(entries(report).map(|entry| ((entry.linker, entry.mode), entry))) {
        let cases: Vec<_> = entries.iter().map(case).collect();
        let time = cases.iter().filter_map(|case| case.time).sum();
        total += time;
        let mut suite = TestSuite::new(format!("{linker}/{mode}"));
        suite.set_time(time).add_test_cases(cases);
        junit.add_test_suite(suite);
    }
    junit.set_time(total);
    let scenarios = junit.tests;
    junit.to_string().map_err(|cause| JunitError::Serialize { scenarios, cause })
}

fn case(entry: &Entry<'_>) -> TestCase {
    let (status, time) = match entry.fate {
        Fate::Ran(outcome) => (ran(outcome), seconds(outcome.seconds)),
        Fate::NotRun(not_run) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(not_run.reason.as_str()).set_description(format!("mend: {}", not_run.mend));
            (skipped, Duration::ZERO)
        }
        Fate::SetupBroken(setup) => {
            let mut error = TestCaseStatus::non_success(NonSuccessKind::Error);
            error.set_message("could not be set up").set_description(setup.problem.as_str());
            (error, Duration::ZERO)
        }
    };
    // Readers of JUnit take class and name for identity, and a suite may hold one pairing with two packages.
    let name = match entry.package {
        "small" | "" => entry.pairing.to_owned(),
        package => format!("{} {package}", entry.pairing),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("{}/{}", entry.linker, entry.mode)).set_time(time);
    case
}

fn ran(outcome: &Outcome) -> TestCaseStatus {
    let rules: Vec<_> = outcome.broken().map(|(rule, _)| format!("{rule} {}", rule.name())).collect();
    if rules.is_empty() {
        return TestCaseStatus::success();
    }
    let evidence = outcome
        .broken()
        .flat_map(|(rule, judgement)| judgement.evidence.iter().map(move |evidence| format!("{rule}: {evidence}")));
    let body: Vec<_> = evidence.chain(outcome.warnings.iter().cloned()).collect();
    let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
    failure.set_message(format!("broken: {}", rules.join(", "))).set_type("contract").set_description(body.join("\n"));
    failure
}

fn seconds(seconds: Seconds) -> Duration {
    let Seconds { provision, prime, link, observe } = seconds;
    // A report read from a file can hold any number; one that is no duration counts as none.
    Duration::try_from_secs_f64(provision + prime + link + observe).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, sample};
    use super::*;

    #[test]
    fn every_kind_of_result_has_its_own_element() {
        insta::assert_snapshot!(to_junit(&sample()).unwrap(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="exdev" tests="10" skipped="1" failures="4" errors="1" time="16.000">
            <testsuite name="uv@0.6.1/default" tests="8" skipped="1" errors="1" failures="3" time="12.000">
                <testcase name="ext4" classname="uv@0.6.1/default" time="2.000"/>
                <testcase name="ext4:xfs" classname="uv@0.6.1/default" time="2.000"/>
                <testcase name="ext4+bind" classname="uv@0.6.1/default" time="2.000">
                    <failure message="broken: C5 honest" type="contract">C5: it fell back to copy
        C5: the last line says `Installed`
        warning: Failed to hardlink files; falling back to full copy.
                 Set UV_LINK_MODE=copy.</failure>
                </testcase>
                <testcase name="xfs+bind" classname="uv@0.6.1/default" time="2.000">
                    <failure message="broken: C5 honest" type="contract">C5: it fell back to copy
        C5: the last line says `Installed`
        warning: Failed to hardlink files; falling back to full copy.
                 Set UV_LINK_MODE=copy.</failure>
                </testcase>
                <testcase name="xfs" classname="uv@0.6.1/default" time="2.000"/>
                <testcase name="xfs:ext4" classname="uv@0.6.1/default" time="2.000">
                    <failure message="broken: C3 uniform, C8 clean failure" type="contract">C3: sample/a.py is a copy
        C8: sample/module_01.py is missing
        C8: sample/module_02.py is missing
        C8: sample/module_03.py is missing
        C8: sample/module_04.py is missing
        C8: sample/module_05.py is missing
        C8: sample/module_06.py is missing
        C8: sample/module_07.py is missing
        C8: sample/module_08.py is missing
        C8: sample/module_09.py is missing
        C8: sample/module_10.py is missing
        C8: sample/module_11.py is missing
        C8: sample/module_12.py is missing
        C8: sample/module_13.py is missing
        C8: sample/module_14.py is missing
        C8: sample/module_15.py is missing
        C8: sample/module_16.py is missing
        C8: sample/module_17.py is missing
        C8: sample/module_18.py is missing
        C8: sample/module_19.py is missing
        C8: sample/module_20.py is missing
        C8: sample/module_21.py is missing
        C8: sample/module_22.py is missing
        C8: sample/module_23.py is missing
        C8: sample/module_24.py is missing</failure>
                </testcase>
                <testcase name="ext4:tmpfs" classname="uv@0.6.1/default" time="0.000">
                    <skipped message="tmpfs cannot be mounted here">mend: sudo modprobe tmpfs</skipped>
                </testcase>
                <testcase name="xfs:tmpfs" classname="uv@0.6.1/default" time="0.000">
                    <error message="could not be set up">failed to format /tmp/image: mkfs.xfs exited with 1; free some space</error>
                </testcase>
            </testsuite>
            <testsuite name="uv@0.6.1/copy" tests="2" skipped="0" errors="0" failures="1" time="4.000">
                <testcase name="ext4" classname="uv@0.6.1/copy" time="2.000"/>
                <testcase name="xfs large" classname="uv@0.6.1/copy" time="2.000">
                    <failure message="broken: C5 honest" type="contract">C5: it fell back to copy
        C5: the last line says `Installed`
        warning: Failed to hardlink files; falling back to full copy.
                 Set UV_LINK_MODE=copy.</failure>
                </testcase>
            </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        let outcome =
            Sample::new("ext4").broken(crate::outcome::Rule::C1, &["<a> & \u{1b}[31mred\u{1b}[0m \u{0}"]).outcome;
        let xml = to_junit(&Report { outcomes: vec![outcome], ..Report::default() }).unwrap();
        assert!(xml.contains(">C1: &lt;a&gt; &amp; red "), "{xml}");
    }

    #[test]
    fn a_time_that_is_none_does_not_panic() {
        let time = |link| seconds(Seconds { link, ..Seconds::default() });
        assert_eq!(time(1.5), Duration::from_millis(1500));
        assert_eq!(time(-1.0), Duration::ZERO);
        assert_eq!(time(f64::NAN), Duration::ZERO);
    }
}
