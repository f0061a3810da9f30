//! Files that were placed alike, by directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::trace::By;

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
