//! rsync (<https://rsync.samba.org>), which links what is the same in another directory: the cache.

use super::{Adapter, Heard, Invocation, Kind, Place, Source, hear, says};
use crate::outcome::Strategy;
use crate::package::Form;

/// `rsync -a --link-dest`.
pub const KIND: Kind = Kind {
    name: "rsync",
    about: "rsync -a --link-dest",
    source: Source::System { program: "rsync" },
    adapter: |_| Box::new(Rsync),
};

struct Rsync;

impl Adapter for Rsync {
    fn modes(&self) -> Vec<&str> {
        vec!["default", "verbose"]
    }

    fn chain(&self, _mode: &str) -> Vec<Strategy> {
        vec![Strategy::HardLink, Strategy::Copy]
    }

    fn forms(&self) -> Vec<Form> {
        vec![Form::Tree]
    }

    fn prime(&self, place: &Place) -> Invocation {
        Invocation::linker("-a").word(place.form(Form::Tree).join("")).word(place.cache())
    }

    fn link(&self, place: &Place, mode: &str) -> Invocation {
        let options = if mode == "verbose" { "-aiiv --link-dest" } else { "-a --link-dest" };
        let linked = Invocation::linker(options).word(place.cache());
        linked.word(place.form(Form::Tree).join("")).word(place.target())
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        let refused = says(r#"^rsync: .*link "(?<target>.*)" => (?<cache>.*) failed: .* \((?<errno>\d+)\)$"#);
        let linked = says("^hf ").names(Strategy::HardLink);
        let heard = hear(&[refused.refused(Strategy::HardLink).falls_back_to(Strategy::Copy), linked], stdout, "");
        let strategy = heard.fallback.or(heard.strategy);
        Heard { strategy, errors: stderr.lines().map(str::to_owned).collect(), ..heard }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use crate::linker::Refusal;

    const SAID: &str = "sending incremental file list\n\
        rsync: [generator] link \"/t/a.py\" => /c/a.py failed: Invalid cross-device link (18)\n\
        cf          a.py\n\
        hf          b.py\n\n\
        sent 132 bytes  received 55 bytes  374.00 bytes/sec\ntotal size is 4  speedup is 0.02\n";

    #[test]
    fn each_link_that_was_refused_is_a_warning() {
        let heard = Rsync.hear(SAID, "");
        let (cache, target) = (Some("/c/a.py".to_owned()), Some("/t/a.py".to_owned()));
        let refusal = Refusal { strategy: Strategy::HardLink, errno: Some(Errno::EXDEV), cache, target };
        assert_eq!((heard.warnings.len(), heard.refusals), (1, vec![refusal]));
        assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
        let linked = Rsync.hear("cd          ./\nhf          b.py\n", "");
        assert_eq!((linked.strategy, linked.fallback), (Some(Strategy::HardLink), None));
        assert_eq!(Rsync.hear("", ""), Heard::default());
    }
}
