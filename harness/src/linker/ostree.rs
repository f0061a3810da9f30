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
