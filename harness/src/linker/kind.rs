//! Every kind of program under test, each known by a name.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::adapter::Adapter;
use super::name::Linker;
use super::source::Source;
use super::{
    bun, cargo, ccache, cp, custom, deno, dvc, git, ostree, pdm, pip, pnpm, rattler, reference, rsync, uv, yarn,
};

/// A kind of program under test, whatever its version.
#[derive(Debug)]
pub struct Kind {
    /// What stands before the `@` in its name.
    pub name: &'static str,
    /// Which command of it places the package.
    pub about: &'static str,
    /// Where it comes from.
    pub source: Source,
    /// What exdev knows of one of them.
    pub adapter: fn(&Linker) -> Box<dyn Adapter>,
}

/// Every kind but [`Family::CUSTOM`], in the order in which they are listed.
const ALL: &[&Kind] = &[
    &uv::PIP_INSTALL,
    &uv::TOOL_INSTALL,
    &uv::TOOL_INSTALL_AT_HOME,
    &pnpm::KIND,
    &bun::HOISTED,
    &bun::ISOLATED,
    &yarn::NODE_MODULES,
    &yarn::PNPM,
    &deno::KIND,
    &pdm::KIND,
    &rattler::KIND,
    &dvc::KIND,
    &pip::KIND,
    &git::KIND,
    &ostree::KIND,
    &rsync::KIND,
    &ccache::KIND,
    &cargo::KIND,
    &cp::KIND,
    &reference::KIND,
];

/// One of the kinds.
#[derive(Clone, Copy)]
pub struct Family(&'static Kind);

impl Family {
    /// `uv pip install`.
    pub const UV: Self = Self(&uv::PIP_INSTALL);
    /// `uv tool install`, with `UV_TOOL_DIR` in the target.
    pub const UV_TOOL: Self = Self(&uv::TOOL_INSTALL);
    /// `uv tool install`, with HOME for the target and without `UV_TOOL_DIR`.
    pub const UV_TOOL_HOME: Self = Self(&uv::TOOL_INSTALL_AT_HOME);
    /// What a person describes.
    pub const CUSTOM: Self = Self(&custom::KIND);
    /// The reference linker.
    pub const REFERENCE: Self = Self(&reference::KIND);

    /// Every family that has a name of its own.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied().map(Self)
    }

    /// The family of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().chain([Self::CUSTOM]).find(|family| family.name() == name)
    }

    /// What is known of it.
    #[must_use]
    pub const fn kind(self) -> &'static Kind {
        self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Family {}

impl Hash for Family {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl Serialize for Family {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Family {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| serde::de::Error::custom(format!("there is no linker `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Family;

    #[test]
    fn each_family_has_a_name_of_its_own_and_is_found_by_it() {
        let names: HashSet<_> = Family::all().map(Family::name).collect();
        assert_eq!(names.len(), Family::all().count());
        for family in Family::all() {
            assert_eq!(Family::named(family.name()), Some(family));
            assert_eq!(serde_json::from_value::<Family>(serde_json::to_value(family).unwrap()).unwrap(), family);
        }
        assert_eq!(Family::named("npm"), None);
        let error = serde_json::from_str::<Family>("\"npm\"").unwrap_err().to_string();
        assert!(error.starts_with("there is no linker `npm`"), "{error}");
    }
}
