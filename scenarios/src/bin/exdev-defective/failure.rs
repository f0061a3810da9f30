//! Defects of what a failure leaves, and of running again after it: C8 and C9.
//!
//! What a run is to know of the one before it knows from the directory for temporary files, which the two have in common.

use std::fs::{self, File};
use std::io;

use exdev::linker::reference::{Job, Policy};

use crate::defect::{Defect, Linked, SOUND, by_the_book};
use crate::places::{LARGEST, cache, target, temporary};

/// Failures that leave something behind, or that stay.
pub const DEFECTS: &[Defect] = &[
    Defect { name: "half-left-behind", policy: Policy::FirstFile, ..SOUND },
    // A journal of what was begun, which only a run that succeeds removes.
    Defect {
        name: "journal-left-behind",
        before: |job| fs::write(target(job, ".journal"), "begun").map(|()| true),
        spoil: |job| fs::remove_file(target(job, ".journal")),
        ..SOUND
    },
    Defect {
        name: "directories-left-behind",
        end: |job, linked| match linked {
            Err(error) => fs::create_dir_all(target(job, "exdev_pkg/data")).map(|()| Err(error)),
            placed => Ok(placed),
        },
        ..SOUND
    },
    // What is there is taken to be whole.
    Defect {
        name: "torn-file-trusted",
        place: |placing| if placing.target.exists() { Ok(()) } else { by_the_book(placing) },
        end: |job, linked| match linked {
            Err(error) => {
                fs::create_dir_all(target(job, "exdev_pkg/data"))?;
                fs::write(target(job, LARGEST), "torn")?;
                Ok(Err(error))
            }
            placed => Ok(placed),
        },
        ..SOUND
    },
    // The note is written first, so a run that fails has it written as well.
    Defect { name: "marker-trusted", before: |_| Ok(File::create_new(temporary("installed")).is_ok()), ..SOUND },
    Defect {
        name: "lock-never-released",
        before: |_| File::create_new(temporary("lock")).map(|_| true).or_else(|error| refuse(&error)),
        ..SOUND
    },
    Defect {
        name: "cache-lost-by-rerun",
        before: |job| {
            if File::create_new(temporary("begun")).is_err() {
                File::options().write(true).open(cache(job, LARGEST))?.set_len(0)?;
            }
            Ok(true)
        },
        ..SOUND
    },
    // To make room.
    Defect { name: "cache-cleared-by-failure", end: clear_cache, ..SOUND },
];

fn refuse(error: &io::Error) -> io::Result<bool> {
    Err(io::Error::new(error.kind(), "locked"))
}

fn clear_cache(job: &Job, linked: Linked) -> io::Result<Linked> {
    if linked.is_err() {
        fs::remove_dir_all(cache(job, "exdev_pkg/data"))?;
    }
    Ok(linked)
}
