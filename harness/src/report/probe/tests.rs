use std::fs;

use serde_json::Value;

use super::super::{Colour, probe_schema, to_json};
use super::*;
use crate::errno::Errno;
use crate::facts::{Nfs, Overlay};
use crate::linker::reference::Policy;
use crate::linker::{Family, Linker};
use crate::predict::predictions;
use crate::probe::sample::{found, suspect};

fn linkers() -> Vec<Linker> {
    let known = |family, label: &str| Linker::new(family, label, label);
    let uv = ["0.1.7", "0.6.1", "0.10.4", "0.13.9"].map(|version| known(Family::UV, version));
    let reference = Policy::ALL.map(|policy| known(Family::REFERENCE, policy.name()));
    uv.into_iter().chain(reference).collect()
}

fn sample() -> Probed {
    let cross = [Call::Reflink, Call::HardLink, Call::Copy, Call::Rename, Call::RenameNoReplace];
    let findings = found(&cross.map(|call| (call, Errno::EXDEV)));
    let predicted = predictions(&findings, &linkers());
    Probed::new(findings, predicted)
}

#[test]
fn a_probe_is_told_from_what_is_there_to_what_will_come_of_it() {
    insta::assert_snapshot!(probed(&sample(), Style::plain()), @r"
    cache     /cache
              ext4, device 7:0, mount 40
              40 30 7:0 / /cache rw,relatime shared:1 - ext4 /dev/loop40 rw
              owner 1000:1000, mode 755, writable, project 0, 5.0 GiB and 1000 inodes free
              holds 34 files
    target    /target
              xfs, device 7:1, mount 41
              41 30 7:1 / /target rw,relatime shared:1 - xfs /dev/loop41 rw
              owner 1000:1000, mode 755, writable, project 0, 5.0 GiB and 1000 inodes free
    process   user 1000, group 1000, fs.protected_hardlinks is on

    from cache to target      a fresh file          a cached file
    reflink                   EXDEV                 EXDEV
    hard link                 EXDEV                 EXDEV
    symlink                   works                 works
    copy_file_range           EXDEV                 EXDEV
    rename                    EXDEV                 -
    rename without replacing  EXDEV                 -

    reflink, hard link, copy_file_range, rename and rename without replacing: EXDEV, different filesystems (ext4, xfs)
        put cache and target on one filesystem, or ask for copies so that nothing is tried in vain

    mode      linker                                                                       strategy  warns  ends      risk
    default   uv@0.1.7                                                                     copy      -      complete  1
              uv@0.6.1 to 0.13.9; reference@per-file, first-file, restart, staged          copy      yes    complete  1
              reference@strict                                                             nothing   -      fails     2
    hardlink  uv@0.1.7                                                                     copy      -      complete  1
              uv@0.6.1 to 0.13.9; reference@per-file, first-file, restart, staged          copy      yes    complete  1
              reference@strict                                                             nothing   -      fails     2
    clone     uv@0.1.7                                                                     copy      -      complete  1
              uv@0.6.1 to 0.13.9; reference@per-file, first-file, restart, staged          copy      yes    complete  1
              reference@strict                                                             nothing   -      fails     3
    symlink   uv@0.6.1 to 0.13.9; reference@per-file, first-file, restart, strict, staged  symlink   -      complete  4
    copy      uv@0.1.7 to 0.13.9; reference@per-file, first-file, restart, strict, staged  copy      -      complete  1

    1 every file takes its time and its space again
    2 it has nothing to fall back to where a hard link is refused (different filesystems (ext4, xfs))
    3 it has nothing to fall back to where a reflink is refused (different filesystems (ext4, xfs))
    4 editing a placed file changes the cache, and clearing the cache breaks the target
    ");
}

#[test]
fn a_file_that_stands_out_is_named() {
    let odd = suspect("archive-v0/a/m.py", &["archive-v0/a/l.py"], Errno::EPERM);
    let findings = found(&[(Call::Reflink, Errno::EOPNOTSUPP)]).with(1, [odd]);
    let predicted = predictions(&findings, &linkers());
    let text = probed(&Probed::new(findings, predicted), Style::plain());
    assert!(text.contains("holds 34 files, of which 1 cannot be placed as the others can\n"), "{text}");
    let (_, table) = text.split_once("without replacing  works                 -\n\n").unwrap();
    insta::assert_snapshot!(table, @r"
    reflink: EOPNOTSUPP, no reflinks on ext4
        use XFS or Btrfs with reflinks instead of ext4, or ask for hard links
    hard link of archive-v0/a/m.py: EPERM, the cached file is immutable or append-only
        clear the attribute (chattr -i -a), or remove the file from the cache

    mode      linker                                                                       strategy   warns  ends            risk
    default   uv@0.1.7 to 0.13.9; reference@first-file                                     hard link  -      fails, partial  1
              reference@per-file                                                           mixed      yes    complete        2
              reference@restart, staged                                                    copy       yes    complete        3
              reference@strict                                                             nothing    -      fails           4
    hardlink  uv@0.1.7 to 0.13.9; reference@first-file                                     hard link  -      fails, partial  1
              reference@per-file                                                           mixed      yes    complete        2
              reference@restart, staged                                                    copy       yes    complete        3
              reference@strict                                                             nothing    -      fails           4
    clone     uv@0.1.7                                                                     copy       -      complete        3
              uv@0.6.1 to 0.10.4; reference@restart, staged                                copy       yes    complete        3
              uv@0.13.9                                                                    hard link  -      fails, partial  1
              reference@per-file                                                           mixed      yes    complete        2
              reference@first-file                                                         hard link  yes    fails, partial  1
              reference@strict                                                             nothing    -      fails           4
    symlink   uv@0.6.1 to 0.13.9; reference@per-file, first-file, restart, strict, staged  symlink    -      complete        5
    copy      uv@0.1.7 to 0.13.9; reference@per-file, first-file, restart, strict, staged  copy       -      complete        3

    1 archive-v0/a/m.py cannot be linked (the cached file is immutable or append-only), and it stops there and leaves what it has placed
    2 one package is placed in several ways
    3 every file takes its time and its space again
    4 archive-v0/a/m.py cannot be linked (the cached file is immutable or append-only), and it fails there
    5 editing a placed file changes the cache, and clearing the cache breaks the target
    ");
}

#[test]
fn what_is_special_of_an_end_is_told() {
    let mut facts = sample().findings.facts.cache;
    facts.nfs = Some(Nfs { version: "4.2".to_owned(), server: "filer".to_owned(), export: "/home".to_owned() });
    facts.overlay = Some(Overlay { lower: vec!["/a".to_owned(), "/b".to_owned()], upper: None });
    facts.id_mapped = true;
    facts.flags = [Flag::Immutable, Flag::Nocow].into();
    facts.project = None;
    facts.writable = false;
    facts.room = Some(Room { bytes: 1023, inodes: None });
    insta::assert_snapshot!(end("cache", &facts, ""), @r"
    cache     /cache
              ext4, device 7:0, mount 40, NFS 4.2 from filer at /home, lower /a /b, upper none, id-mapped
              40 30 7:0 / /cache rw,relatime shared:1 - ext4 /dev/loop40 rw
              owner 1000:1000, mode 755, not writable, immutable, nocow, 1023 bytes free
    ");
}

#[test]
fn what_restricts_the_process_is_told() {
    let facts = ProcessFacts {
        groups: vec![4, 27],
        id_map: vec!["0 1000 1".to_owned()],
        protected_hardlinks: None,
        filtered: true,
        confinement: Confinement::Confined,
        ..ProcessFacts::unconfined()
    };
    assert_eq!(
        process(&facts),
        "process   user 1000, group 1000, groups 4 27, user namespace with the map 0 1000 1, \
         fs.protected_hardlinks is not shown, in a sandbox (Landlock or the like), system calls are filtered (seccomp)\n"
    );
}

#[test]
fn what_files_get_that_differ_is_told_of_both() {
    let mut findings = found(&[]);
    findings.tries.push(findings.tries[0].clone());
    findings.tries[0].got = Got::Worked { shares: Some(true) };
    assert_eq!(cell(&findings, Call::Reflink, Subject::Fresh), "works, shares extents or works");
    findings.tries[0].got = Got::Deceived { seen: "a symlink".to_owned() };
    assert_eq!(cell(&findings, Call::Reflink, Subject::Fresh), "makes a symlink or works");
    assert_eq!(cell(&findings, Call::Rename, Subject::Cached), "-");
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let ansi = probed(&sample(), Style { colour: Colour::Ansi, ..Style::plain() });
    assert_eq!(anstream::adapter::strip_str(&ansi).to_string(), probed(&sample(), Style::plain()));
    assert_ne!(ansi, probed(&sample(), Style::plain()));
}

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/probe.schema.json");

#[test]
fn the_committed_schema_is_the_generated_one() {
    if std::env::var_os("EXDEV_BLESS").is_some() {
        fs::write(COMMITTED, serde_json::to_string_pretty(&probe_schema()).unwrap() + "\n").unwrap();
    }
    let committed = fs::read_to_string(COMMITTED).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    assert!(
        committed == Some(probe_schema()),
        "harness/probe.schema.json is not the schema of Probed; rewrite it by: EXDEV_BLESS=1 cargo test -p exdev schema"
    );
}

#[test]
fn a_probe_fits_the_schema_and_survives_being_written_and_read() {
    let text = to_json(&sample());
    let value: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&probe_schema()).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(serde_json::from_str::<Probed>(&text).unwrap(), sample());
}
