//! What exdev must know of its own reference linker.

use std::collections::BTreeMap;
use std::path::Path;

use crate::errno::Errno;
use crate::linker::{
    Adapter, Announces, Copies, Habits, Heard, Invocation, Kind, Need, OnRefusal, Order, Place, Program, Source,
};
use crate::outcome::Strategy;
use crate::package::Form;
use crate::probe::Shelf;

use super::mode::Mode;
use super::policy::Policy;
use super::said;

/// `exdev link`, with a policy for its version.
pub const KIND: Kind = Kind {
    name: "reference",
    about: "exdev link",
    source: Source::BuiltIn { what: "policy", labels: &Policy::NAMES },
    adapter: |linker| Box::new(Reference::new(linker.label.parse().unwrap_or(Policy::PerFile))),
};

/// The reference linker with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    policy: Policy,
}

impl Reference {
    /// The reference linker with this policy.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl Adapter for Reference {
    fn modes(&self) -> Vec<&str> {
        Mode::NAMES.to_vec()
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        let Ok(mode) = mode.parse::<Mode>() else { return Vec::new() };
        let fallbacks = match self.policy {
            Policy::Strict => &[],
            Policy::PerFile | Policy::FirstFile | Policy::Restart | Policy::Staged => mode.fallbacks(),
        };
        [&[mode.first()], fallbacks].concat()
    }

    fn habits(&self, _mode: &str) -> Option<Habits> {
        let on_refusal = match self.policy {
            Policy::PerFile => OnRefusal::EachFile,
            Policy::FirstFile => OnRefusal::FirstDecides,
            Policy::Restart | Policy::Staged => OnRefusal::StartOver,
            Policy::Strict => OnRefusal::Fails,
        };
        // Staged refreshes the cached file; whether it may, no probe has told.
        let overcomes: &[Errno] = if self.policy == Policy::Staged { &[Errno::EMLINK] } else { &[] };
        Some(Habits {
            on_refusal,
            overcomes,
            announces: Announces::Everything,
            order: Order::Paths,
            copies: Copies::Bytes,
            needs: if self.policy == Policy::Staged { &[Need::Renames] } else { &[] },
        })
    }

    fn package_of<'a>(&self, _cached: &'a str) -> Option<&'a str> {
        Some("")
    }

    fn packages(&self, shelves: &BTreeMap<String, Shelf>) -> Shelf {
        Shelf { directories: 1, bytes: shelves.values().fold(0, |all, shelf| shelf.bytes.saturating_add(all)) }
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Tree]
    }

    fn prime(&self, place: &Place) -> Invocation {
        command(Policy::PerFile, Mode::Copy.name(), &place.form(Form::Tree), place.cache())
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        command(self.policy, mode, place.cache(), place.target())
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        said::hear(stdout, stderr)
    }
}

fn command(policy: Policy, mode: &str, from: &Path, to: &Path) -> Invocation {
    let (from, to) = (from.display().to_string(), to.display().to_string());
    let arguments = ["link", "--policy", policy.name(), "--mode", mode, &from, &to];
    Invocation { program: Program::Exdev, arguments: arguments.map(str::to_owned).to_vec(), environment: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn the_commands_are_its_own() {
        let (reference, place) = (Reference::new(Policy::Strict), Place::new(Size::Small, Names::POSIX));
        assert_eq!(
            reference.prime(&place).arguments.join(" "),
            "link --policy per-file --mode copy /exdev/package/small/tree /exdev/cell/cache"
        );
        assert_eq!(
            reference.link(&place, "clone").arguments.join(" "),
            "link --policy strict --mode clone /exdev/cell/cache /exdev/cell/target"
        );
    }

    #[test]
    fn strict_tries_the_first_strategy_alone() {
        let chain = |policy, mode| Reference::new(policy).chain(mode);
        assert_eq!(chain(Policy::Strict, "clone"), [Strategy::Reflink]);
        assert_eq!(chain(Policy::Restart, "clone"), [Strategy::Reflink, Strategy::HardLink, Strategy::Copy]);
        assert_eq!(chain(Policy::PerFile, "symlink"), [Strategy::Symlink, Strategy::Copy]);
    }
}
