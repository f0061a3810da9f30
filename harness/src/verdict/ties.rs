//! Ties of target files that nobody asked for: to the cache, in a mode without links, and to each other.

use std::collections::BTreeMap;

use super::case::{Case, Placed, files};
use crate::outcome::{Placement, Strategy};

/// The files that are hard links or symlinks into the cache though the mode has no such strategy, by how they were placed. What a
/// filesystem makes of a call that the mode does have is not the linker's doing.
pub fn unasked(case: &Case<'_>) -> Vec<String> {
    let asked = |placed: &Placed<'_>| {
        let did = case.did.strategy(&case.target_path(placed.file));
        did.is_some_and(|strategy| case.chain.contains(&strategy))
    };
    let ties = [Strategy::HardLink, Strategy::Symlink].into_iter().filter(|strategy| !case.chain.contains(strategy));
    let counts = ties.map(|strategy| {
        let so_placed = case.by_choice().filter(|placed| placed.placement == Placement::from(strategy));
        (strategy, so_placed.filter(|placed| !asked(placed)).count())
    });
    let some = counts.filter(|(_, count)| *count > 0);
    some.map(|(strategy, count)| format!("{}: {strategy}, which the mode does not have", files(count))).collect()
}

/// The files that are new inodes, and yet one with another file of the package: writing into one changes the other.
pub fn joined(case: &Case<'_>) -> Vec<String> {
    let new = |placed: &&Placed<'_>| !matches!(placed.placement, Placement::HardLink | Placement::Symlink);
    let mut first = BTreeMap::new();
    let joined = case.placed.iter().filter(new).filter(|placed| placed.node.links > 1).filter_map(|placed| {
        let path = case.target_path(placed.file);
        let known = first.entry((placed.node.device, placed.node.inode)).or_insert_with(|| path.clone());
        (*known != path).then(|| format!("{path}: one file with {known}"))
    });
    joined.collect()
}

#[cfg(test)]
mod tests {
    use crate::observe::Node;
    use crate::outcome::Rule::C7;
    use crate::outcome::{Strategy, Verdict};
    use crate::trace::Answer;
    use crate::verdict::sample::{MODULE, Sample, TOOL};

    const AS_A_SYMLINK: &str = "writing into the target changes the cache, as a symlink does";

    #[test]
    fn whoever_asks_for_copies_gets_no_links() {
        let linked = |mode: &str, strategy| Sample::new("reference@per-file", "ext4", strategy).mode(mode);
        linked("copy", Strategy::Copy).keeps(C7);
        linked("copy", Strategy::HardLink).breaks(C7, &["34 files: hard link, which the mode does not have"]);
        linked("default", Strategy::Symlink).breaks(C7, &["34 files: symlink, which the mode does not have"]);
        linked("copy", Strategy::Copy)
            .placed(MODULE, Strategy::HardLink)
            .breaks(C7, &["1 file: hard link, which the mode does not have"]);
        // BeeGFS has made a symlink of what was to be a hard link.
        let made = linked("default", Strategy::Copy).placed(MODULE, Strategy::Symlink);
        made.tried(MODULE, Strategy::HardLink, Answer::Done).expect(C7, Verdict::Kept, &[AS_A_SYMLINK]);
    }

    #[test]
    fn copies_are_files_of_their_own() {
        let sample = Sample::copied();
        let tool = sample.record.target[TOOL].clone();
        let joined = sample.target(TOOL, |node| node.links = 2).target(MODULE, |node| {
            (node.device, node.inode, node.links) = (tool.device, tool.inode, 2);
        });
        joined.breaks(C7, &["exdev_pkg/module_04.py: one file with exdev_pkg/bin/tool"]);
        // A filesystem that numbers no inodes, and a name elsewhere.
        let alike = |node: &mut Node| (node.inode, node.links) = (0, 1);
        Sample::copied().target(TOOL, alike).target(MODULE, alike).keeps(C7);
        Sample::copied().target(TOOL, |node| node.links = 2).keeps(C7);
    }

    #[test]
    fn two_links_to_one_cached_file_are_links() {
        let sample = Sample::linked();
        let tool = sample.record.target[TOOL].clone();
        let mut sample = sample.target(MODULE, |node| *node = tool);
        sample.record.written_through = Some(vec![TOOL.to_owned()]);
        sample.expect(C7, Verdict::Kept, &["writing into the target changes the cache, as a hard link does"]);
    }
}
