//! tmpfs, see tmpfs(5).

use super::mount::Type;

/// As mount(2) knows it.
pub const TYPE: Type = Type { name: "tmpfs", magic: 0x0102_1994 };

/// As large as the images of the other filesystems.
pub const OPTIONS: &str = "size=1g,mode=755";
