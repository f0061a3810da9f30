//! Linkers that are defective on purpose, see `src/bin/exdev-defective`: each breaks the rules that its defect breaks, and no other;
//! without a defect, the same linker breaks none in the same places. Each is described as a person describes a linker, in TOML.

use std::fs;
use std::process::Command;

use exdev::linker::{Linker, custom};
use exdev::outcome::Outcome;
use exdev::outcome::Rule::{self, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11};
use exdev::pairing::Pairing;
use exdev::scenario::Scenario;
use exdev::trace::Fault;
use rstest::rstest;

use crate::trial::run_and_look;

const PROGRAM: &str = env!("CARGO_BIN_EXE_exdev-defective");

/// Where a linker runs, and what goes wrong there.
#[derive(Debug, Clone, Copy)]
struct Scene {
    mode: &'static str,
    pairing: &'static str,
    fault: Option<&'static str>,
    at_once: Option<&'static str>,
}

/// Every file can be hard linked.
const LINKED: Scene = Scene { mode: "default", pairing: "ext4", fault: None, at_once: None };
/// No file can be hard linked, and the package is copied.
const COPIED: Scene = Scene { mode: "default", pairing: "ext4:tmpfs", fault: None, at_once: None };
/// One file in the middle cannot be hard linked.
const IMMUTABLE: Scene = Scene { mode: "default", pairing: "ext4+immutable", fault: None, at_once: None };
/// The same, by a fault.
const REFUSED: Scene = Scene { mode: "default", pairing: "ext4", fault: Some("link#5=EXDEV"), at_once: None };
/// Copies are asked for.
const COPY: Scene = Scene { mode: "copy", pairing: "ext4", fault: None, at_once: None };
/// They are, and the disk is full when the eighth is written.
const FULL: Scene = Scene { mode: "copy", pairing: "ext4", fault: Some("write#8=ENOSPC"), at_once: None };
/// Symlinks are asked for.
const SYMLINK: Scene = Scene { mode: "symlink", pairing: "ext4", fault: None, at_once: None };
/// Reflinks are asked for where there are none.
const NO_CLONE: Scene = Scene { mode: "clone", pairing: "ext4", fault: None, at_once: None };
/// Reflinks are asked for where they work.
const CLONE: Scene = Scene { mode: "clone", pairing: "xfs", fault: None, at_once: None };

/// Two run at once, from one cache into a target each.
const APART: Scene = Scene { mode: "default", pairing: "ext4", fault: None, at_once: Some("2-apart") };

