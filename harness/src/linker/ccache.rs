//! ccache (<https://ccache.dev>): a hit places an object file.

use super::{Adapter, Heard, Invocation, Kind, Place, Source, hear, says};
use crate::observe::Tree;
use crate::outcome::Step;
use crate::outcome::Strategy::{self, Copy, HardLink, Reflink};
use crate::package::Expected;

/// `ccache cc`.
pub const KIND: Kind = Kind {
    name: "ccache",
    about: "ccache cc -c, of units that are cached",
    source: Source::System { program: "ccache" },
    adapter: |_| Box::new(Ccache),
};

/// Has `$0` compile by `$2` what is in `$1`, beside its cache, where it can link what it keeps.
const PRIME: &str = r#"cp -r "$1" "$CCACHE_DIR/units" && cd "$CCACHE_DIR/units" || exit
for unit in *.c; do "$0" "$2" -c "$unit" || exit; done
rm -r "$CCACHE_DIR/units""#;

/// Has `$0` compile by `$2` what is in `$1`. It can log to a file alone: standard error may have been opened by another user.
const LINK: &str = r#"export CCACHE_LOGFILE="$TMPDIR/log"
trap 'cat "$CCACHE_LOGFILE" >&2; rm "$CCACHE_LOGFILE"' EXIT
cd "$1" || exit
for unit in *.c; do "$0" "$2" -c "$unit" || exit; done"#;

/// What it is told beside where its cache is: to keep files as they are and apart, so that they can be linked, and no books of them.
const SETTINGS: [(&str, &str); 7] = [
    ("CCACHE_CONFIGPATH", "/dev/null"),
    ("CCACHE_COMPILERCHECK", "none"),
    ("CCACHE_COMPILERTYPE", "gcc"),
    ("CCACHE_MAXSIZE", "0"),
    ("CCACHE_NOCOMPRESS", "true"),
    ("CCACHE_NOHASHDIR", "true"),
    ("CCACHE_NOSTATS", "true"),
];

const CC: &str = "cc";

/// How many units there are.
const UNITS: usize = 6;

struct Ccache;

impl Ccache {
    fn compile(script: &str, place: &Place, units: &std::path::Path, mode: &str) -> Invocation {
        let compile = Invocation::script(script, [&place.linker(), units, &place.program(CC)]);
        let compile = SETTINGS.iter().fold(compile, |compile, (name, value)| compile.set(name, value));
        let compile = compile.set("CCACHE_DIR", place.cache());
        match mode {
            "hard_link" => compile.set("CCACHE_HARDLINK", "true"),
            "file_clone" => compile.set("CCACHE_FILECLONE", "true"),
            _ => compile,
        }
    }
}

impl Adapter for Ccache {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "hard_link", "file_clone"]
    }

    fn chain(&self, mode: &str) -> Vec<Strategy> {
        match mode {
            "hard_link" => vec![HardLink, Copy],
            "file_clone" => vec![Reflink, Copy],
            _ => vec![Copy],
        }
    }

    fn needs(&self) -> Vec<&str> {
        vec![CC]
    }

    fn begins_with(&self, _place: &Place, _step: Step, _mode: &str) -> Vec<(String, String)> {
        let unit = |n| (format!("unit_{n}.c"), format!("char unit_{n}[{}] = {{{n}}};\n", n * 5000));
        (1..=UNITS).map(unit).collect()
    }

    fn prime(&self, place: &Place) -> Invocation {
        Self::compile(PRIME, place, &place.throwaway(), "hard_link")
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        Self::compile(LINK, place, place.target(), mode)
    }

    fn expects(&self, _place: &Place, cache: &Tree) -> Vec<Expected> {
        // A cached file has no name but a hash. Each unit is larger than the one before.
        let mut objects: Vec<_> = Expected::all(cache).filter(|file| file.path.ends_with('W')).collect();
        objects.sort_by_key(|object| object.size);
        // Its owner could write to one that is compiled anew, and cannot to one that is linked.
        let named = |(n, object)| Expected { path: format!("unit_{}.o", n + 1), mode: None, ..object };
        objects.into_iter().enumerate().map(named).collect()
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        let says = [
            says("^ccache: error: ").error(),
            says(r"\] Cloning .* to (?<target>.*)$").names(Reflink),
            says(r"\] Hard linking .* to (?<target>.*)$").names(HardLink),
            says(r"\] Copying .* to (?<target>.*)$").names(Copy),
            says(r"\] Failed to hard link (?<cache>.*) to (?<target>.*): (?<errno>.*)$").refused(HardLink),
            says(r"\] Failed to clone: (?<errno>.*)$").refused(Reflink),
        ];
        hear(&says, stdout, stderr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;

    fn heard(lines: &str) -> Heard {
        let log: Vec<_> = lines.lines().map(|line| format!("[2026-11-24T18:42:05.624787 7295 ] {line}\n")).collect();
        Ccache.hear("", &log.concat())
    }

    #[test]
    fn the_log_tells_of_each_object() {
        assert_eq!(heard("Hard linking /c/f/d/e0W to unit_1.o").strategy, Some(HardLink));
        assert_eq!(heard("Cloning /c/f/d/e0W to unit_1.o").strategy, Some(Reflink));
        let refused = "Failed to hard link /c/f/d/e0W to unit_1.o: Invalid cross-device link\n\
            Copying /c/f/d/e0W to unit_1.o";
        let copied = heard(refused);
        assert_eq!((copied.strategy, copied.refusals[0].errno), (Some(Copy), Some(Errno::EXDEV)));
        assert_eq!(copied.refusals[0].cache.as_deref(), Some("/c/f/d/e0W"));
        assert_eq!(heard(&format!("{refused}\nHard linking /c/a/b/c0W to unit_2.o")).strategy, None);
        let cloned =
            heard("Cloning /c/f/d/e0W to unit_1.o\nFailed to clone: Operation not supported\nCopying /c/e to unit_1.o");
        assert_eq!((cloned.strategy, cloned.refusals[0].strategy), (Some(Copy), Reflink));
    }

    #[test]
    fn it_hard_links_only_where_it_is_told_to() {
        use crate::package::Size;
        use crate::pairing::Names;
        let place = Place::new(Size::Small, Names::POSIX);
        let told = |mode| Ccache.link(&place, mode).environment.pop().unwrap();
        assert_eq!(told("hard_link"), ("CCACHE_HARDLINK".to_owned(), "true".to_owned()));
        assert_eq!(told("file_clone"), ("CCACHE_FILECLONE".to_owned(), "true".to_owned()));
        assert_eq!(told("default"), ("CCACHE_DIR".to_owned(), "/exdev/cell/cache".to_owned()));
    }
}
