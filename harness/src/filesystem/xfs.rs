//! XFS, see mkfs.xfs(8).

use super::image::{Recipe, USUAL_LENGTH};
use super::mount::Type;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "xfs", magic: 0x5846_5342 };

/// Every image is a copy of a template, so its UUID may be mounted elsewhere at the same time.
pub const OPTIONS: &str = "nouuid";

/// With reflinks, whatever the program's default is.
pub const RECIPE: Recipe =
    Recipe { program: "mkfs.xfs", arguments: &["-q", "-f", "-K", "-m", "reflink=1"], length: USUAL_LENGTH };

/// Without reflinks.
pub const WITHOUT_REFLINKS: Recipe =
    Recipe { program: "mkfs.xfs", arguments: &["-q", "-f", "-K", "-m", "reflink=0"], length: USUAL_LENGTH };
