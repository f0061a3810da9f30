//! F2FS, see mkfs.f2fs(8).

use super::image::{Recipe, USUAL_LENGTH};
use super::mount::Type;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "f2fs", magic: 0xf2f5_2010 };

/// Mount options.
pub const OPTIONS: &str = "";

/// The program's defaults, without discarding what is a hole already.
pub const RECIPE: Recipe = Recipe { program: "mkfs.f2fs", arguments: &["-q", "-f", "-t", "0"], length: USUAL_LENGTH };
