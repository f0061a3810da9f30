//! Defects of what is said: C5.

use exdev::errno::Errno;
use exdev::linker::reference::{Fallback, Job, Line, Refused, Summary};
use exdev::outcome::Strategy;

use crate::defect::{Defect, SOUND, say};
use crate::places::{MODULE, cache, target};

/// Warnings that are missing, untrue or one too many, and strategies by other names.
pub const DEFECTS: &[Defect] = &[
    Defect { name: "fallback-unannounced", warn: |_| Vec::new(), ..SOUND },
    Defect { name: "fallback-announced-twice", warn: |fallback| vec![fallback.clone(); 2], ..SOUND },
    Defect {
        name: "fallback-misnamed",
        warn: |fallback| vec![Fallback { to: Strategy::Symlink, ..fallback.clone() }],
        ..SOUND
    },
    Defect {
        name: "errno-untrue",
        warn: |fallback| {
            let refused = Refused { errno: Errno::EMLINK, ..fallback.refused.clone() };
            vec![Fallback { refused, ..fallback.clone() }]
        },
        ..SOUND
    },
    Defect {
        name: "refusal-untrue",
        warn: |fallback| {
            let refused = Refused { strategy: Strategy::Reflink, ..fallback.refused.clone() };
            vec![Fallback { refused, ..fallback.clone() }]
        },
        ..SOUND
    },
    Defect {
        name: "fallback-announced-in-vain",
        before: |job| say(Line::Warning(&Fallback { refused: refused(job), to: Strategy::Copy })).map(|()| true),
        ..SOUND
    },
    Defect { name: "copies-called-hard-links", end: |_, linked| Ok(linked.map(|_| hard_linked())), ..SOUND },
    // It copies, and neither the warning nor the summary has heard of it.
    Defect {
        name: "copies-called-hard-links-after-refusal",
        warn: |_| Vec::new(),
        end: |_, linked| Ok(linked.map(|_| hard_linked())),
        ..SOUND
    },
];

fn hard_linked() -> Summary {
    Summary { files: [(Strategy::HardLink, 34)].into() }
}

fn refused(job: &Job) -> Refused {
    let (cached, target) = (cache(job, MODULE), target(job, MODULE));
    Refused { strategy: Strategy::HardLink, cached, target, errno: Errno::EXDEV }
}
