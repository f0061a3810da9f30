//! Whether what is copied fits.

use crate::linker::{Copies, Habits};
use crate::outcome::Ending;
use crate::probe::{Call, Findings, Got, Shelf};
use crate::units::size;

/// Copies of an average package take more than is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cramped {
    /// What one of the packages takes on average, in bytes.
    takes: u64,
    /// What is left of the target's filesystem, in bytes.
    left: u64,
}

impl Cramped {
    /// Compares what one of the packages `held` takes on average with what is left. A copy that shares extents takes nothing.
    pub(super) fn find(findings: &Findings, held: Shelf, habits: Habits) -> Option<Self> {
        let left = findings.facts.target.room?.bytes;
        let takes = held.bytes / u64::try_from(held.directories.max(1)).ok()?;
        let sharing = Got::Worked { shares: Some(true) };
        let takes_nothing = findings.tries.iter().any(|it| it.call == Call::Copy && it.got == sharing);
        (takes > left && !(takes_nothing && habits.copies == Copies::Ranges)).then_some(Self { takes, left })
    }

    /// The risk, in one sentence.
    pub(super) fn tell(self, ends: Ending) -> String {
        let then = match ends {
            Ending::Partial => "it stops there and leaves what it has placed",
            Ending::Nothing | Ending::Complete => "it fails there",
        };
        format!("a package takes {} on average and {} are left, and {then}", size(self.takes), size(self.left))
    }
}
