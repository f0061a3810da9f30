//! ostree (<https://ostreedev.github.io/ostree>), which checks trees out of a repository.

use super::{Adapter, Heard, Invocation, Kind, Place, Source, hear, says};
use crate::outcome::Strategy::{self, Copy, HardLink};
use crate::package::Form;

/// `ostree checkout`.
pub const KIND: Kind = Kind {
    name: "ostree",
    about: "ostree checkout -U, of a repository bare-user-only",
    source: Source::System { program: "ostree" },
    adapter: |_| Box::new(Ostree),
};

/// Makes `$1` a repository of what is in `$2`, however little room there is. Who looks at it later may be nobody to its server.
const PRIME: &str = r#"set -e
"$0" init --repo="$1" --mode=bare-user-only
"$0" config --repo="$1" set core.min-free-space-percent 0
"$0" config --repo="$1" set core.fsync false
"$0" commit --repo="$1" --branch=exdev --timestamp=1970-01-01T00:00:00Z --canonical-permissions --no-xattrs "$2"
chmod a+r "$1/.lock""#;

struct Ostree;

impl Adapter for Ostree {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "require-hardlinks", "force-copy"]
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        let but_in = [(HardLink, "force-copy"), (Copy, "require-hardlinks")];
        but_in.into_iter().filter(|(_, but)| *but != mode).map(|(strategy, _)| strategy).collect()
    }

    fn makes_empty_files(&self) -> bool {
        true
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Tree]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Invocation::script(PRIME, [&place.linker(), place.cache(), &place.form(Form::Tree)])
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        let checkout = Invocation::linker("checkout -U --union").mode(mode);
        checkout.word("--repo").word(place.cache()).word("exdev").word(place.target())
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        let refused = says("^error: Hardlinking (?<cache>.*) to (?<target>.*): (?<errno>.*)$").refused(HardLink);
        let other = says("^error: (.*: (?<errno>.*))?").error();
        hear(&[refused, other], stdout, stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn it_checks_out_in_three_ways() {
        let link = |mode| Ostree.link(&Place::new(Size::Small, Names::POSIX), mode).arguments.join(" ");
        let ends = "--repo /exdev/cell/cache exdev /exdev/cell/target";
        assert_eq!(link("default"), format!("checkout -U --union {ends}"));
        assert_eq!(link("force-copy"), format!("checkout -U --union --force-copy {ends}"));
        assert_eq!(["require-hardlinks", "force-copy"].map(|mode| Ostree.chain(mode)), [[HardLink], [Copy]]);
    }

    #[test]
    fn an_error_states_an_errno_where_a_call_was_made() {
        let heard = Ostree.hear("", "error: Hardlinking ed/a5.file to module_01.py: Operation not supported\n");
        assert_eq!((heard.errors.len(), heard.errno), (1, Some(Errno::EOPNOTSUPP)));
        assert_eq!(heard.refusals[0].cache.as_deref(), Some("ed/a5.file"));
        let copy = Ostree.hear("", "error: Copy checkout of cc70 to a.py: linkat: Invalid cross-device link\n");
        assert_eq!((copy.errno, copy.refusals.len()), (Some(Errno::EXDEV), 0));
        let devices = "error: Unable to do hardlink checkout across devices (src=65024 destination=27)\n";
        let none = Ostree.hear("", devices);
        assert_eq!((none.errors.len(), none.errno), (1, None));
    }
}
