//! Where the time went.

use std::time::Duration;

use crate::outcome::{Report, Seconds};

/// How long a run took, and which part of the work was the linkers' own; scenarios that ran side by side count each by itself.
#[must_use]
pub fn spent(report: &Report, wall: Duration) -> String {
    let sum = |part: fn(&Seconds) -> f64| report.outcomes.iter().map(|outcome| part(&outcome.seconds)).sum::<f64>();
    let (prime, link) = (sum(|seconds| seconds.prime), sum(|seconds| seconds.link));
    let (provision, observe) = (sum(|seconds| seconds.provision), sum(|seconds| seconds.observe));
    format!(
        "took {:.1} s: the linkers {:.1} s (filling caches {prime:.1}, linking {link:.1}), exdev {:.1} s (making \
         filesystems {provision:.1}, looking {observe:.1})",
        wall.as_secs_f64(),
        prime + link,
        provision + observe
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn times_are_summed_by_whose_they_are() {
        let mut outcome = Sample::new("ext4").outcome;
        outcome.seconds = Seconds { provision: 0.5, prime: 1.0, link: 0.25, observe: 0.125 };
        let report = Report { outcomes: vec![outcome.clone(), outcome], ..Report::default() };
        assert_eq!(
            spent(&report, Duration::from_millis(1900)),
            "took 1.9 s: the linkers 2.5 s (filling caches 2.0, linking 0.5), exdev 1.2 s (making filesystems 1.0, \
             looking 0.2)"
        );
    }
}
