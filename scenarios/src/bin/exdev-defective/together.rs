//! Defects that only show where several run at once: C10.

use std::env;
use std::fs::File;
use std::path::Path;

use crate::defect::{Defect, SOUND};

/// Runs that are in each other's way.
pub const DEFECTS: &[Defect] = &[
    // Whoever comes second finds it, and nobody ever removes it.
    Defect {
        name: "one-lock-for-all-targets",
        before: |_| File::create_new(env::temp_dir().join("defective.lock")).map(|_| true),
        ..SOUND
    },
    // What another run does for its own target is taken for done.
    Defect {
        name: "second-target-taken-for-done",
        before: |job| Ok(job.target.file_name() != Some(Path::new("2").as_os_str())),
        ..SOUND
    },
];
