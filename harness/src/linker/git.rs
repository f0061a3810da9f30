//! git (<https://git-scm.com>), cloning a repository of the same machine.

use super::{Adapter, Heard, Invocation, Kind, Place, Source, hear, says};
use crate::observe::Tree;
use crate::outcome::Strategy::{self, Copy, HardLink};
use crate::package::{Expected, Form};

/// `git clone`.
pub const KIND: Kind = Kind {
    name: "git",
    about: "git clone --bare, of a path",
    source: Source::System { program: "git" },
    adapter: |_| Box::new(Git),
};

/// Makes `$1` a repository of what is in `$2`. Neither time, user nor zlib has a say in its objects, and none is packed.
const PRIME: &str = r#"export GIT_DIR="$1" GIT_INDEX_FILE="$TMPDIR/index" EMAIL=exdev
export GIT_AUTHOR_DATE="@0 +0000" GIT_COMMITTER_DATE="@0 +0000"
set -- -c core.looseCompression=0 -c gc.auto=0 -c user.name=exdev --work-tree="$2"
"$0" init -q --bare --template= && "$0" "$@" add -A && "$0" "$@" commit -q -m exdev && rm "$GIT_INDEX_FILE""#;

struct Git;

impl Adapter for Git {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "local", "no-hardlinks"]
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        let but_in = [(HardLink, "no-hardlinks"), (Copy, "local")];
        but_in.into_iter().filter(|(_, but)| *but != mode).map(|(strategy, _)| strategy).collect()
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Tree]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Invocation::script(PRIME, [&place.linker(), place.cache(), &place.form(Form::Tree)])
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        Invocation::linker("clone --bare --template=").mode(mode).word(place.cache()).word(place.target())
    }

    fn expects(&self, _place: &Place, cache: &Tree) -> Vec<Expected> {
        Expected::all(cache).filter(|file| file.path.starts_with("objects/")).collect()
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        matches!(path, "HEAD" | "config" | "packed-refs" | "refs" | "refs/heads" | "refs/tags")
            || matches!(path, "objects/info" | "objects/pack")
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        let refused = says("^fatal: failed to create link '(?<target>.*)': (?<errno>.*)$").refused(HardLink);
        hear(&[refused, says("^fatal: ").error()], stdout, stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use crate::package::Size;
    use crate::pairing::Names;

    #[test]
    fn it_clones_a_path_in_three_ways() {
        let link = |mode| Git.link(&Place::new(Size::Small, Names::POSIX), mode).arguments.join(" ");
        assert_eq!(link("default"), "clone --bare --template= /exdev/cell/cache /exdev/cell/target");
        assert_eq!(link("local"), "clone --bare --template= --local /exdev/cell/cache /exdev/cell/target");
        assert_eq!(["local", "no-hardlinks"].map(|mode| Git.chain(mode)), [[HardLink], [Copy]]);
    }

    #[test]
    fn a_link_that_is_refused_is_fatal_or_not_spoken_of() {
        let said = "Cloning into bare repository '/t'...\n\
            fatal: failed to create link '/t/objects/fb/f2': Invalid cross-device link\n";
        let heard = Git.hear("", said);
        assert_eq!((heard.errors.len(), heard.errno), (1, Some(Errno::EXDEV)));
        assert_eq!(heard.refusals[0].target.as_deref(), Some("/t/objects/fb/f2"));
        assert_eq!(Git.hear("", "Cloning into bare repository '/t'...\ndone.\n"), Heard::default());
    }
}
