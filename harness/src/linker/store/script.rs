//! A program for a test.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Writes an executable script, by another process: a child that a parallel test has just forked would still hold a file that
/// this process wrote open for writing, and running that is refused with ETXTBSY.
pub(super) fn script(path: &Path, text: &str) {
    let write = Command::new("sh").args(["-c", "printf '%s' \"$1\" >\"$2\"", "sh", text]).arg(path).status();
    assert!(write.unwrap().success());
    set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}
