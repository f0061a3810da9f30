//! From a trace to the files that are there in the end.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::class::Class;
use super::event::{Answer, Event};
use crate::outcome::Strategy;

/// How a file came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum By {
    /// It was reflinked.
    Reflink,
    /// It is another name of a file that was there before.
    HardLink,
    /// It is a symlink.
    Symlink,
    /// It was copied by calls of this class.
    Copy(Class),
    /// It was written; from what, nobody can tell.
    Write,
}

impl By {
    /// The strategy, if it is one.
    #[must_use]
    pub const fn strategy(self) -> Option<Strategy> {
        match self {
            Self::Reflink => Some(Strategy::Reflink),
            Self::HardLink => Some(Strategy::HardLink),
            Self::Symlink => Some(Strategy::Symlink),
            Self::Copy(_) => Some(Strategy::Copy),
            Self::Write => None,
        }
    }
}

/// Every file that was placed and is there in the end, by its path.
#[must_use]
pub fn placed(events: &[Event]) -> BTreeMap<String, By> {
    let mut files: HashMap<String, By> = HashMap::new();
    let mut links: HashMap<String, Vec<String>> = HashMap::new();
    let mut refused = HashSet::new();
    for event in events {
        let to = event.to.clone();
        if event.answer != Answer::Done {
            if matches!(event.class, Class::Link | Class::Reflink) {
                refused.insert(to);
            }
            continue;
        }
        match event.class {
            Class::Open if event.inode.is_some() => drop(files.insert(to, By::Write)),
            Class::Reflink => drop(files.insert(to, By::Reflink)),
            Class::CopyFileRange | Class::Sendfile => drop(files.insert(to, By::Copy(event.class))),
            Class::Symlink => drop(files.insert(to, By::Symlink)),
            Class::Link => {
                let from = event.from.clone().unwrap_or_default();
                match files.get(&from) {
                    // A new file that gets its first name.
                    Some(made) if from.ends_with(NAMELESS) => drop(files.insert(to, *made)),
                    _ => {
                        files.insert(to.clone(), By::HardLink);
                        links.entry(from).or_default().push(to);
                    }
                }
            }
            Class::Rename => rename(&mut files, event.from.as_deref().unwrap_or_default(), &to),
            Class::Unlink => {
                // A new file that has lost its temporary name has only been renamed.
                if let Some(made) = files.remove(&to) {
                    let others = links.remove(&to).unwrap_or_default();
                    files.extend(others.into_iter().map(|other| (other, made)));
                }
            }
            Class::Open | Class::Write | Class::Mkdir | Class::Chmod => {}
        }
    }
    // Where links are refused and files are written instead, that is how this command copies.
    let copies = files.iter().any(|(path, by)| *by == By::Write && refused.contains(path));
    let named = files.into_iter().filter(|(path, _)| !path.ends_with(NAMELESS));
    named.map(|(path, by)| (path, if copies && by == By::Write { By::Copy(Class::Write) } else { by })).collect()
}

/// What stands behind the path of a file that has no name, see `proc_pid_fd(5)`.
const NAMELESS: &str = " (deleted)";

/// Moves a file, or all that is below a directory.
fn rename(files: &mut HashMap<String, By>, from: &str, to: &str) {
    if let Some(by) = files.remove(from) {
        files.insert(to.to_owned(), by);
        return;
    }
    let inside = |path: &str| path.strip_prefix(from).is_some_and(|rest| rest.starts_with('/'));
    let moved: Vec<_> = files.keys().filter(|path| inside(path)).cloned().collect();
    for path in moved {
        if let Some(by) = files.remove(&path) {
            files.insert(format!("{to}{}", &path[from.len()..]), by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;

    fn event(class: Class, from: Option<&str>, to: &str, answer: Answer) -> Event {
        let inode = (class == Class::Open).then_some((1, 2));
        Event { class, ordinal: 1, from: from.map(str::to_owned), to: to.to_owned(), answer, inode, confined: false }
    }

    fn done(class: Class, from: Option<&str>, to: &str) -> Event {
        event(class, from, to, Answer::Done)
    }

    fn shown(events: &[Event]) -> Vec<(String, By)> {
        placed(events).into_iter().collect()
    }

    #[test]
    fn a_file_is_what_filled_it_last_at_its_last_name() {
        let events = [
            done(Class::Link, Some("/c/a"), "/t/a"),
            done(Class::Open, None, "/t/.tmp/b"),
            done(Class::Reflink, Some("/c/b"), "/t/.tmp/b"),
            done(Class::Open, None, "/t/.tmp/x"),
            done(Class::CopyFileRange, Some("/c/x"), "/t/.tmp/x"),
            done(Class::Rename, Some("/t/.tmp"), "/t/pkg"),
            done(Class::Symlink, Some("/c/s"), "/t/s"),
            done(Class::Open, None, "/t/lock"),
            done(Class::Unlink, None, "/t/lock"),
        ];
        let expected = [
            ("/t/a", By::HardLink),
            ("/t/pkg/b", By::Reflink),
            ("/t/pkg/x", By::Copy(Class::CopyFileRange)),
            ("/t/s", By::Symlink),
        ];
        assert_eq!(shown(&events), expected.map(|(path, by)| (path.to_owned(), by)));
    }

    #[test]
    fn a_file_without_a_name_gets_one_by_a_link() {
        let events = [
            done(Class::Open, None, "/t/#12 (deleted)"),
            done(Class::Sendfile, Some("/c/a"), "/t/#12 (deleted)"),
            done(Class::Link, Some("/t/#12 (deleted)"), "/t/a"),
        ];
        assert_eq!(shown(&events), [("/t/a".to_owned(), By::Copy(Class::Sendfile))]);
        let temporary = [
            done(Class::Open, None, "/t/.tmp"),
            done(Class::Link, Some("/t/.tmp"), "/t/a"),
            done(Class::Unlink, None, "/t/.tmp"),
        ];
        assert_eq!(shown(&temporary), [("/t/a".to_owned(), By::Write)]);
    }

    #[test]
    fn a_link_to_a_file_that_was_made_and_stays_is_a_hard_link() {
        let events = [done(Class::Open, None, "/c/fresh"), done(Class::Link, Some("/c/fresh"), "/t/a")];
        let expected = [("/c/fresh".to_owned(), By::Write), ("/t/a".to_owned(), By::HardLink)];
        assert_eq!(shown(&events), expected);
    }

    #[test]
    fn writing_is_copying_where_a_link_was_refused() {
        let open = || done(Class::Open, None, "/t/a");
        assert_eq!(shown(&[open()]), [("/t/a".to_owned(), By::Write)]);
        let refused = event(Class::Link, Some("/c/a"), "/t/a", Answer::Refused(Errno::EXDEV));
        assert_eq!(shown(&[refused, open()]), [("/t/a".to_owned(), By::Copy(Class::Write))]);
    }
}
