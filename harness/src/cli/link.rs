//! `exdev link`: the reference linker.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::exit::{Exit, Failure, OrExit, written};
use crate::linker::reference::{Job, Line, Mode, Policy, link};

/// Places every file of a cache into a target, by a stated policy.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// What to do when a strategy is refused.
    #[arg(long, default_value_t = Policy::PerFile, value_parser = policies())]
    policy: Policy,
    /// Which strategies to try.
    #[arg(long, default_value_t = Mode::Default, value_parser = modes())]
    mode: Mode,
    /// The directory whose files are placed.
    cache: PathBuf,
    /// The directory that they are placed into; it is made if need be.
    target: PathBuf,
}

fn policies() -> impl TypedValueParser<Value = Policy> {
    PossibleValuesParser::new(Policy::ALL.map(Policy::name)).try_map(|word| word.parse())
}

fn modes() -> impl TypedValueParser<Value = Mode> {
    PossibleValuesParser::new(Mode::NAMES).try_map(|word| word.parse())
}

/// Runs the reference linker; a file that could not be placed is exit code 1.
pub fn run(args: &Arguments) -> Result<Exit, Failure> {
    let Arguments { policy, mode, cache, target } = args.clone();
    let mut unheard = Ok(());
    let placed = link(&Job { policy, mode, cache, target }, &mut |fallback| {
        if unheard.is_ok() {
            unheard = writeln!(io::stderr(), "{}", Line::Warning(fallback));
        }
    });
    unheard.or_unavailable()?;
    match placed {
        Ok(summary) => {
            written(writeln!(io::stdout(), "{}", Line::Placed(&summary)))?;
            Ok(Exit::Kept)
        }
        Err(error) => {
            writeln!(io::stderr(), "{}", Line::Error(&error)).or_unavailable()?;
            Ok(Exit::Broken)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        let matches = Arguments::augment_args(Command::new("link")).try_get_matches_from(arguments)?;
        Arguments::from_arg_matches(&matches)
    }

    #[test]
    fn per_file_and_default_are_the_defaults() {
        let args = parse(&["link", "cache", "target"]).unwrap();
        assert_eq!((args.policy, args.mode), (Policy::PerFile, Mode::Default));
        let args = parse(&["link", "--policy", "strict", "--mode", "clone", "cache", "target"]).unwrap();
        assert_eq!((args.policy, args.mode), (Policy::Strict, Mode::Clone));
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let refused = |option, word| parse(&["link", option, word, "cache", "target"]).unwrap_err().to_string();
        let known = "possible values: per-file, first-file, restart, strict, staged";
        assert!(refused("--policy", "sloppy").contains(known), "{}", refused("--policy", "sloppy"));
        let known = "possible values: default, hardlink, clone, symlink, copy";
        assert!(refused("--mode", "soft").contains(known), "{}", refused("--mode", "soft"));
    }
}
