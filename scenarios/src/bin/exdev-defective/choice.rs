//! Defects of how files are placed: C3 and C4.

use std::fs;
use std::io;
use std::path::Path;

use exdev::errno::Errno;
use exdev::linker::reference::{Fallback, Placing, Policy};
use exdev::outcome::Strategy;

use crate::defect::{Defect, SOUND, by_the_book, refusal};

/// More than one strategy, or a dearer one than need be.
pub const DEFECTS: &[Defect] = &[
    Defect { name: "mix-announced", policy: Policy::PerFile, ..SOUND },
    Defect { name: "mix-silent", policy: Policy::PerFile, warn: |_| Vec::new(), ..SOUND },
    // There is nothing in them to link, so they are made.
    Defect { name: "empty-files-made-anew", place: |placing| copied_if(placing, |size| size == 0), ..SOUND },
    Defect { name: "large-files-copied", place: |placing| copied_if(placing, |size| size >= 64 * 1024), ..SOUND },
    // Two directories are taken for two filesystems, and nothing is tried.
    Defect {
        name: "link-not-tried",
        place: |placing| match placing.strategy {
            Strategy::HardLink => Err(refusal(Errno::EXDEV)),
            _ => by_the_book(placing),
        },
        ..SOUND
    },
    // Where there are no reflinks, it copies at once, and says so.
    Defect {
        name: "chain-cut-short",
        place: |placing| match placing.strategy {
            Strategy::HardLink => Err(refusal(Errno::EOPNOTSUPP)),
            _ => by_the_book(placing),
        },
        warn: |fallback| match fallback.refused.strategy {
            Strategy::Reflink => vec![Fallback { to: Strategy::Copy, ..fallback.clone() }],
            _ => Vec::new(),
        },
        ..SOUND
    },
    // Copies by a call that may share extents, and calls that a reflink.
    Defect {
        name: "copy-called-reflink",
        place: |placing| match placing.strategy {
            Strategy::Reflink => copy(placing.cached, placing.target),
            _ => by_the_book(placing),
        },
        ..SOUND
    },
];

fn copied_if(placing: Placing<'_>, size: fn(u64) -> bool) -> io::Result<()> {
    if size(fs::metadata(placing.cached)?.len()) {
        return copy(placing.cached, placing.target);
    }
    by_the_book(placing)
}

fn copy(cached: &Path, target: &Path) -> io::Result<()> {
    fs::copy(cached, target).map(drop)
}
