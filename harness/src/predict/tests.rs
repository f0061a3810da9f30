use super::*;
use crate::facts::Room;
use crate::linker::{Linker, LinkerName, Wanted};
use crate::outcome::Placement::{Copy, HardLink, Mixed, Nothing, Reflink, Symlink};
use crate::probe::sample::{found, suspect};
use crate::probe::{Call, Got, Subject, Try};

fn adapter(name: &str) -> Box<dyn Adapter> {
    let parsed: LinkerName = name.parse().unwrap();
    let version = match parsed.wanted {
        Wanted::Version(version) => version,
        Wanted::BuiltIn(label) => label.to_owned(),
        _ => String::new(),
    };
    Linker::new(parsed.family, &version, &version).adapter()
}

/// What is expected: strategy, warning, ending.
fn expect(findings: &Findings, linker: &str, mode: &str) -> (Placement, &'static str, Ending) {
    let Predicted { strategy, warns, ends, .. } = predict(findings, &*adapter(linker), mode).unwrap();
    (strategy, if warns { "warns" } else { "silent" }, ends)
}

fn risk(findings: &Findings, linker: &str, mode: &str) -> String {
    predict(findings, &*adapter(linker), mode).unwrap().risk.unwrap_or_default()
}

const NEW: &str = "uv@0.13.9";
const OLD: &str = "uv@0.6.1";
const CROSS: [(Call, Errno); 2] = [(Call::Reflink, Errno::EXDEV), (Call::HardLink, Errno::EXDEV)];

#[test]
fn where_all_works_the_first_strategy_of_the_chain_is_used() {
    let all = found(&[]);
    for (linker, mode, strategy) in [
        (NEW, "default", Reflink),
        (NEW, "hardlink", HardLink),
        (NEW, "symlink", Symlink),
        (NEW, "copy", Copy),
        (OLD, "default", HardLink),
        (OLD, "clone", Reflink),
        ("uv@0.2.0", "clone", Copy),
        ("reference@strict", "clone", Reflink),
    ] {
        assert_eq!(expect(&all, linker, mode), (strategy, "silent", Ending::Complete), "{linker} {mode}");
    }
}

#[test]
fn a_fallback_to_copies_is_announced_from_0_2_23_on() {
    let cross = found(&CROSS);
    for (linker, word) in [("uv@0.1.32", "silent"), ("uv@0.2.23", "warns"), (OLD, "warns"), (NEW, "warns")] {
        assert_eq!(expect(&cross, linker, "default"), (Copy, word, Ending::Complete), "{linker}");
    }
    assert_eq!(expect(&cross, NEW, "copy"), (Copy, "silent", Ending::Complete));
    assert_eq!(expect(&found(&[]), "uv@0.3.1", "clone"), (Copy, "warns", Ending::Complete));
    // Only uv keeps quiet of a fallback to hard links.
    let no_reflinks = found(&[(Call::Reflink, Errno::EOPNOTSUPP)]);
    assert_eq!(expect(&no_reflinks, NEW, "default"), (HardLink, "silent", Ending::Complete));
    assert_eq!(expect(&no_reflinks, "reference@per-file", "clone"), (HardLink, "warns", Ending::Complete));
}

#[test]
fn strict_fails_where_its_one_strategy_is_refused() {
    assert_eq!(expect(&found(&CROSS), "reference@strict", "default"), (Nothing, "silent", Ending::Nothing));
    assert_eq!(
        risk(&found(&CROSS), "reference@strict", "default"),
        "it has nothing to fall back to where a hard link is refused (different filesystems (ext4, xfs))"
    );
}

#[test]
fn a_file_in_the_middle_that_cannot_be_linked_is_met_by_policy() {
    let odd = suspect("archive-v0/a/pkg/m.py", &["archive-v0/a/pkg/l.py"], Errno::EPERM);
    let middle = found(&[(Call::Reflink, Errno::EOPNOTSUPP)]).with(1, [odd]);
    for (linker, expected) in [
        (OLD, (HardLink, "silent", Ending::Partial)),
        (NEW, (HardLink, "silent", Ending::Partial)),
        ("reference@per-file", (Mixed, "warns", Ending::Complete)),
        ("reference@first-file", (HardLink, "silent", Ending::Partial)),
        ("reference@restart", (Copy, "warns", Ending::Complete)),
        ("reference@strict", (Nothing, "silent", Ending::Nothing)),
    ] {
        assert_eq!(expect(&middle, linker, "default"), expected, "{linker}");
    }
    assert_eq!(
        risk(&middle, NEW, "default"),
        "archive-v0/a/pkg/m.py cannot be linked (the cached file is immutable or append-only), \
         and it stops there and leaves what it has placed"
    );
    assert_eq!(
        risk(&middle, "reference@strict", "default"),
        "archive-v0/a/pkg/m.py cannot be linked (the cached file is immutable or append-only), and it fails there"
    );
    // With reflinks nobody meets it.
    let reflinks = Findings { tries: found(&[]).tries, ..middle.clone() };
    assert_eq!(expect(&reflinks, NEW, "default"), (Reflink, "silent", Ending::Complete));
}

