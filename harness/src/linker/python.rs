//! What is common to programs that are written in Python: how they are run, and how they fail.

use super::adapter::Refusal;
use super::place::{Invocation, Place, Program};
use crate::errno::Errno;
use crate::outcome::Strategy;

/// The interpreter, which is the host's.
pub(super) const PYTHON: &str = "python3";

/// The files of its own that an installer of wheels adds to a package's metadata.
const METADATA: [&str; 3] = ["INSTALLER", "RECORD", "REQUESTED"];

/// The interpreter, which finds the program under test and all that it imports.
pub(super) fn python(place: &Place) -> Invocation {
    let python = Invocation::of(Program::Needed(PYTHON.to_owned()));
    python.set("PYTHONPATH", place.linker().join("lib")).set("PYTHONDONTWRITEBYTECODE", "1")
}

/// Whether an installer of wheels makes this path itself; it is relative to where the package's files are.
pub(super) fn makes_metadata(path: &str) -> bool {
    path.split_once(".dist-info/").is_some_and(|(_, name)| METADATA.contains(&name))
}

/// The last lines of the tracebacks in a text, each once: an exception with its message.
pub(super) fn exceptions(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| is_exception(line)) {
        if !found.iter().any(|known| known == line) {
            found.push(line.to_owned());
        }
    }
    found
}

/// The refusals that tracebacks in a text tell of: an exception with an errno, behind the line of source that raised it.
pub(super) fn refusals(text: &str) -> Vec<Refusal> {
    let (mut refusals, mut source) = (Vec::new(), "");
    for line in text.lines() {
        if is_exception(line) {
            let refused = placing(source).zip(errno(line));
            refusals.extend(refused.map(|(strategy, errno)| {
                let (cache, target) = paths(line).unzip();
                Refusal { strategy, errno: Some(errno), cache, target }
            }));
        } else if line.starts_with(' ') && !line.trim_start().starts_with(['^', '~']) {
            source = line;
        }
    }
    refusals
}

/// The strategy whose call a line of source is.
fn placing(source: &str) -> Option<Strategy> {
    let calls = [("FICLONE", Strategy::Reflink), ("os.symlink(", Strategy::Symlink), ("os.link(", Strategy::HardLink)];
    calls.into_iter().find(|(call, _)| source.contains(call)).map(|(_, strategy)| strategy)
}

/// Whether a line says an exception's name and message.
fn is_exception(line: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._".contains(&byte);
    line.split_once(": ").is_some_and(|(name, _)| name.ends_with("Error") && name.bytes().all(of_name))
}

/// The errno that a message states: `[Errno 18] Invalid cross-device link`.
pub(super) fn errno(message: &str) -> Option<Errno> {
    let (_, rest) = message.split_once("[Errno ")?;
    rest.split_once(']')?.0.parse().ok().map(Errno)
}

/// The two paths that a message ends with: `'FROM' -> 'TO'`.
fn paths(message: &str) -> Option<(String, String)> {
    let (before, to) = message.split_once("' -> '")?;
    let (_, from) = before.split_once(": '")?;
    Some((from.to_owned(), to.strip_suffix('\'')?.to_owned()))
}

/// The lines that begin with this label, in a text of log lines.
pub(super) fn labelled(text: &str, label: &str) -> Vec<String> {
    text.lines().filter(|line| line.starts_with(label)).map(str::to_owned).collect()
}
