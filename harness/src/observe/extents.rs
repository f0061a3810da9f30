//! Where a file's bytes lie on its filesystem, by `FS_IOC_FIEMAP`
//! (<https://docs.kernel.org/filesystems/fiemap.html>).
//!
//! Invariant: "no shared extents" is only ever claimed of two files whose extents the filesystem really showed.

use std::fs::File;
use std::io;

use linux_raw_sys::ioctl::{
    FIEMAP_EXTENT_DATA_INLINE, FIEMAP_EXTENT_DATA_TAIL, FIEMAP_EXTENT_DELALLOC, FIEMAP_EXTENT_NOT_ALIGNED,
    FIEMAP_EXTENT_UNKNOWN,
};
use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::sys;

/// What the filesystem shows of a file's extents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extents {
    /// Nobody asked.
    NotLooked,
    /// The filesystem has no `FS_IOC_FIEMAP` (tmpfs).
    Hidden,
    /// The bytes are inside the metadata, or there are none: sharing cannot be seen.
    Inline,
    /// Physical offset and length of each, in bytes.
    Mapped(Vec<(u64, u64)>),
}

impl Extents {
    /// Whether two files of one filesystem have bytes in common; `None` where that cannot be seen.
    #[must_use]
    pub fn share_with(&self, other: &Self) -> Option<bool> {
        let (Self::Mapped(ours), Self::Mapped(theirs)) = (self, other) else { return None };
        let overlap = |&(a, a_length): &(u64, u64), &(b, b_length): &(u64, u64)| a < b + b_length && b < a + a_length;
        Some(ours.iter().any(|one| theirs.iter().any(|other| overlap(one, other))))
    }
}

const INLINE: u32 = FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL | FIEMAP_EXTENT_NOT_ALIGNED;
const NOWHERE: u32 = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC;

/// Asks where the file's bytes lie, which the filesystem must have been synced for. Only the first extents are looked at, which is
/// enough to see whether two files have bytes in common.
pub fn extents(file: &File) -> io::Result<Extents> {
    let shown = match sys::fiemap(file) {
        Ok(shown) => shown,
        Err(error) if matches!(Errno::from(&error), Errno::EOPNOTSUPP | Errno::ENOTTY) => return Ok(Extents::Hidden),
        Err(error) => return Err(error),
    };
    if shown.is_empty() || shown.iter().any(|extent| extent.flags & (INLINE | NOWHERE) != 0) {
        return Ok(Extents::Inline);
    }
    Ok(Extents::Mapped(shown.iter().map(|extent| (extent.physical, extent.length)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_share_when_any_extent_overlaps() {
        let ours = Extents::Mapped(vec![(0, 4096), (8192, 4096)]);
        assert_eq!(ours.share_with(&Extents::Mapped(vec![(12000, 4096)])), Some(true));
        assert_eq!(ours.share_with(&Extents::Mapped(vec![(4096, 4096)])), Some(false));
        assert_eq!(ours.share_with(&Extents::Inline), None);
        assert_eq!(Extents::Hidden.share_with(&Extents::Hidden), None);
    }
}
