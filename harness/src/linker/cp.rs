//! cp of GNU coreutils (<https://www.gnu.org/software/coreutils/cp>).

use super::{Adapter, Heard, Invocation, Kind, Place, Source, hear, says};
use crate::outcome::Strategy::{self, Copy, HardLink, Reflink, Symlink};
use crate::package::Form;

/// `cp -r`, and its other ways.
pub const KIND: Kind = Kind {
    name: "cp",
    about: "cp -r, cp -al, cp -rs",
    source: Source::System { program: "cp" },
    adapter: |_| Box::new(Cp),
};

/// The modes, with the options of each and what it tries. Since 9.0 what is not said is `--reflink=auto`.
const MODES: [(&str, &str, &[Strategy]); 5] = [
    ("default", "-r", &[Reflink, Copy]),
    ("link", "-al", &[HardLink]),
    ("reflink-always", "-r --reflink=always", &[Reflink]),
    ("reflink-never", "-r --reflink=never", &[Copy]),
    ("symbolic-link", "-rs", &[Symlink]),
];

struct Cp;

impl Adapter for Cp {
    fn modes(&self) -> Vec<&str> {
        MODES.map(|(name, ..)| name).to_vec()
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        MODES.iter().filter(|(name, ..)| *name == mode).flat_map(|(.., chain)| *chain).copied().collect()
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Tree]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Invocation::linker("-rp").word(place.form(Form::Tree).join(".")).word(place.cache())
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        let options = MODES.iter().find(|(name, ..)| *name == mode).map_or("", |(_, options, _)| options);
        Invocation::linker(options).word(place.cache().join(".")).word(place.target())
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        let refused = |what: &str| says(&format!("{what} '(?<target>.*)' (to|from) '(?<cache>.*)': (?<errno>.*)"));
        let clone = refused(": failed to clone").refused(Reflink);
        let links = [("hard", HardLink), ("symbolic", Symlink)];
        let [hard, symbolic] = links.map(|(word, way)| refused(&format!("cannot create {word} link")).refused(way));
        hear(&[says("^[^ ]*cp[^ ]*: ").error(), clone, hard, symbolic], stdout, stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use crate::linker::Refusal;

    #[test]
    fn an_error_names_the_file_that_was_refused() {
        let said = "/exdev/bin/cp.0a: failed to clone '/t/./a b.py' from '/c/./a b.py': Operation not supported\n\
            /exdev/bin/cp.0a: cannot create hard link '/t/./c' to '/c/./c': Invalid cross-device link\n\
            /exdev/bin/cp.0a: cannot create regular file '/t/./d': Invalid argument\n";
        let heard = Cp.hear("", said);
        let (cache, target) = (Some("/c/./a b.py".to_owned()), Some("/t/./a b.py".to_owned()));
        let first = Refusal { strategy: Reflink, errno: Some(Errno::EOPNOTSUPP), cache, target };
        assert_eq!((heard.errors.len(), heard.refusals.len(), heard.errno), (3, 2, Some(Errno::EXDEV)));
        assert_eq!((&heard.refusals[0], heard.refusals[1].strategy), (&first, HardLink));
    }
}
