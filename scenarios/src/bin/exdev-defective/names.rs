//! Defects of what is in the target and what is not: C1.

use std::fs;
use std::io;
use std::os::unix::net::UnixListener;

use exdev::linker::reference::{Job, Line, Policy, Summary};
use exdev::outcome::Strategy;

use crate::defect::{Defect, SOUND, by_the_book, say};
use crate::places::{EMPTY, MODULE, OTHER_MODULE, target};

/// Files that are missing, misplaced or one too many.
pub const DEFECTS: &[Defect] = &[
    Defect { name: "file-missing", spoil: |job| fs::remove_file(target(job, MODULE)), ..SOUND },
    // An empty file looks like one with nothing to be done.
    Defect { name: "empty-file-lost", spoil: |job| fs::remove_file(target(job, EMPTY)), ..SOUND },
    // A walk that goes only so deep.
    Defect { name: "deep-directory-lost", spoil: |job| fs::remove_dir_all(target(job, "exdev_pkg/a/b/c/d")), ..SOUND },
    Defect {
        name: "temporary-file-left",
        spoil: |job| fs::write(target(job, "exdev_pkg/.tmpA1b2C3"), "half"),
        ..SOUND
    },
    Defect { name: "directory-left", spoil: |job| fs::create_dir(target(job, ".staging")), ..SOUND },
    // A file of a name that is taken gets another one.
    Defect {
        name: "file-placed-twice",
        spoil: |job| fs::copy(target(job, MODULE), target(job, "exdev_pkg/module_07 (1).py")).map(drop),
        ..SOUND
    },
    Defect {
        name: "file-replaced-by-directory",
        spoil: |job| {
            fs::remove_file(target(job, MODULE))?;
            fs::create_dir(target(job, MODULE))
        },
        ..SOUND
    },
    Defect {
        name: "file-replaced-by-socket",
        spoil: |job| {
            fs::remove_file(target(job, MODULE))?;
            UnixListener::bind(target(job, MODULE)).map(drop)
        },
        ..SOUND
    },
    // A rename that replaces: two files for one name.
    Defect {
        name: "file-renamed-over-another",
        spoil: |job| fs::rename(target(job, MODULE), target(job, OTHER_MODULE)),
        ..SOUND
    },
    Defect {
        name: "foreign-name-mangled",
        spoil: |job| rename(job, "exdev_pkg/données/naïve-日本.txt", "exdev_pkg/données/na?ve-??.txt"),
        ..SOUND
    },
    Defect {
        name: "colon-replaced",
        spoil: |job| rename(job, "exdev_pkg/data/a:b.txt", "exdev_pkg/data/a_b.txt"),
        ..SOUND
    },
    Defect {
        name: "case-changed",
        spoil: |job| rename(job, "exdev_pkg-1.0.dist-info/METADATA", "exdev_pkg-1.0.dist-info/metadata"),
        ..SOUND
    },
    Defect {
        name: "long-name-cut",
        spoil: |job| {
            let long = "long-name-".repeat(20);
            rename(job, &format!("exdev_pkg/data/{long}.txt"), &format!("exdev_pkg/data/{}.txt", &long[..143]))
        },
        ..SOUND
    },
    // What cannot be linked is passed over.
    Defect {
        name: "refusal-swallowed",
        place: |placing| match placing.strategy {
            Strategy::HardLink => by_the_book(placing).or(Ok(())),
            _ => by_the_book(placing),
        },
        ..SOUND
    },
    Defect {
        name: "error-exits-0",
        policy: Policy::Strict,
        end: |_, linked| match linked {
            Err(error) => say(Line::Error(&error)).map(|()| Ok(Summary::default())),
            placed => Ok(placed),
        },
        ..SOUND
    },
];

fn rename(job: &Job, from: &str, to: &str) -> io::Result<()> {
    fs::rename(target(job, from), target(job, to))
}
