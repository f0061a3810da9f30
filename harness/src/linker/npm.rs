//! What the linkers of npm packages share: the manifest of a target, and how node runs a program and words an error.

use super::adapter::Refusal;
use super::place::{Invocation, Place, Program};
use crate::errno::Errno;
use crate::outcome::Strategy;

/// What runs those that are JavaScript.
pub(super) const NODE: &str = "node";

/// Whoever writes it, it is laid out so; yarn rewrites one that is laid out otherwise.
const MANIFEST: &str = r#"{
  "name": "target",
  "version": "1.0.0",
  "private": true,
  "dependencies": {
    "exdev-pkg": "1.0.0"
  }
}
"#;

/// The manifest of a target that wants the package.
pub(super) fn manifest() -> (String, String) {
    ("package.json".to_owned(), MANIFEST.to_owned())
}

/// A command of a program that node runs: `file` is its path in the directory that the linker is in.
pub(super) fn by_node(place: &Place, file: &str, arguments: Vec<String>) -> Invocation {
    let file = place.linker().join(file).display().to_string();
    let arguments = [file].into_iter().chain(arguments).collect();
    Invocation { program: Program::Needed(NODE.to_owned()), arguments, environment: Vec::new() }
}

/// The errno that an error of node states: `EXDEV: cross-device link not permitted, link 'A' -> 'B'`.
pub(super) fn errno(message: &str) -> Option<Errno> {
    let mut words = message.split(' ').filter_map(|word| word.strip_suffix(':'));
    words.find_map(Errno::named)
}

/// The link that an error of node says was refused. It does not say whether `copyfile` was to reflink or to copy.
pub(super) fn refusal(message: &str) -> Option<Refusal> {
    let (strategy, paths) = [(", link '", Strategy::HardLink), (", symlink '", Strategy::Symlink)]
        .into_iter()
        .find_map(|(call, strategy)| Some((strategy, message.split_once(call)?.1)))?;
    let (cache, rest) = paths.split_once("' -> '")?;
    let (target, _) = rest.split_once('\'')?;
    Some(Refusal { strategy, errno: errno(message), cache: Some(cache.to_owned()), target: Some(target.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Size;
    use crate::pairing::Names;

    const LINK: &str = "Error: EXDEV: cross-device link not permitted, link '/c/index/48/4859.dat' -> '/t/a'";

    #[test]
    fn node_runs_a_file_of_the_linker() {
        let invocation = by_node(&Place::new(Size::Small, Names::POSIX), "bin/a.cjs", vec!["install".to_owned()]);
        assert_eq!(invocation.program, Program::Needed("node".to_owned()));
        assert_eq!(invocation.arguments, ["/exdev/bin/exdev/bin/a.cjs", "install"]);
    }

    #[test]
    fn an_error_of_node_states_errno_call_and_paths() {
        let paths = [Some("/c/index/48/4859.dat".to_owned()), Some("/t/a".to_owned())];
        let [cache, target] = paths;
        let expected = Refusal { strategy: Strategy::HardLink, errno: Some(Errno::EXDEV), cache, target };
        assert_eq!(refusal(LINK), Some(expected));
        assert_eq!(
            refusal("[Error: EPERM: operation not permitted, link '/c/a' -> '/t/a'] {").unwrap().errno,
            Some(Errno::EPERM)
        );
        let copy = "[importPackage /t/p] ENOTSUP: operation not supported on socket, copyfile '/c/a' -> '/t/a'";
        assert_eq!((refusal(copy), errno(copy)), (None, Some(Errno::EOPNOTSUPP)));
        for text in ["nothing: of the kind", "EXDEV", ", link '", ", link 'a' -> 'b"] {
            assert_eq!((refusal(text), errno(text)), (None, None), "{text}");
        }
    }
}