/// Each rule with its first line of evidence.
#[rstest]
#[case::file_missing("file-missing", COPIED, &[(C1, "exdev_pkg/module_07.py: missing")])]
#[case::empty_file_lost("empty-file-lost", LINKED, &[(C1, "exdev_pkg/__init__.py: missing")])]
#[case::deep_directory_lost("deep-directory-lost", COPIED, &[(C1, "exdev_pkg/a/b/c/d/e/f/g/h/deep.txt: missing")])]
#[case::temporary_file_left("temporary-file-left", LINKED, &[(C1, "exdev_pkg/.tmp[ID]: not of the package")])]
#[case::directory_left("directory-left", COPIED, &[(C1, ".staging: not of the package")])]
#[case::file_placed_twice("file-placed-twice", COPIED, &[(C1, "exdev_pkg/module_07 (1).py: not of the package")])]
#[case::file_replaced_by_directory("file-replaced-by-directory", COPIED, &[
    (C1, "exdev_pkg/module_07.py: a directory"),
])]
#[case::file_replaced_by_socket("file-replaced-by-socket", COPIED, &[
    (C1, "exdev_pkg/module_07.py: not a regular file"),
])]
#[case::file_renamed_over_another("file-renamed-over-another", COPIED, &[
    (C1, "exdev_pkg/module_07.py: missing"),
    (C2, "exdev_pkg/module_08.py: other bytes (901 instead of 1149)"),
])]
#[case::foreign_name_mangled("foreign-name-mangled", COPIED, &[(C1, "exdev_pkg/données/naïve-日本.txt: missing")])]
#[case::colon_replaced("colon-replaced", COPIED, &[(C1, "exdev_pkg/data/a:b.txt: missing")])]
#[case::case_changed("case-changed", COPIED, &[(C1, "exdev_pkg-1.0.dist-info/METADATA: missing")])]
#[case::long_name_cut("long-name-cut", COPIED, &[
    (C1, "exdev_pkg/data/long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-\
         long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-name-long-\
         name-.txt: missing"),
])]
#[case::refusal_swallowed("refusal-swallowed", IMMUTABLE, &[(C1, "exdev_pkg/module_04.py: missing")])]
#[case::error_exits_0("error-exits-0", COPIED, &[(C1, "exdev_pkg-1.0.dist-info/METADATA: missing")])]
#[case::executable_bit_dropped("executable-bit-dropped", COPIED, &[
    (C2, "exdev_pkg/bin/tool: mode 644 instead of 755"),
])]
#[case::executable_bit_added("executable-bit-added", COPIED, &[
    (C2, "exdev_pkg/module_07.py: mode 755 instead of 644"),
])]
#[case::set_user_id_added("set-user-id-added", COPIED, &[(C2, "exdev_pkg/bin/tool: mode 4755 instead of 755")])]
#[case::sticky_bit_added("sticky-bit-added", COPIED, &[(C2, "exdev_pkg/module_07.py: mode 1644 instead of 644")])]
#[case::private_to_the_user("private-to-the-user", COPIED, &[
    (C2, "exdev_pkg-1.0.dist-info/METADATA: mode 600 instead of 644"),
])]
#[case::last_block_torn("last-block-torn", COPIED, &[
    (C2, "exdev_pkg/data/192k.bin: other bytes (196608 instead of 196731)"),
])]
#[case::last_block_empty("last-block-empty", COPIED, &[
    (C2, "exdev_pkg/data/192k.bin: other bytes (196731, as many as expected)"),
])]
#[case::one_byte_changed("one-byte-changed", COPIED, &[
    (C2, "exdev_pkg/module_07.py: other bytes (901, as many as expected)"),
])]
#[case::two_files_swapped("two-files-swapped", LINKED, &[
    (C2, "exdev_pkg/module_07.py: other bytes (1149 instead of 901)"),
])]
#[case::write_error_ignored("write-error-ignored", FULL, &[
    (C2, "exdev_pkg/data/a:b.txt: other bytes (0 instead of 20)"),
])]
#[case::symlink_dangles("symlink-dangles", SYMLINK, &[
    (C2, "exdev_pkg/module_07.py: a symlink to /exdev/cell/cache/exdev_pkg/module_07.pyc, which is no cached file"),
])]
#[case::symlink_relative_to_nowhere("symlink-relative-to-nowhere", SYMLINK, &[
    (C2, "exdev_pkg/module_07.py: a symlink to ../cache/exdev_pkg/module_07.py, which is no cached file"),
])]
#[case::symlinks_into_temporary_directory("symlinks-into-temporary-directory", SYMLINK, &[
    (C2, "exdev_pkg-1.0.dist-info/METADATA: a symlink to \
         /exdev/tmp/unpacked/exdev/cell/cache/exdev_pkg-1.0.dist-info/METADATA, which is no cached file"),
])]
#[case::mix_announced("mix-announced", REFUSED, &[(C3, "33 files: hard link")])]
#[case::mix_silent("mix-silent", IMMUTABLE, &[(C3, "33 files: hard link"), (C5, "copied without a warning: 1 file")])]
#[case::empty_files_made_anew("empty-files-made-anew", LINKED, &[
    (C3, "32 files: hard link"),
    (C4, "exdev_pkg/__init__.py: copied, though a hard link works here"),
    (C5, "copied without a warning: 2 files"),
])]
#[case::large_files_copied("large-files-copied", LINKED, &[
    (C3, "32 files: hard link"),
    (C4, "exdev_pkg/data/192k.bin: copied, though a hard link works here"),
    (C5, "copied without a warning: 2 files"),
])]
#[case::link_not_tried("link-not-tried", LINKED, &[
    (C4, "exdev_pkg-1.0.dist-info/METADATA: copied, though a hard link works here"),
    (C5, "a hard link is said to be refused with EXDEV, and none was"),
])]
#[case::chain_cut_short("chain-cut-short", NO_CLONE, &[
    (C4, "exdev_pkg-1.0.dist-info/METADATA: copied, though a hard link works here"),
])]
#[case::copy_called_reflink("copy-called-reflink", CLONE, &[
    (C4, "exdev_pkg-1.0.dist-info/METADATA: copied, though a reflink works here"),
    (C5, "copied without a warning: 34 files"),
])]
#[case::fallback_unannounced("fallback-unannounced", COPIED, &[(C5, "copied without a warning: 34 files")])]
#[case::fallback_announced_twice("fallback-announced-twice", COPIED, &[
    (C5, "said 2 times: warning: failed to hard link /exdev/cell/cache/exdev_pkg-1.0.dist-info/METADATA to \
         /exdev/cell/target/exdev_pkg-1.0.dist-info/METADATA: EXDEV; falling back to copy"),
])]
#[case::fallback_misnamed("fallback-misnamed", COPIED, &[(C5, "copied without a warning: 34 files")])]
#[case::errno_untrue("errno-untrue", COPIED, &[(C5, "a hard link is said to be refused with EMLINK, and none was")])]
#[case::refusal_untrue("refusal-untrue", COPIED, &[(C5, "a reflink is said to be refused with EXDEV, and none was")])]
#[case::fallback_announced_in_vain("fallback-announced-in-vain", LINKED, &[
    (C5, "a fallback to copy is announced, and no file was placed so"),
])]
#[case::copies_called_hard_links("copies-called-hard-links", COPY, &[
    (C5, "hard link is named as the strategy, and it was copy"),
])]
#[case::copies_called_hard_links_after_refusal("copies-called-hard-links-after-refusal", COPIED, &[
    (C5, "copied without a warning: 34 files"),
])]
#[case::cache_file_truncated("cache-file-truncated", COPIED, &[(C6, "exdev_pkg/data/192k.bin: other bytes")])]
#[case::cache_file_removed("cache-file-removed", COPIED, &[(C6, "exdev_pkg/module_07.py: gone")])]
#[case::cache_file_added("cache-file-added", LINKED, &[(C6, ".lock: new")])]
#[case::cache_inode_replaced("cache-inode-replaced", COPIED, &[
    (C6, "exdev_pkg/module_07.py: mode 600 instead of 644"),
])]
#[case::cache_directory_closed("cache-directory-closed", LINKED, &[(C6, "exdev_pkg/data: mode 700 instead of 755")])]
#[case::cache_file_made_a_symlink("cache-file-made-a-symlink", COPIED, &[
    (C6, "exdev_pkg/module_07.py: another kind of file"),
])]
#[case::cache_emptied_by_renames("cache-emptied-by-renames", LINKED, &[
    (C5, "hard link is named as the strategy, and it was copy or reflink"),
    (C6, "exdev_pkg-1.0.dist-info/METADATA: gone"),
])]
#[case::cache_written_through_hard_link("cache-written-through-hard-link", LINKED, &[
    (C2, "exdev_pkg/module_07.py: other bytes (913 instead of 901)"),
    (C6, "exdev_pkg/module_07.py: other bytes"),
])]
#[case::cache_mode_set_through_hard_link("cache-mode-set-through-hard-link", LINKED, &[
    (C2, "exdev_pkg/bin/tool: mode 700 instead of 755"),
    (C6, "exdev_pkg/bin/tool: mode 700 instead of 755"),
])]
#[case::spare_name_for_cached_file("spare-name-for-cached-file", COPY, &[
    (C1, ".spare: not of the package"),
    (C7, "exdev_pkg/module_07.py: changed by writing into the target"),
])]
#[case::links_instead_of_copies("links-instead-of-copies", COPY, &[
    (C7, "34 files: hard link, which the mode does not have"),
])]
#[case::equal_files_linked_to_each_other("equal-files-linked-to-each-other", COPIED, &[
    (C7, "exdev_pkg/py.typed: one file with exdev_pkg/__init__.py"),
])]
#[case::half_left_behind("half-left-behind", FULL, &[
    (C8, "6 of the package's 34 files were left behind"),
    (C9, "run again without a fault, it fails (exit 1): error: failed to copy \
         /exdev/cell/cache/exdev_pkg-1.0.dist-info/METADATA to /exdev/cell/target/exdev_pkg-1.0.dist-info/METADATA: \
         EEXIST"),
])]
#[case::journal_left_behind("journal-left-behind", FULL, &[(C8, ".journal: left behind")])]
#[case::directories_left_behind("directories-left-behind", FULL, &[(C8, "directories were left behind")])]
#[case::torn_file_trusted("torn-file-trusted", FULL, &[
    (C8, "1 of the package's 34 files were left behind"),
    (C9, "after running it again: exdev_pkg/data/192k.bin: other bytes (4 instead of 196731)"),
])]
#[case::marker_trusted("marker-trusted", FULL, &[
    (C9, "after running it again: exdev_pkg-1.0.dist-info/METADATA: missing"),
])]
#[case::lock_never_released("lock-never-released", FULL, &[
    (C9, "run again without a fault, it fails (exit 2): error: locked"),
])]
#[case::cache_lost_by_rerun("cache-lost-by-rerun", FULL, &[
    (C9, "after running it again: exdev_pkg/data/192k.bin: other bytes (0 instead of 196731)"),
])]
#[case::cache_cleared_by_failure("cache-cleared-by-failure", FULL, &[
    (C6, "exdev_pkg/data: gone"),
    (C9, "after running it again: exdev_pkg/data/192k.bin: missing"),
])]
#[case::settings_written_at_home("settings-written-at-home", LINKED, &[
    (C11, "/exdev/home/.defective: made or emptied"),
])]
#[case::directory_made_at_home("directory-made-at-home", COPIED, &[(C11, "/exdev/home/.defective: made")])]
#[case::home_tried_out("home-tried-out", LINKED, &[(C11, "/exdev/home/.try: made or emptied")])]
#[case::home_closed("home-closed", COPIED, &[(C11, "/exdev/home: given other permission bits")])]
#[case::copy_kept_at_home("copy-kept-at-home", LINKED, &[(C11, "/exdev/home/module: filled")])]
#[case::one_lock_for_all_targets("one-lock-for-all-targets", APART, &[
    (C10, "one of them failed (exit 2): error: File exists (os error 17)"),
])]
#[case::second_target_taken_for_done("second-target-taken-for-done", APART, &[
    (C10, "target 2: exdev_pkg-1.0.dist-info/METADATA: missing"),
])]
#[case::symlink_made_at_home("symlink-made-at-home", COPIED, &[(C11, "/exdev/home/module: made")])]
fn a_defect_is_caught_by_its_rule(#[case] defect: &str, #[case] scene: Scene, #[case] broken: &[(Rule, &str)]) {
    run_and_look(&scene.scenario(defect), |seen| assert_eq!(accusations(seen.outcome()), broken));
}

