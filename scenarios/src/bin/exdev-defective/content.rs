//! Defects of what a placed file holds and may be used for: C2.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, symlink};
use std::path::PathBuf;

use exdev::linker::reference::{Job, Placing};
use exdev::outcome::Strategy;

use crate::defect::{Defect, SOUND, by_the_book};
use crate::places::{FULL_BLOCKS, LARGEST, MODULE, OTHER_MODULE, TOOL, cache, files, set_mode, target, temporary};

/// Files with other bytes, other permission bits, or a symlink that leads elsewhere.
pub const DEFECTS: &[Defect] = &[
    Defect { name: "executable-bit-dropped", spoil: |job| set_mode(&target(job, TOOL), 0o644), ..SOUND },
    Defect { name: "executable-bit-added", spoil: |job| set_mode(&target(job, MODULE), 0o755), ..SOUND },
    Defect { name: "set-user-id-added", spoil: |job| set_mode(&target(job, TOOL), 0o4755), ..SOUND },
    Defect { name: "sticky-bit-added", spoil: |job| set_mode(&target(job, MODULE), 0o1644), ..SOUND },
    // A temporary file's permission bits are kept.
    Defect {
        name: "private-to-the-user",
        spoil: |job| files(&job.target)?.iter().try_for_each(|file| set_mode(file, 0o600)),
        ..SOUND
    },
    Defect { name: "last-block-torn", spoil: |job| open(job, LARGEST)?.set_len(FULL_BLOCKS), ..SOUND },
    Defect { name: "last-block-empty", spoil: |job| open(job, LARGEST)?.write_all_at(&[0; 123], FULL_BLOCKS), ..SOUND },
    Defect { name: "one-byte-changed", spoil: |job| open(job, MODULE)?.write_all_at(b"'", 0), ..SOUND },
    Defect {
        name: "two-files-swapped",
        spoil: |job| {
            let aside = temporary_name(job);
            fs::rename(target(job, MODULE), &aside)?;
            fs::rename(target(job, OTHER_MODULE), target(job, MODULE))?;
            fs::rename(aside, target(job, OTHER_MODULE))
        },
        ..SOUND
    },
    // On a full disk, whatever could be written stays.
    Defect {
        name: "write-error-ignored",
        place: |placing| {
            let bytes = fs::read(placing.cached)?;
            let (mode, to) = (fs::metadata(placing.cached)?.permissions(), placing.target.to_owned());
            let _ = File::create_new(&to)?.write_all(&bytes);
            fs::set_permissions(to, mode)
        },
        ..SOUND
    },
    Defect {
        name: "symlink-dangles",
        spoil: |job| {
            fs::remove_file(target(job, MODULE))?;
            symlink(cache(job, "exdev_pkg/module_07.pyc"), target(job, MODULE))
        },
        ..SOUND
    },
    // Relative to where it runs instead of to where it is.
    Defect {
        name: "symlink-relative-to-nowhere",
        spoil: |job| {
            fs::remove_file(target(job, MODULE))?;
            symlink(PathBuf::from("../cache").join(MODULE), target(job, MODULE))
        },
        ..SOUND
    },
    // Unpacked there, and linked from there.
    Defect { name: "symlinks-into-temporary-directory", place: symlink_to_temporary, ..SOUND },
];

fn open(job: &Job, path: &str) -> io::Result<File> {
    File::options().write(true).open(target(job, path))
}

fn temporary_name(job: &Job) -> PathBuf {
    target(job, "exdev_pkg/.aside")
}

fn symlink_to_temporary(placing: Placing<'_>) -> io::Result<()> {
    if placing.strategy != Strategy::Symlink {
        return by_the_book(placing);
    }
    let unpacked = temporary("unpacked").join(placing.cached.strip_prefix("/").unwrap_or(placing.cached));
    fs::create_dir_all(unpacked.parent().unwrap_or(&unpacked))?;
    fs::copy(placing.cached, &unpacked)?;
    symlink(unpacked, placing.target)
}
