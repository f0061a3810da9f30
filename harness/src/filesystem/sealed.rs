//! Filesystems that are made of a directory, once, and are read-only from then on: squashfs and erofs.

use std::fs;
use std::path::Path;

use super::error::SetupError;
use super::loop_device::LoopDevice;
use super::mount::{Mount, Type};
use super::program;
use crate::pairing::Relation;

/// See mksquashfs(1).
const SQUASHFS: Type = Type { name: "squashfs", magic: 0x7371_7368 };

/// See mkfs.erofs(1).
const EROFS: Type = Type { name: "erofs", magic: 0xe0f5_e1e2 };

/// Puts what is in a directory into an image, as the relation wants it, and mounts that over the directory; `None` where the
/// relation wants none. The loop device keeps the image, whose name is free again afterwards.
pub fn seal(relation: Relation, directory: &Path, image: &Path) -> Result<Option<Mount>, SetupError> {
    let kind = match relation {
        Relation::Squashfs => SQUASHFS,
        Relation::Erofs => EROFS,
        _ => return Ok(None),
    };
    let made = match relation {
        Relation::Squashfs => program::run("mksquashfs", &[&directory.to_string_lossy()], image),
        _ => program::run("mkfs.erofs", &[&image.to_string_lossy()], directory),
    };
    let attached = made.and_then(|()| {
        let file = fs::OpenOptions::new().read(true).write(true).open(image);
        LoopDevice::attach(&file.map_err(SetupError::failed("open", image))?)
    });
    if image.exists() {
        fs::remove_file(image).map_err(SetupError::failed("remove", image))?;
    }
    Mount::new(kind, attached?.path(), directory, "").map(Some)
}
