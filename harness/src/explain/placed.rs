//! From a trace to the files that are there in the end.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::outcome::Strategy;
use crate::trace::{Answer, Class, Event};

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
pub fn placed(events: &[Event]) -> BTreeMap<String, By> {
    let mut files: HashMap<String, By> = HashMap::new();
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
                // A new file that gets its name only when it is whole was made before.
                let made = event.from.as_ref().and_then(|from| files.get(from)).copied();
                files.insert(to, made.unwrap_or(By::HardLink));
            }
            Class::Rename => rename(&mut files, event.from.as_deref().unwrap_or_default(), &to),
            Class::Unlink => drop(files.remove(&to)),
            Class::Open | Class::Write | Class::Mkdir | Class::Chmod => {}
        }
    }
    // Where links are refused and files are written instead, that is how this command copies.
    let copies = files.iter().any(|(path, by)| *by == By::Write && refused.contains(path));
    let named = files.into_iter().filter(|(path, _)| !path.ends_with(" (deleted)"));
    named.map(|(path, by)| (path, if copies && by == By::Write { By::Copy(Class::Write) } else { by })).collect()
}

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

/// Files that came to be alike, with the directory that holds them all. One that says nothing (the root, or what holds `home`) is
/// split.
pub fn groups(files: &BTreeMap<String, By>, home: Option<&Path>) -> Vec<(By, PathBuf, usize)> {
    let mut by_strategy: BTreeMap<By, Vec<&Path>> = BTreeMap::new();
    for (path, by) in files {
        by_strategy.entry(*by).or_default().push(Path::new(path));
    }
    let mut groups = Vec::new();
    for (by, paths) in by_strategy {
        gather(&paths, home, &mut |directory, count| groups.push((by, directory, count)));
    }
    groups
}

fn gather(paths: &[&Path], home: Option<&Path>, found: &mut impl FnMut(PathBuf, usize)) {
    let Some(directory) = common(paths) else { return };
    let says_nothing = directory.components().count() < 3 || home.is_some_and(|home| home.starts_with(&directory));
    let mut below: BTreeMap<Option<PathBuf>, Vec<&Path>> = BTreeMap::new();
    for path in paths {
        let next = path.strip_prefix(&directory).ok().and_then(|rest| rest.components().next());
        // A file right in there belongs to the directory itself.
        let is_file = path.parent() == Some(&*directory);
        below.entry(next.filter(|_| !is_file).map(|name| directory.join(name))).or_default().push(path);
    }
    if !says_nothing || below.len() < 2 {
        found(directory, paths.len());
        return;
    }
    for (next, paths) in below {
        match next {
            None => found(directory.clone(), paths.len()),
            Some(_) => gather(&paths, home, found),
        }
    }
}

/// The deepest directory that holds all of these files.
fn common(paths: &[&Path]) -> Option<PathBuf> {
    let mut parents = paths.iter().map(|path| path.parent().unwrap_or(path));
    let mut common = parents.next()?.to_path_buf();
    for parent in parents {
        while !parent.starts_with(&common) && common.pop() {}
    }
    Some(common)
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
    }

    #[test]
    fn writing_is_copying_where_a_link_was_refused() {
        let open = || done(Class::Open, None, "/t/a");
        assert_eq!(shown(&[open()]), [("/t/a".to_owned(), By::Write)]);
        let refused = event(Class::Link, Some("/c/a"), "/t/a", Answer::Refused(Errno::EXDEV));
        assert_eq!(shown(&[refused, open()]), [("/t/a".to_owned(), By::Copy(Class::Write))]);
    }

    #[test]
    fn a_group_is_named_by_a_directory_that_says_something() {
        let files = |paths: &[&str]| paths.iter().map(|path| ((*path).to_owned(), By::Write)).collect();
        let groups = |paths| {
            let found = groups(&files(paths), Some(Path::new("/home/me")));
            found.into_iter().map(|(_, path, count)| format!("{} {count}", path.display())).collect::<Vec<_>>()
        };
        assert_eq!(groups(&["/srv/env/lib/a", "/srv/env/lib/b/c"]), ["/srv/env/lib 2"]);
        assert_eq!(
            groups(&["/home/me/.cache/uv/a", "/home/me/.cache/uv/b", "/home/me/.local/x/y", "/srv/env/z"]),
            ["/home/me/.cache/uv 2", "/home/me/.local/x 1", "/srv/env 1"]
        );
    }
}
