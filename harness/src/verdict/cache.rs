//! C6 cache-safe and C7 isolated: what linking, and then writing into the target, does to the cache.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Placed, broken_by, not_judged};
use super::ties;
use crate::observe::{Kind, Node, Tree};
use crate::outcome::{Judgement, Placement, Verdict};

/// C6: the cache holds the same names, bytes and modes as before.
pub fn safe(case: &Case<'_>) -> Judgement {
    let (before, after) = (&case.record.cache_before, &case.record.cache_after);
    let new = after.keys().filter(|path| !before.contains_key(*path)).map(|path| (path.as_str(), "new".to_owned()));
    let ours = changes(before, after).chain(new).filter(|(path, _)| !case.adapter.keeps_books(path));
    broken_by(ours.map(|(path, what)| format!("{path}: {what}")).collect())
}

/// The paths of a tree that are gone or different now, each with what became of it.
pub fn changes<'a>(before: &'a Tree, after: &'a Tree) -> impl Iterator<Item = (&'a str, String)> {
    before.iter().filter_map(|(path, was)| {
        let what = after.get(path).map_or_else(|| Some("gone".to_owned()), |is| difference(was, is));
        Some((path.as_str(), what?))
    })
}

fn difference(was: &Node, is: &Node) -> Option<String> {
    match (&was.kind, &is.kind) {
        (Kind::File { sha256: old, .. }, Kind::File { sha256: new, .. }) if old != new => {
            Some("other bytes".to_owned())
        }
        (Kind::Symlink { to: old }, Kind::Symlink { to: new }) if old != new => Some(format!("now a symlink to {new}")),
        (old, new) if std::mem::discriminant(old) != std::mem::discriminant(new) => {
            Some("another kind of file".to_owned())
        }
        _ if was.mode != is.mode => Some(format!("mode {:o} instead of {:o}", is.mode, was.mode)),
        _ => None,
    }
}

