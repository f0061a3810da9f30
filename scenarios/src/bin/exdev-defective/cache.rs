//! Defects of what is done to the cache: C6, and what ties a target to it or its files to each other: C7.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::symlink;

use exdev::linker::reference::{Placing, Summary};
use exdev::outcome::Strategy;

use crate::defect::{Defect, SOUND, by_the_book};
use crate::places::{EMPTY, LARGEST, MODULE, OTHER_EMPTY, TOOL, cache, set_mode, target};

/// A cache that is not what it was, and files that are written to through others.
pub const DEFECTS: &[Defect] = &[
    Defect {
        name: "cache-file-truncated",
        spoil: |job| File::options().write(true).open(cache(job, LARGEST))?.set_len(0),
        ..SOUND
    },
    Defect { name: "cache-file-removed", spoil: |job| fs::remove_file(cache(job, MODULE)), ..SOUND },
    Defect { name: "cache-file-added", spoil: |job| fs::write(cache(job, ".lock"), ""), ..SOUND },
    Defect {
        name: "cache-inode-replaced",
        spoil: |job| {
            fs::copy(cache(job, MODULE), cache(job, ".new"))?;
            set_mode(&cache(job, ".new"), 0o600)?;
            fs::rename(cache(job, ".new"), cache(job, MODULE))
        },
        ..SOUND
    },
    Defect { name: "cache-directory-closed", spoil: |job| set_mode(&cache(job, "exdev_pkg/data"), 0o700), ..SOUND },
    // The target becomes the owner.
    Defect {
        name: "cache-file-made-a-symlink",
        spoil: |job| {
            fs::remove_file(cache(job, MODULE))?;
            symlink(target(job, MODULE), cache(job, MODULE))
        },
        ..SOUND
    },
    Defect { name: "cache-emptied-by-renames", place: moved, ..SOUND },
    // A line that an installer adds, as to the scripts that it makes.
    Defect {
        name: "cache-written-through-hard-link",
        spoil: |job| File::options().append(true).open(target(job, MODULE))?.write_all(b"# installed\n"),
        ..SOUND
    },
    Defect { name: "cache-mode-set-through-hard-link", spoil: |job| set_mode(&target(job, TOOL), 0o700), ..SOUND },
    Defect {
        name: "spare-name-for-cached-file",
        spoil: |job| fs::hard_link(cache(job, MODULE), target(job, ".spare")),
        ..SOUND
    },
    // Whoever asks for copies wants to write to them.
    Defect {
        name: "links-instead-of-copies",
        place: |placing| fs::hard_link(placing.cached, placing.target),
        end: |_, linked| Ok(linked.map(|_| Summary::default())),
        ..SOUND
    },
    // Equal bytes are kept once.
    Defect {
        name: "equal-files-linked-to-each-other",
        spoil: |job| {
            fs::remove_file(target(job, OTHER_EMPTY))?;
            fs::hard_link(target(job, EMPTY), target(job, OTHER_EMPTY))
        },
        ..SOUND
    },
];

fn moved(placing: Placing<'_>) -> io::Result<()> {
    match placing.strategy {
        Strategy::HardLink => fs::rename(placing.cached, placing.target),
        _ => by_the_book(placing),
    }
}
