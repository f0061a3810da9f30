use crate::errno::Errno;
use crate::observe::{Extents, Kind};
use crate::outcome::Placement::{self, Copy, HardLink, Mixed, Nothing, Reflink, Symlink, Undecided};
use crate::outcome::{Exit, Rule, Strategy};
use crate::pairing::Ends;
use crate::verdict::sample::{MODULE, Sample, TOOL, UV_WARNING, insert, symlink_to};

const EMPTY: usize = 2;

/// How the package was placed, file by file and as a whole.
#[track_caller]
fn placed(sample: &Sample, whole: Placement, files: &[(Placement, usize)]) {
    let outcome = sample.judge();
    assert_eq!(outcome.files.into_iter().collect::<Vec<_>>(), files);
    assert_eq!((outcome.strategy, outcome.mixed), (whole, whole == Mixed));
}

#[test]
fn the_same_inode_is_a_hard_link() {
    placed(&Sample::linked(), HardLink, &[(HardLink, 34)]);
    assert_eq!(Sample::linked().judge().shared, 0);
    // The number of an inode means nothing on another device.
    let elsewhere = Sample::linked().target(MODULE, |node| (node.device, node.links) = (2, 1));
    placed(&elsewhere, Mixed, &[(HardLink, 33), (Undecided, 1)]);
    // An inode of the cache that is no regular file ties nothing.
    let mut directory = Sample::new("uv@0.6.1", "ext4", Strategy::Copy);
    let inode = directory.record.cache_after["archive-v0"].inode;
    directory = directory.target(MODULE, |node| (node.device, node.inode) = (1, inode));
    placed(&directory, Copy, &[(Copy, 34 - EMPTY), (Undecided, EMPTY)]);
}

#[test]
fn a_link_that_the_cached_file_gained_is_a_hard_link() {
    let gained = |before, after, shown| {
        let mut sample = Sample::new("uv@0.6.1", "overlay-tmpfs", Strategy::Copy).extents(&Extents::Hidden);
        let cached = sample.cached(TOOL);
        sample.record.cache_before.get_mut(&cached).unwrap().links = before;
        sample.cache(&cached, |node| node.links = after).target(TOOL, |node| node.links = shown)
    };
    placed(&gained(1, 2, 2), Mixed, &[(HardLink, 1), (Undecided, 33)]);
    for (before, after, shown) in [(2, 2, 2), (2, 1, 1), (1, 2, 1), (1, 2, 3)] {
        placed(&gained(before, after, shown), Undecided, &[(Undecided, 34)]);
    }
    // Between two filesystems there are none, whatever the numbers.
    let mut apart = gained(1, 2, 2);
    apart.scenario.ends = Ends::Made("overlay-tmpfs:overlay-tmpfs".parse().unwrap());
    placed(&apart, Copy, &[(Copy, 34)]);
    let mut new = gained(1, 2, 2);
    let cached = new.cached(TOOL);
    new.record.cache_before.remove(&cached);
    placed(&new, Undecided, &[(Undecided, 34)]);
}

#[test]
fn a_symlink_is_one_wherever_it_leads() {
    let symlinked = Sample::new("uv@0.13.9", "ext4:xfs", Strategy::Symlink).mode("symlink");
    placed(&symlinked, Symlink, &[(Symlink, 34)]);
    placed(&symlinked.target(TOOL, symlink_to("/dev/null")), Symlink, &[(Symlink, 34)]);
}

#[test]
fn shared_extents_are_a_reflink_where_the_linker_makes_them() {
    placed(&Sample::reflinked(), Reflink, &[(Reflink, 34 - EMPTY), (Undecided, EMPTY)]);
    assert_eq!(Sample::reflinked().judge().shared, 34 - EMPTY);
    placed(&Sample::reflinked().stderr(UV_WARNING), Undecided, &[(Undecided, 34)]);
    let named = Sample::new("reference@per-file", "xfs", Strategy::Reflink).mode("clone");
    placed(&named, Reflink, &[(Reflink, 34 - EMPTY), (Undecided, EMPTY)]);
    placed(&named.stdout("placed 34 files: 34 copy\n"), Undecided, &[(Undecided, 34)]);
    let warning = "warning: failed to hard link /c/a to /t/a: EPERM; falling back to copy\n";
    let warned = Sample::new("reference@per-file", "xfs", Strategy::Reflink).mode("clone").stderr(warning);
    placed(&warned, Undecided, &[(Undecided, 34)]);
    // A kernel shares extents for copy_file_range(2), too.
    placed(&Sample::new("uv@0.6.1", "xfs", Strategy::Reflink), Undecided, &[(Undecided, 34)]);
    assert_eq!(Sample::new("uv@0.6.1", "xfs", Strategy::Reflink).judge().shared, 34 - EMPTY);
}

