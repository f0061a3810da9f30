//! Names of linkers: `uv@0.6.1`, `uv-tool@latest`, `uv@/path/to/uv`, `reference@strict`; and what they resolve to.

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::adapter::Adapter;
use super::place::Place;
use super::reference::{Policy, Reference};
use super::uv::{Command, Uv};
use crate::observe::hex;

/// A kind of linker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Family {
    /// `uv pip install --target`.
    Uv,
    /// `uv tool install`, with `UV_TOOL_DIR` in the target.
    UvTool,
    /// `uv tool install`, with HOME for the target and without `UV_TOOL_DIR`.
    UvToolHome,
    /// The reference linker with a policy.
    Reference(Policy),
}

impl Family {
    /// What stands before the `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::UvTool => "uv-tool",
            Self::UvToolHome => "uv-tool-home",
            Self::Reference(_) => "reference",
        }
    }
}

/// A linker as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkerName {
    /// The kind.
    pub family: Family,
    /// Which one of that kind.
    pub wanted: Wanted,
}

/// Which version of a linker is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The newest that is pinned.
    Pinned,
    /// The newest that its registry has.
    Latest,
    /// This version.
    Version(String),
    /// The program in this file.
    File(PathBuf),
    /// What is built into exdev.
    BuiltIn,
}

/// A linker that can be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linker {
    /// The kind.
    pub family: Family,
    /// What stands behind the `@` in its name: a version, a policy, or the path of a person's own build.
    pub label: String,
    /// Its version.
    pub version: String,
    /// Its program on the host; `None` for exdev itself.
    pub program: Option<PathBuf>,
}

impl Linker {
    /// The name of its program inside an agent: no two linkers share one.
    #[must_use]
    pub fn program_name(&self) -> String {
        match &self.program {
            // By its path, not by its label: builds of one version, or of like paths, are different programs.
            Some(program) => {
                let path = hex(&Sha256::digest(program.as_os_str().as_bytes()));
                format!("{}-{}", self.family.name(), &path[..16])
            }
            None => Place::EXDEV.to_owned(),
        }
    }

    /// What exdev knows of this kind at this version.
    #[must_use]
    pub fn adapter(&self) -> Box<dyn Adapter> {
        match self.family {
            Family::Uv => Box::new(Uv::new(Command::PipInstall, &self.version)),
            Family::UvTool => Box::new(Uv::new(Command::ToolInstall, &self.version)),
            Family::UvToolHome => Box::new(Uv::new(Command::ToolInstallAtHome, &self.version)),
            Family::Reference(policy) => Box::new(Reference::new(policy)),
        }
    }
}

impl fmt::Display for Linker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.family.name(), self.label)
    }
}

impl fmt::Display for LinkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.family.name())?;
        match &self.wanted {
            Wanted::Pinned => Ok(()),
            Wanted::Latest => f.write_str("@latest"),
            Wanted::Version(version) => write!(f, "@{version}"),
            Wanted::File(path) => write!(f, "@{}", path.display()),
            Wanted::BuiltIn => match self.family {
                Family::Reference(policy) => write!(f, "@{policy}"),
                Family::Uv | Family::UvTool | Family::UvToolHome => Ok(()),
            },
        }
    }
}

/// Why a text names no linker.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkerNameError {
    /// An unknown kind.
    #[error(
        "unknown linker `{name}`; known are uv@VERSION, uv-tool@VERSION, uv-tool-home@VERSION, uv@/PATH/TO/UV, \
         reference@POLICY"
    )]
    UnknownFamily {
        /// The name as it was given.
        name: String,
    },
    /// An unknown policy of the reference linker.
    #[error("unknown policy `{policy}` of the reference linker; known are {}", Policy::ALL.map(Policy::name).join(", "))]
    UnknownPolicy {
        /// The policy as it was given.
        policy: String,
    },
    /// Something that no version looks like.
    #[error("`{text}` is no version; write one like uv@0.6.1, uv@latest, or a path with a slash")]
    NoVersion {
        /// The version as it was given.
        text: String,
    },
}

impl FromStr for LinkerName {
    type Err = LinkerNameError;

    fn from_str(text: &str) -> Result<Self, LinkerNameError> {
        let (family, wanted) = match text.split_once('@') {
            Some((family, wanted)) => (family, Some(wanted)),
            None => (text, None),
        };
        match family {
            "uv" => Ok(Self { family: Family::Uv, wanted: Wanted::parse(wanted)? }),
            "uv-tool-home" => Ok(Self { family: Family::UvToolHome, wanted: Wanted::parse(wanted)? }),
            "uv-tool" => Ok(Self { family: Family::UvTool, wanted: Wanted::parse(wanted)? }),
            "reference" => {
                let policy = wanted.map_or(Ok(Policy::PerFile), |name| {
                    name.parse().map_err(|_| LinkerNameError::UnknownPolicy { policy: name.to_owned() })
                })?;
                Ok(Self { family: Family::Reference(policy), wanted: Wanted::BuiltIn })
            }
            _ => Err(LinkerNameError::UnknownFamily { name: text.to_owned() }),
        }
    }
}

impl Wanted {
    fn parse(text: Option<&str>) -> Result<Self, LinkerNameError> {
        match text {
            None => Ok(Self::Pinned),
            Some("latest") => Ok(Self::Latest),
            Some(path) if path.contains('/') => Ok(Self::File(PathBuf::from(path))),
            Some(version) if version.starts_with(|first: char| first.is_ascii_digit()) => {
                Ok(Self::Version(version.to_owned()))
            }
            Some(text) => Err(LinkerNameError::NoVersion { text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_kind_and_version() {
        let parsed = |text: &str| text.parse::<LinkerName>().map(|name| (name.family, name.wanted));
        assert_eq!(parsed("uv"), Ok((Family::Uv, Wanted::Pinned)));
        assert_eq!(parsed("uv-tool@latest"), Ok((Family::UvTool, Wanted::Latest)));
        assert_eq!(parsed("uv-tool-home"), Ok((Family::UvToolHome, Wanted::Pinned)));
        assert_eq!(parsed("uv@0.6.1"), Ok((Family::Uv, Wanted::Version("0.6.1".to_owned()))));
        assert_eq!(parsed("uv@./uv"), Ok((Family::Uv, Wanted::File(PathBuf::from("./uv")))));
        assert_eq!(parsed("reference@strict"), Ok((Family::Reference(Policy::Strict), Wanted::BuiltIn)));
    }

    #[test]
    fn a_name_survives_being_read_and_written() {
        for text in ["uv", "uv-tool@latest", "uv-tool-home@0.6.1", "uv@./uv", "reference@strict"] {
            assert_eq!(text.parse::<LinkerName>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        let refused = |text: &str| text.parse::<LinkerName>().map_err(|error| error.to_string());
        assert_eq!(
            refused("npm"),
            Err("unknown linker `npm`; known are uv@VERSION, uv-tool@VERSION, uv-tool-home@VERSION, uv@/PATH/TO/UV, \
                 reference@POLICY"
                .to_owned())
        );
        assert_eq!(
            refused("reference@sloppy"),
            Err("unknown policy `sloppy` of the reference linker; known are per-file, first-file, restart, strict"
                .to_owned())
        );
        assert_eq!(
            refused("uv@new"),
            Err("`new` is no version; write one like uv@0.6.1, uv@latest, or a path with a slash".to_owned())
        );
    }
}