#[test]
fn the_first_file_decides_for_its_package_and_what_is_always_copied_does_not_count() {
    for ahead in [&[][..], &["archive-v0/b/z.py"], &["archive-v0/a/p-1.dist-info/RECORD"]] {
        let first = found(&[]).with(1, [suspect("archive-v0/a/pkg/m.py", ahead, Errno::EPERM)]);
        assert_eq!(expect(&first, OLD, "default"), (Copy, "warns", Ending::Complete), "{ahead:?}");
    }
    let record = found(&[]).with(1, [suspect("archive-v0/a/p-1.dist-info/RECORD", &[], Errno::EPERM)]);
    assert_eq!(expect(&record, OLD, "default"), (HardLink, "silent", Ending::Complete));
    // The reference linker goes by the bytes of the paths.
    let mut sorted = found(&[]).with(1, [suspect("a.py", &["z.py"], Errno::EPERM)]);
    sorted.survey.first = Some("a.py".to_owned());
    assert_eq!(expect(&sorted, "reference@first-file", "default"), (Copy, "warns", Ending::Complete));
}

#[test]
fn one_package_of_many_is_a_risk_and_not_the_rule() {
    let odd = || suspect("archive-v0/a/pkg/m.py", &["archive-v0/a/pkg/l.py"], Errno::EPERM);
    let many = found(&[]).with(3, [odd()]);
    assert_eq!(expect(&many, OLD, "default"), (HardLink, "silent", Ending::Complete));
    assert_eq!(
        risk(&many, OLD, "default"),
        "1 of 3 packages: archive-v0/a/pkg/m.py cannot be linked (the cached file is immutable or append-only), \
         and it stops there and leaves what it has placed"
    );
    let other = suspect("archive-v0/b/pkg/m.py", &["archive-v0/a/pkg/m.py"], Errno::EPERM);
    let each = found(&[]).with(2, [odd(), other]);
    assert_eq!(expect(&each, OLD, "default"), (HardLink, "silent", Ending::Partial));
}

#[test]
fn a_file_without_links_to_spare_gets_a_new_inode_from_0_10_9_on() {
    let full = found(&[(Call::Reflink, Errno::EOPNOTSUPP)])
        .with(1, [suspect("archive-v0/a/m.py", &["archive-v0/a/l.py"], Errno::EMLINK)]);
    assert_eq!(expect(&full, "uv@0.10.6", "default"), (HardLink, "silent", Ending::Partial));
    assert_eq!(expect(&full, "uv@0.10.9", "default"), (HardLink, "silent", Ending::Complete));
}

#[test]
fn a_cache_that_cannot_be_used_is_the_end_of_it() {
    let mut vfat = found(&[]);
    vfat.within_cache = vec![Try {
        call: Call::Symlink,
        subject: Subject::Fresh,
        file: None,
        obstacle: None,
        got: Got::Refused { errno: Errno::EPERM },
    }];
    assert_eq!(expect(&vfat, NEW, "copy"), (Nothing, "silent", Ending::Nothing));
    assert_eq!(risk(&vfat, NEW, "copy"), "it cannot fill its cache: no symlinks on ext4");
    assert_eq!(expect(&vfat, "reference@restart", "copy"), (Copy, "silent", Ending::Complete));
    let closed = Findings { cache_closed: Some(Errno::EROFS), ..found(&[]) };
    assert_eq!(expect(&closed, NEW, "default"), (Nothing, "silent", Ending::Nothing));
    assert_eq!(risk(&closed, NEW, "default"), "it writes to its cache while it links, and that is refused with EROFS");
    assert_eq!(expect(&closed, "reference@strict", "default"), (HardLink, "silent", Ending::Complete));
}