/// C7: writing into a target file changes the cache only where the strategy is a hard link or a symlink that the mode has, and no
/// other file of the package.
pub fn isolated(case: &Case<'_>) -> Judgement {
    let Some(changed) = &case.record.written_through else {
        return not_judged(case.failure());
    };
    // By inode, since a cache may have several names for one.
    let inode = |node: &Node| (node.device, node.inode);
    let tied = |placed: &&Placed<'_>| matches!(placed.placement, Placement::HardLink | Placement::Symlink);
    let placed = case.placed.iter().filter(tied);
    let by_inode: BTreeMap<_, _> =
        placed.filter_map(|one| Some((inode(one.cached?.1), one.placement.name()))).collect();
    let way = |path: &String| case.record.cache_after.get(path).and_then(|node| by_inode.get(&inode(node)).copied());
    let loose = changed.iter().filter(|path| way(path).is_none());
    let loose = loose.map(|path| format!("{path}: changed by writing into the target"));
    let mut judgement = broken_by(loose.chain(ties::unasked(case)).chain(ties::joined(case)).collect());
    if judgement.verdict == Verdict::Kept && !changed.is_empty() {
        let ways: BTreeSet<_> = changed.iter().filter_map(way).collect();
        let ways = ways.into_iter().collect::<Vec<_>>().join(" or a ");
        judgement.evidence.push(format!("writing into the target changes the cache, as a {ways} does"));
    }
    judgement
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno;
    use crate::observe::Kind;
    use crate::outcome::Rule::{C6, C7};
    use crate::outcome::{Exit, Strategy, Verdict};
    use crate::verdict::sample::{MODULE, Sample, TOOL, insert, other_bytes, symlink_to};

    #[test]
    fn an_untouched_cache_is_safe_after_failures_too() {
        for sample in [Sample::linked(), Sample::reflinked(), Sample::copied()] {
            sample.keeps(C6);
            sample.exit(Exit::Signal(9)).keeps(C6);
        }
    }

    #[test]
    fn every_change_of_the_cache_is_named() {
        Sample::linked().cache(TOOL, other_bytes).breaks(C6, &["exdev_pkg/bin/tool: other bytes"]);
        Sample::linked()
            .cache(TOOL, |node| node.mode = 0o644)
            .breaks(C6, &["exdev_pkg/bin/tool: mode 644 instead of 755"]);
        Sample::linked()
            .cache(TOOL, |node| node.kind = Kind::Directory)
            .breaks(C6, &["exdev_pkg/bin/tool: another kind of file"]);
        let mut linked = Sample::linked();
        let mut node = linked.record.cache_after[TOOL].clone();
        symlink_to("one")(&mut node);
        linked.record.cache_before.insert("name".to_owned(), node.clone());
        linked.record.cache_after.insert("name".to_owned(), node);
        linked.keeps(C6);
        linked.cache("name", symlink_to("other")).breaks(C6, &["name: now a symlink to other"]);
        let mut gone = Sample::linked();
        let node = gone.record.cache_after.remove(MODULE).unwrap();
        gone.clone().breaks(C6, &["exdev_pkg/module_04.py: gone"]);
        insert(&mut gone.record.cache_after, "a: b/c", node);
        gone.exit(Exit::Code(2)).breaks(C6, &["exdev_pkg/module_04.py: gone", "a: b: new", "a: b/c: new"]);
    }

    #[test]
    fn more_links_and_other_inodes_are_no_change() {
        Sample::copied().cache(&Sample::copied().cached(TOOL), |node| (node.links, node.inode) = (7, 7000)).keeps(C6);
    }

    #[test]
    fn books_are_kept_by_the_linker_and_by_no_other() {
        let mut sample = Sample::copied().cache(".lock", other_bytes);
        let node = sample.record.cache_after.remove("interpreter-v4/a1/b2.msgpack").unwrap();
        insert(&mut sample.record.cache_after, "interpreter-v4/c: d", node.clone());
        insert(&mut sample.record.cache_after, "simple-v15/.lock", node.clone());
        sample.breaks(C6, &["simple-v15: new"]);
        let pointer = Sample::copied().cache(".lock", symlink_to("a: b"));
        pointer.keeps(C6);
        Sample::copied().cache("CACHEDIR.TAG", other_bytes).breaks(C6, &["CACHEDIR.TAG: other bytes"]);
        let mut linked = Sample::linked();
        insert(&mut linked.record.cache_after, ".lock", node);
        linked.breaks(C6, &[".lock: new"]);
    }

    #[test]
    fn scripts_are_put_beside_the_cache_by_tools_at_home_alone() {
        let with_scripts = |linker: &str| {
            let mut sample = Sample::new(linker, "xfs", Strategy::Reflink).cache(".lock", symlink_to("tool"));
            let script = sample.record.cache_after[".lock"].clone();
            insert(&mut sample.record.cache_after, "bin/exdev-pkg", script);
            sample
        };
        with_scripts("uv-tool-home@0.13.9").keeps(C6);
        with_scripts("uv-tool@0.13.9").breaks(C6, &["bin: new", "bin/exdev-pkg: new"]);
        let mut other = with_scripts("uv-tool-home@0.13.9");
        let script = other.record.cache_after["bin/exdev-pkg"].clone();
        insert(&mut other.record.cache_after, "bin/other", script);
        other.breaks(C6, &["bin/other: new"]);
    }

    #[test]
    fn the_name_of_an_unpacked_wheel_is_not_shown() {
        let sample = Sample::copied();
        let path = sample.cached(TOOL);
        sample.cache(&path, other_bytes).breaks(C6, &["archive-v0/[ID]/exdev_pkg/bin/tool: other bytes"]);
    }

    #[test]
    fn only_links_reach_the_cache() {
        Sample::copied().keeps(C7);
        Sample::reflinked().keeps(C7);
        let mut copied = Sample::copied();
        copied.record.written_through = Some(vec![copied.cached(TOOL), ".lock".to_owned()]);
        copied.breaks(
            C7,
            &[
                "archive-v0/[ID]/exdev_pkg/bin/tool: changed by writing into the target",
                ".lock: changed by writing into the target",
            ],
        );
        // What ties one file excuses no other.
        let mut linked = Sample::linked().placed(TOOL, Strategy::Copy);
        linked.record.written_through.as_mut().unwrap().push(TOOL.to_owned());
        linked.breaks(C7, &["exdev_pkg/bin/tool: changed by writing into the target"]);
        let mut gone = Sample::copied();
        gone.record.written_through = Some(vec!["never-there".to_owned()]);
        gone.breaks(C7, &["never-there: changed by writing into the target"]);
    }

    #[test]
    fn a_link_that_reaches_the_cache_is_no_breach_and_is_told() {
        let told = |sample: &Sample, text: &str| sample.expect(C7, Verdict::Kept, &[text]);
        told(&Sample::linked(), "writing into the target changes the cache, as a hard link does");
        let symlinked = Sample::new("uv@0.6.1", "ext4", Strategy::Symlink).mode("symlink");
        told(&symlinked, "writing into the target changes the cache, as a symlink does");
        let mut silent = Sample::linked();
        silent.record.written_through = Some(Vec::new());
        silent.keeps(C7);
    }

    #[test]
    fn a_cached_file_of_two_names_is_reached_by_both() {
        let mut sample = Sample::linked();
        for tree in [&mut sample.record.cache_before, &mut sample.record.cache_after] {
            let node = tree[TOOL].clone();
            tree.insert("by-hash".to_owned(), node.clone());
            tree.insert("zz-by-hash".to_owned(), node);
        }
        let reached = sample.record.written_through.as_mut().unwrap();
        reached.extend(["by-hash".to_owned(), "zz-by-hash".to_owned()]);
        sample.expect(C7, Verdict::Kept, &["writing into the target changes the cache, as a hard link does"]);
    }

    #[test]
    fn nothing_is_written_to_after_a_failure() {
        let failed = Sample::linked().refused(Strategy::HardLink, Errno::EPERM).exit(Exit::Code(2));
        failed.leaves_open(C7, "the linker failed (exit 2)");
    }
}
