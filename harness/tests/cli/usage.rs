//! What cannot be meant is refused before anything is fetched, made or run.

use assert_fs::TempDir;
use rstest::rstest;

use crate::exdev::{exdev, reference};

const KNOWN: &str = "known are ext4, xfs, xfs-noreflink, btrfs, tmpfs, vfat, exfat, minix, f2fs, overlay, \
                     overlay-xfs, overlay-tmpfs, fuse-nolink, fuse-samedir, fuse-maxlink, fuse-linksym, fuse-nocolon, fuse-nochmod, \
                     fuse-nosymlink, fuse-noreadlink, fuse-eio, nfs3, nfs3-xfs, nfs3-btrfs, nfs3-vfat, nfs4.0, nfs4.0-xfs, \
                     nfs4.0-btrfs, nfs4.0-vfat, nfs4.1, nfs4.1-xfs, nfs4.1-btrfs, nfs4.1-vfat, nfs4.2, nfs4.2-xfs, nfs4.2-btrfs, nfs4.2-vfat";

#[rstest]
#[case::no_filesystem_in_a_pairing(["--pairing", "ext4:zfs9"], &format!("--pairing: unknown filesystem `zfs9`; {KNOWN}"))]
#[case::no_filesystem(["--fs", "nope"], &format!("--fs: unknown filesystem `nope`; {KNOWN}"))]
#[case::no_pairing_at_all(["--pairing", ""], &format!("--pairing: unknown filesystem ``; {KNOWN}"))]
#[case::no_such_relation(
    ["--pairing", "ext4+subvolume"],
    "--pairing: `ext4+subvolume` cannot exist: only btrfs has subvolumes"
)]
#[case::no_mode(
    ["--mode", "sideways"],
    "there is no mode `sideways`; reference@per-file has default, hardlink, clone, symlink, copy"
)]
#[case::no_package(["--package", "huge"], "unknown package `huge`; known are small, pair, large")]
#[case::no_identity(["--as", "nobody"], "unknown identity `nobody`; known are user, root")]
#[case::no_kernel(["--kernel", "nonsense"], "--kernel: unknown kernel `nonsense`; known are auto, host, uml")]
#[case::no_shard(["--shard", "5/4"], "`5/4` is no shard; write PART/PARTS, for example 1/4")]
#[case::no_scenario(
    ["--fs=tmpfs", "sideways"],
    "nothing was selected: no scenario out of 2 matches `sideways`; `exdev list scenarios` shows them"
)]
#[case::no_scenario_in_the_shard(
    ["--pairing=tmpfs", "--shard=2/4"],
    "nothing was selected: no scenario out of 1 matches shard 2/4; `exdev list scenarios` shows them"
)]
fn what_selects_nothing_is_refused(#[case] arguments: [&str; 2], #[case] sentence: &str) {
    reference(arguments).run().refuses(2, sentence).leaves([]);
}

#[rstest]
#[case::no_family("npm", "unknown linker `npm`; `exdev list linkers` shows all that there are")]
#[case::no_version("uv@new", "`new` is no version of uv; write one like uv@1.2.3, uv@latest, or a path with a slash")]
#[case::no_policy(
    "reference@sloppy",
    "unknown policy `sloppy` of the reference linker; known are per-file, first-file, restart, strict, staged"
)]
fn what_names_no_linker_is_refused(#[case] linker: &str, #[case] sentence: &str) {
    exdev(["run", "--linker", linker]).run().refuses(2, sentence).leaves([]);
}

#[test]
fn a_case_that_nobody_reported_is_refused_with_the_nearest() {
    let ran = exdev(["run", "--scenario", "uv_17962_bind"]).run();
    let told = ran.leaves([]).refuses_with(2);
    let sentence = "exdev: there is no reported case `uv_17962_bind`; the nearest are uv-17962-bind-mount, ";
    assert!(told.starts_with(sentence) && told.ends_with("; `exdev list scenarios` shows them all"), "{told}");
}

/// A reported case is a whole selection.
#[rstest]
fn a_reported_case_goes_with_nothing_that_selects(
    #[values(
        "--linker=uv",
        "--linker-file=own.toml",
        "--pairing=ext4",
        "--fs=ext4",
        "--mode=copy",
        "--package=small",
        "--as=root",
        "--fault=link#1=EPERM",
        "--limit=9",
        "--shard=1/2",
        "--cache=/tmp",
        "--target=/tmp",
        "ext4"
    )]
    other: &str,
) {
    let ran = exdev(["run", "--scenario=uv-17962-bind-mount", other]).run();
    let told = ran.leaves([]).told(2);
    assert!(told.contains("cannot be used with"), "{told}");
}

#[test]
fn reported_cases_are_listed_unless_something_is_selected() {
    let listed = exdev(["list", "scenarios"]).run();
    let words = ["uv-17962-bind-mount", "astral-sh/uv#17962", "uv", "xfs+bind", "reflink,", "keeps", "all"];
    assert!(listed.stdout.lines().any(|line| line.split_whitespace().eq(words)), "{}", listed.stdout);
    exdev(["list", "scenarios", "--linker=reference", "--fs=tmpfs"]).run().writes(
        0,
        "reference@per-file/default/tmpfs/small\nreference@per-file/default/tmpfs:tmpfs/small\n",
        "",
    );
    let told = exdev(["list", "scenarios", "--fs=tmpfs", "--format=markdown"]).run();
    assert!(told.told(2).contains("cannot be used with"));
}

#[rstest]
fn what_is_no_size_is_refused(
    #[values("nonsense", "", "0", "0%", "-1", "+1", "1g,mode=777", "1.5g", "1q")] size: &str,
) {
    let sentence =
        format!("--scratch: `{size}` is no size; write one like 512m, 2g, or a share of the memory like 50%");
    reference(["--pairing=tmpfs", &format!("--scratch={size}")]).run().refuses(2, &sentence);
}

#[test]
fn a_refused_command_line_leaves_no_folder_of_results() {
    let parent = TempDir::new().unwrap();
    let out = parent.path().join("out");
    let ran = reference(["--package", "huge", "--out", out.to_str().unwrap()]).run();
    ran.refuses(2, "unknown package `huge`; known are small, pair, large");
    assert!(!out.exists());
}

#[test]
fn no_command_is_answered_with_help() {
    let ran = exdev([]).run();
    ran.explains(2, "Usage: exdev <COMMAND>");
}

#[test]
fn an_unknown_option_is_answered_with_the_usage() {
    reference(["--sideways"]).run().explains(2, "error: unexpected argument '--sideways' found");
}
