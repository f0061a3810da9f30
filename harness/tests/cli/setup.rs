//! What this machine lacks, and what is full.

use assert_fs::NamedTempFile;
use assert_fs::prelude::*;
use rstest::rstest;

use exdev::filesystem::RUN_AS_ROOT;

use crate::exdev::{is_root, reference, within};
use crate::privately::{as_an_ordinary_user, privately};

#[test]
fn a_folder_of_results_that_cannot_be_is_refused_before_anything_runs() {
    let file = NamedTempFile::new("file").unwrap();
    file.touch().unwrap();
    for (folder, said) in [
        (file.path().join("below"), "Not a directory (os error 20)"),
        (file.path().to_path_buf(), "File exists (os error 17)"),
    ] {
        let folder = folder.to_str().unwrap();
        let sentence = format!("failed to write {folder}: {said}; choose another folder with --out");
        reference(["--pairing=tmpfs", "--out", folder]).run().refuses(69, &sentence);
    }
}

/// A device covers mkfs.xfs, so that it is not to be found.
const WITHOUT_MKFS: &str = "for at in /usr/sbin /sbin; do \
    [ ! -e $at/mkfs.xfs ] || mount --bind /dev/null $at/mkfs.xfs; \
    done; exec \"$0\" \"$@\"";

#[rstest]
#[case::counted(&[], 0)]
#[case::required(&["--require"], 69)]
fn a_missing_mkfs_is_not_run(#[case] require: &[&str], #[case] code: i32) {
    let (outer, reason, mend) = if is_root() {
        (privately(WITHOUT_MKFS).to_vec(), "mkfs.xfs is not installed", "run scripts/setup")
    } else {
        (Vec::new(), "only root may mount xfs on the host kernel", RUN_AS_ROOT)
    };
    let path = "/usr/bin:/bin";
    let exdev = within(&outer).args(["run", "--linker=reference", "--pairing=xfs", "--kernel=host"]).env("PATH", path);
    let ran = require.iter().fold(exdev, |exdev, option| exdev.args([option])).run();
    ran.ends(code)
        .finds(&format!("1 not run: {reason}"))
        .finds(&format!("    mend: {mend}"))
        .finds("1 scenario: 0 kept the contract, 0 broke a rule, 1 not run, 0 could not be set up");
}

#[rstest]
#[case::the_image("xfs", "3m", "find room in /exdev/images/template-0.raw")]
#[case::the_image_of_btrfs("btrfs", "3m", "find room in /exdev/images/template-0.raw")]
#[case::the_filesystem("ext4", "2m", "find room in /exdev/images")]
fn a_full_disk_is_said_so(#[case] filesystem: &str, #[case] scratch: &str, #[case] failed_to: &str) {
    let ran = reference(["--kernel=host", "--pairing", filesystem, "--scratch", scratch]).run();
    if is_root() {
        ran.ends(69).finds(&format!(
            "1 could not be set up: failed to {failed_to}: No space left on device (os error 28) \
             (the images are in memory: give them more with --scratch SIZE, or free some)"
        ));
    } else {
        ran.ends(0).finds(&format!("1 not run: only root may mount {filesystem} on the host kernel"));
    }
}

#[test]
fn a_disk_too_small_for_the_package_is_said_so() {
    reference(["--pairing=tmpfs", "--scratch=200k"]).run().ends(69).finds(
        "1 could not be set up: failed to write /exdev/package/small/tree/exdev_pkg/data/192k.bin: \
         No space left on device (os error 28) \
         (the images are in memory: give them more with --scratch SIZE, or free some)",
    );
}

#[rstest]
#[case::counted(&[], 0)]
#[case::required(&["--require"], 69)]
fn an_ordinary_user_runs_what_a_user_namespace_allows(#[case] require: &[&str], #[case] code: i32) {
    let exdev = within(&as_an_ordinary_user()).args([
        "run",
        "--linker=reference",
        "--kernel=host",
        "--pairing=tmpfs,tmpfs+bind,overlay-tmpfs,ext4",
    ]);
    let ran = require.iter().fold(exdev, |exdev, option| exdev.args([option])).run();
    ran.ends(code)
        .finds("1 not run: only root may mount ext4 on the host kernel")
        .finds("4 scenarios: 3 kept the contract, 0 broke a rule, 1 not run, 0 could not be set up");
}
