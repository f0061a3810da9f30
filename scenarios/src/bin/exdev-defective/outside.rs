//! Defects of where things are done: C11, and a process that goes on.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::defect::{Defect, SOUND};
use crate::places::{MODULE, cache, home, set_mode, target};

/// Traces outside of cache, target and the directory for temporary files.
pub const DEFECTS: &[Defect] = &[
    Defect { name: "settings-written-at-home", spoil: |_| fs::write(home(".defective"), "x"), ..SOUND },
    Defect { name: "directory-made-at-home", spoil: |_| fs::create_dir(home(".defective")), ..SOUND },
    // Nothing is left of it, and it was done.
    Defect {
        name: "home-tried-out",
        spoil: |_| {
            fs::write(home(".try"), "")?;
            fs::remove_file(home(".try"))
        },
        ..SOUND
    },
    Defect { name: "home-closed", spoil: |_| set_mode(&home(""), 0o700), ..SOUND },
    Defect { name: "copy-kept-at-home", spoil: |job| fs::copy(cache(job, MODULE), home("module")).map(drop), ..SOUND },
    Defect { name: "symlink-made-at-home", spoil: |job| symlink(target(job, MODULE), home("module")), ..SOUND },
    Defect {
        name: "process-left-running",
        spoil: |_| {
            let mut command = Command::new("sleep");
            command.arg("60").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().map(drop)
        },
        ..SOUND
    },
];