#[test]
fn extents_of_its_own_are_a_copy() {
    let copied = Sample::new("uv@0.13.9", "xfs", Strategy::Copy);
    placed(&copied, Copy, &[(Copy, 34 - EMPTY), (Undecided, EMPTY)]);
    assert_eq!(copied.judge().shared, 0);
}

#[test]
fn what_shows_no_extents_is_a_copy_only_where_reflinks_are_refused() {
    for extents in [Extents::Hidden, Extents::Inline, Extents::NotLooked] {
        let hidden = Sample::new("uv@0.13.9", "tmpfs", Strategy::Copy).extents(&extents);
        placed(&hidden, Undecided, &[(Undecided, 34)]);
        placed(&hidden.clone().refused(Strategy::HardLink, Errno::EPERM), Undecided, &[(Undecided, 34)]);
        placed(&hidden.refused(Strategy::Reflink, Errno::EOPNOTSUPP), Copy, &[(Copy, 34)]);
    }
    let one = Sample::new("uv@0.13.9", "tmpfs", Strategy::Copy).extents(&Extents::Hidden);
    let one = one.refused_for(TOOL, Strategy::Reflink, Errno::EINVAL, None);
    placed(&one, Copy, &[(Copy, 1), (Undecided, 33)]);
}

#[test]
fn equal_offsets_on_two_filesystems_are_not_shared() {
    let copied = Sample::new("uv@0.13.9", "xfs:xfs", Strategy::Reflink);
    placed(&copied, Copy, &[(Copy, 34)]);
    assert_eq!(copied.judge().shared, 0);
    placed(&copied.extents(&Extents::Inline), Copy, &[(Copy, 34)]);
}

#[test]
fn a_package_is_mixed_beside_what_shows_nothing() {
    let mixed = Sample::reflinked().placed(MODULE, Strategy::Copy);
    placed(&mixed, Mixed, &[(Reflink, 33 - EMPTY), (Copy, 1), (Undecided, EMPTY)]);
    placed(&Sample::linked().without("exdev_pkg").without("exdev_pkg-1.0.dist-info"), Nothing, &[]);
}

#[test]
fn what_is_no_file_was_not_placed() {
    for kind in [Kind::Directory, Kind::Other] {
        placed(&Sample::copied().target(TOOL, |node| node.kind = kind), Copy, &[(Copy, 33)]);
    }
}

#[test]
fn an_outcome_tells_what_was_asked_and_said() {
    let outcome = Sample::copied().stderr(&format!("{UV_WARNING}error: no\n")).exit(Exit::Code(2)).judge();
    assert_eq!(outcome.id, "uv@0.6.1/default/ext4:xfs/small");
    assert_eq!((outcome.linker.as_str(), outcome.version.as_str()), ("uv@0.6.1", "0.6.1"));
    assert_eq!((outcome.said.strategy, outcome.said.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
    assert_eq!(outcome.warnings, [UV_WARNING.trim_end()]);
    assert_eq!(outcome.errors, ["no"]);
    assert_eq!(outcome.contract.into_keys().collect::<Vec<_>>(), Rule::ALL);
}

#[test]
fn what_one_run_cannot_show_is_not_judged() {
    for sample in [Sample::linked(), Sample::copied().exit(Exit::Code(2))] {
        sample.leaves_open(Rule::C9, "the linker did not fail");
        sample.leaves_open(Rule::C10, "needs several runs at once: --at-once");
        sample.leaves_open(Rule::C11, "nothing was traced");
    }
}

#[test]
fn what_stood_there_before_was_not_placed() {
    let mut sample = Sample::copied();
    let node = sample.record.target[TOOL].clone();
    insert(&mut sample.record.target_before, TOOL, node);
    assert_eq!(sample.judge().files, [(Copy, 33)].into());
    sample.record.target.get_mut(TOOL).unwrap().inode += 1;
    assert_eq!(sample.judge().files, [(Copy, 34)].into());
}
