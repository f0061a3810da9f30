//! Which kernel mounts the filesystems and runs the linkers.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::word::UnknownWord;

/// Where filesystems are mounted and linkers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// The machine's own kernel, in namespaces.
    Host,
    /// User-Mode Linux, a kernel that is an ordinary process, see <https://docs.kernel.org/virt/uml/user_mode_linux_howto_v2.html>.
    Uml,
}

impl Kernel {
    /// Every kernel, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Host, Self::Uml];

    /// The name in reports and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Uml => "uml",
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The kernels that may serve a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// The first that can.
    #[default]
    Auto,
    /// This one or none.
    Only(Kernel),
}

impl Choice {
    /// The kernels to try, in order.
    #[must_use]
    pub const fn kernels(self) -> &'static [Kernel] {
        match self {
            Self::Auto => &Kernel::ALL,
            Self::Only(Kernel::Host) => &[Kernel::Host],
            Self::Only(Kernel::Uml) => &[Kernel::Uml],
        }
    }
}

impl FromStr for Choice {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let kernel = Kernel::ALL.into_iter().find(|kernel| kernel.name() == text);
        let unknown = || UnknownWord { what: "kernel", name: text.to_owned(), known: "auto, host, uml" };
        kernel.map(Self::Only).ok_or_else(unknown)
    }
}
