//! Btrfs, see mkfs.btrfs(8).

use std::fs::File;
use std::path::Path;

use super::error::SetupError;
use super::image::{Recipe, USUAL_LENGTH};
use super::mount::Type;
use crate::sys;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "btrfs", magic: 0x9123_683e };

/// Mount options.
pub const OPTIONS: &str = "";

/// One device, the program's defaults.
pub const RECIPE: Recipe = Recipe { program: "mkfs.btrfs", arguments: &["-q", "-f", "-K"], length: USUAL_LENGTH };

/// Makes a subvolume.
pub fn subvolume(path: &Path) -> Result<(), SetupError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(SetupError::failed("name a subvolume after", path)(std::io::ErrorKind::InvalidInput.into()));
    };
    File::open(parent)
        .and_then(|parent| sys::create_subvolume(&parent, name))
        .map_err(SetupError::failed("make the subvolume", path))
}