#[test]
fn who_stages_needs_to_rename() {
    let confined = |tried: &[(Call, Errno)]| {
        let got = Got::Refused { errno: Errno::EXDEV };
        let rename = Try { call: Call::Rename, subject: Subject::Fresh, file: None, obstacle: None, got };
        Findings { within_target: vec![rename], ..found(tried) }
    };
    let (open, cross) = (confined(&[]), confined(&CROSS));
    assert_eq!(expect(&open, "reference@staged", "default"), (Nothing, "silent", Ending::Nothing));
    assert_eq!(expect(&cross, "reference@staged", "default"), (Nothing, "warns", Ending::Nothing));
    let risk = risk(&cross, "reference@staged", "default");
    assert_eq!(
        risk,
        "it renames what it has placed from one directory of the target to another, and that is refused with EXDEV"
    );
    assert_eq!(expect(&cross, "reference@restart", "default"), (Copy, "warns", Ending::Complete));
}

#[test]
fn copies_that_do_not_fit_end_in_the_middle_unless_they_share_extents() {
    let cramped = |bytes, mut findings: Findings| {
        findings.facts.target.room = Some(Room { bytes, inodes: None });
        findings
    };
    let full = cramped(256 << 10, found(&CROSS));
    for (linker, expected) in [
        (OLD, (Copy, "warns", Ending::Partial)),
        (NEW, (Copy, "warns", Ending::Partial)),
        ("reference@per-file", (Copy, "warns", Ending::Partial)),
        ("reference@first-file", (Copy, "warns", Ending::Partial)),
        ("reference@restart", (Nothing, "warns", Ending::Nothing)),
        ("reference@staged", (Nothing, "warns", Ending::Nothing)),
    ] {
        assert_eq!(expect(&full, linker, "default"), expected, "{linker}");
    }
    assert_eq!(
        risk(&full, NEW, "default"),
        "a package takes 1.0 MiB on average and 256.0 KiB are left, and it stops there and leaves what it has placed"
    );
    assert_eq!(
        risk(&full, "reference@staged", "default"),
        "a package takes 1.0 MiB on average and 256.0 KiB are left, and it fails there"
    );
    // A package of several takes its part; what fits exactly fits.
    let fits = (Copy, "warns", Ending::Complete);
    assert_eq!(expect(&cramped(1 << 20, found(&CROSS)), NEW, "default"), fits);
    assert_eq!(expect(&cramped(1 << 20, found(&CROSS).with(3, [])), NEW, "default"), fits);
    // Links take nothing, and neither do copies that share extents, as those of read and write never do.
    let mut xfs = cramped(256 << 10, found(&[]));
    assert_eq!(expect(&xfs, OLD, "default"), (HardLink, "silent", Ending::Complete));
    for tried in xfs.tries.iter_mut().filter(|it| it.call == Call::Copy && it.subject == Subject::Cached) {
        tried.got = Got::Worked { shares: Some(true) };
    }
    assert_eq!(expect(&xfs, NEW, "copy"), (Copy, "silent", Ending::Complete));
    assert_eq!(expect(&xfs, "reference@per-file", "copy"), (Copy, "silent", Ending::Partial));
}

#[test]
fn a_call_that_only_says_that_it_worked_is_a_risk() {
    let mut beegfs = found(&[(Call::Reflink, Errno::EOPNOTSUPP)]);
    for tried in beegfs.tries.iter_mut().filter(|it| it.call == Call::HardLink) {
        tried.got = Got::Deceived { seen: "a symlink".to_owned() };
    }
    assert_eq!(risk(&beegfs, OLD, "default"), "the call for a hard link succeeds here and makes a symlink");
    assert_eq!(risk(&beegfs, OLD, "copy"), "every file takes its time and its space again");
}

#[test]
fn what_was_only_just_written_may_be_refused() {
    let mut zfs = found(&[]);
    for tried in zfs.tries.iter_mut().filter(|it| (it.call, it.subject) == (Call::Reflink, Subject::Fresh)) {
        tried.got = Got::Refused { errno: Errno::EAGAIN };
    }
    assert_eq!(expect(&zfs, NEW, "default"), (Reflink, "silent", Ending::Complete));
    assert_eq!(risk(&zfs, NEW, "default"), "a file that was only just written is refused a reflink (EAGAIN)");
    assert_eq!(risk(&zfs, OLD, "default"), "editing a placed file changes the cache");
}