#[rstest]
fn without_a_defect_no_rule_is_broken(
    #[values(LINKED, COPIED, IMMUTABLE, REFUSED, COPY, FULL, SYMLINK, NO_CLONE, CLONE, APART)] scene: Scene,
) {
    run_and_look(&scene.scenario("sound"), |seen| {
        seen.exits(i32::from(scene.fault == FULL.fault)).breaks([]);
        assert_eq!(seen.outcome().left_running, 0);
    });
}

/// No rule is about it; the outcome says it.
#[test]
fn a_process_left_running_is_counted() {
    run_and_look(&COPIED.scenario("process-left-running"), |seen| {
        seen.exits(0).breaks([]);
        assert_eq!(seen.outcome().left_running, 1);
    });
}

/// What is the user's alone can be looked at, too, where a server takes root for nobody.
#[test]
fn a_cache_that_is_closed_to_others_is_caught_where_root_is_nobody() {
    let scene = Scene { pairing: "nfs4.2+squash", ..LINKED };
    run_and_look(&scene.scenario("cache-directory-closed"), |seen| {
        assert_eq!(accusations(seen.outcome()), [(C6, "exdev_pkg/data: mode 700 instead of 755")]);
    });
}

#[test]
fn every_defect_is_tried() {
    let said = Command::new(PROGRAM).output().unwrap().stderr;
    let said = String::from_utf8(said).unwrap();
    let (_, known) = said.trim_end().rsplit_once(" are ").unwrap();
    let here = include_str!("defects.rs");
    let untried: Vec<_> = known.split(", ").filter(|name| !here.contains(&format!("(\"{name}\""))).collect();
    assert_eq!(untried, [""; 0]);
}

impl Scene {
    /// The linker with this defect, here.
    fn scenario(self, defect: &str) -> Scenario {
        let Self { mode, pairing, fault, at_once } = self;
        let pairing: Pairing = pairing.parse().unwrap_or_else(|error| panic!("{error}"));
        let fault: Option<Fault> = fault.map(|fault| fault.parse().unwrap_or_else(|error| panic!("{error}")));
        let faults = fault.into_iter().collect();
        let at_once = at_once.map(|runs| runs.parse().unwrap_or_else(|error| panic!("{error}")));
        Scenario { mode: mode.to_owned(), faults, at_once, ..Scenario::new(linker(defect), pairing) }
    }
}

/// The linker with this defect, as a file describes it.
fn linker(defect: &str) -> Linker {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let file = folder.path().join("defective.toml");
    let description = include_str!("defective.toml").replace("DEFECT", defect).replace("PROGRAM", PROGRAM);
    fs::write(&file, description).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    custom::read(&file).unwrap_or_else(|error| panic!("{error}"))
}

/// The rules that were broken, each with the first line of its evidence.
fn accusations(outcome: &Outcome) -> Vec<(Rule, &str)> {
    outcome.broken().map(|(rule, judged)| (rule, judged.evidence[0].as_str())).collect()
}
