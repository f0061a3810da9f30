//! The two ends as the kernel sees them.

use std::fs;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::error::SetupError;
use crate::outcome::End;

/// Where a path is.
pub fn end(path: &Path) -> Result<End, SetupError> {
    const TABLE: &str = "/proc/self/mountinfo";
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::MNT_ID)
        .map_err(|errno| SetupError::failed("look at", path)(errno.into()))?;
    let table = fs::read_to_string(TABLE).map_err(SetupError::failed("read", TABLE))?;
    let line = line(&table, found.stx_mnt_id).unwrap_or_default();
    Ok(End {
        kind: kind(line).to_owned(),
        device: format!("{}:{}", found.stx_dev_major, found.stx_dev_minor),
        mount_id: found.stx_mnt_id,
        mountinfo: line.to_owned(),
    })
}

/// The line of one mount, see `proc_pid_mountinfo(5)`.
fn line(table: &str, mount_id: u64) -> Option<&str> {
    table.lines().find(|line| line.split(' ').next().is_some_and(|id| id.parse() == Ok(mount_id)))
}

/// The filesystem's type: the first field behind the lone hyphen.
fn kind(line: &str) -> &str {
    line.split(' ').skip_while(|&field| field != "-").nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_found_by_its_id_and_has_a_type() {
        let table = "21 1 7:0 / /a rw,relatime shared:5 - ext4 /dev/loop0 rw\n22 1 0:40 / /b rw - tmpfs tmpfs rw\n";
        assert_eq!(line(table, 22).map(kind), Some("tmpfs"));
        assert_eq!(line(table, 21).map(kind), Some("ext4"));
        assert_eq!(line(table, 2), None);
    }
}
