//! What the reference linker can be asked for.

use std::fmt;
use std::str::FromStr;

use crate::outcome::Strategy;
use crate::word::UnknownWord;

/// What the reference linker is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Hard links, as far as they go.
    Default,
    /// The same, by its own name.
    Hardlink,
    /// Reflinks, as far as they go.
    Clone,
    /// Symbolic links, as far as they go.
    Symlink,
    /// Copies.
    Copy,
}

impl Mode {
    /// Every mode; the first is the one that runs when nothing is asked for.
    pub const ALL: [Self; 5] = [Self::Default, Self::Hardlink, Self::Clone, Self::Symlink, Self::Copy];

    /// The words of [`Mode::ALL`].
    pub const NAMES: [&'static str; 5] = ["default", "hardlink", "clone", "symlink", "copy"];

    /// The word that names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The strategy to try first.
    #[must_use]
    pub const fn first(self) -> Strategy {
        match self {
            Self::Default | Self::Hardlink => Strategy::HardLink,
            Self::Clone => Strategy::Reflink,
            Self::Symlink => Strategy::Symlink,
            Self::Copy => Strategy::Copy,
        }
    }

    /// The strategies to try after the first, in order.
    #[must_use]
    pub const fn fallbacks(self) -> &'static [Strategy] {
        match self {
            Self::Default | Self::Hardlink | Self::Symlink => &[Strategy::Copy],
            Self::Clone => &[Strategy::HardLink, Strategy::Copy],
            Self::Copy => &[],
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Mode {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|mode| mode.name() == text).ok_or_else(|| UnknownWord {
            what: "mode",
            name: text.to_owned(),
            known: "default, hardlink, clone, symlink, copy",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_has_one_word_everywhere() {
        assert_eq!(Mode::ALL.map(|mode| mode.to_string()), Mode::NAMES);
        assert_eq!(Mode::ALL.map(|mode| format!("{mode:?}").to_lowercase()), Mode::NAMES);
        for mode in Mode::ALL {
            assert_eq!(mode.name().parse(), Ok(mode));
        }
        assert_eq!("soft".parse::<Mode>().unwrap_err().known, Mode::NAMES.join(", "));
    }
}
