//! What a pasted report is answered with: what was understood, or in one sentence what is missing.

use assert_fs::NamedTempFile;
use assert_fs::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::exdev::{Exdev, Ran, exdev, is_root};

const TWO: &str = "$ df -T /c/cache /d/venv\ntmpfs tmpfs 9 9 9 1% /c\ntmpfs tmpfs 9 9 9 1% /d\n";

/// `exdev repro` of this text and with these arguments.
fn repro<const N: usize>(text: impl AsRef<[u8]>, arguments: [&str; N]) -> Ran {
    let file = NamedTempFile::new("issue.md").unwrap();
    file.write_binary(text.as_ref()).unwrap();
    exdev(["repro", file.path().to_str().unwrap()]).args(arguments).run()
}

#[rstest]
#[case::nothing(
    "it is slow",
    "the text shows no filesystem; it needs the output of `df -T CACHE TARGET` or `findmnt -T` for each, CACHE being what \
     `uv cache dir` prints and TARGET where the files were to go"
)]
#[case::no_target(
    "export UV_CACHE_DIR=/data/uv\nuv tool install x\nnas:/data on /data type nfs4 (rw)\n",
    "the text shows nfs4 of nas:/data at /data, but not the filesystem of the target, ~/.local/share/uv/tools; it needs the \
     output of `df -T ~/.local/share/uv/tools` or `findmnt -T ~/.local/share/uv/tools`"
)]
#[case::nothing_like_it(
    "beegfs_nodev on /scratch type beegfs (rw)\n",
    "cache and target are both on beegfs of beegfs_nodev at /scratch, which exdev cannot make, and it makes nothing like it; \
     `exdev list filesystems` shows what it makes"
)]
#[case::another_linker(
    "pnpm install\n/dev/sda1 on / type ext4 (rw)\n",
    "the text is of pnpm, which exdev does not run; --linker uv runs uv on the same pairing, ext4"
)]
#[case::a_program_elsewhere(
    r#"{"outcomes": [{"id": "a", "linker": "uv@/x/uv", "mode": "default", "pairing": "ext4", "package": "small"}]}"#,
    "the report cannot be run again: a: uv@/x/uv is a program of the machine that it ran on; --linker names one of this machine"
)]
fn a_text_that_is_not_understood_is_refused(#[case] text: &str, #[case] sentence: &str) {
    repro(text, []).refuses(2, sentence).leaves([]);
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let ran = exdev(["repro", "/nonexistent"]).run();
    ran.refuses(2, "failed to read /nonexistent: No such file or directory (os error 2)");
}

#[rstest]
#[case::no_linker(["--linker", "npm"], "unknown linker `npm`; `exdev list linkers` shows all that there are")]
#[case::no_kernel(["--kernel", "nonsense"], "--kernel: unknown kernel `nonsense`; known are auto, host, uml")]
fn what_cannot_be_meant_is_refused(#[case] arguments: [&str; 2], #[case] sentence: &str) {
    repro(TWO, arguments).refuses(2, sentence).leaves([]);
}

#[test]
fn a_dry_run_says_what_was_understood_and_runs_nothing() {
    let ran = repro(TWO, ["--dry-run"]);
    ran.ends(0).leaves([]);
    insta::assert_snapshot!(ran.stdout, @r"
    understood
        line 2  /c/cache is taken for the cache, by its name
        line 2  the cache is on tmpfs of tmpfs at /c
                | tmpfs tmpfs 9 9 9 1% /c
        line 3  /d/venv is taken for the target, by its name
        line 3  the target is on tmpfs of tmpfs at /d
                | tmpfs tmpfs 9 9 9 1% /d
    assumed
        the command is `uv pip install`, as the text shows none
        uv is of the newest version that is pinned, as the text does not say which
    runs
        exdev run --linker uv --mode default --pairing tmpfs:tmpfs
            the cache is on tmpfs of tmpfs at /c, the target on tmpfs of tmpfs at /d
    ");
}

#[test]
fn standard_input_is_a_file_too() {
    let exdev: Exdev =
        crate::exdev::within(&["sh", "-c", "printf 'df .\\ntmpfs 9 9 9 1%% /c\\n' | \"$0\" \"$@\""].map(str::to_owned));
    let ran = exdev.args(["repro", "-", "--dry-run"]).run();
    ran.ends(0).finds("    exdev run --linker uv --mode default --pairing tmpfs");
}

#[test]
fn a_hostile_text_is_shown_as_plain_text() {
    let text = "export UV_CACHE_DIR='/c\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}1m/$(touch /tmp/x)'\n\u{ff}tmpfs on /c type tmpfs (rw)\ntmpfs on / type tmpfs (rw)\n";
    let ran = repro(text, ["--dry-run"]);
    ran.ends(0).finds("    line 1  the cache is /c1m/$(touch /tmp/x)");
    assert_eq!(ran.stdout.chars().filter(|c| c.is_control() && *c != '\n').count(), 0);
    repro([0xff, 0xfe, 0, b'\n', 0x1b], []).refuses(
        2,
        "the text shows no filesystem; it needs the output of `df -T CACHE TARGET` or `findmnt -T` for each, CACHE being what \
         `uv cache dir` prints and TARGET where the files were to go",
    );
}

#[test]
fn a_text_without_a_symptom_is_run() {
    let ran = repro(TWO, ["--linker=reference"]);
    ran.ends(0).finds("id        reference@per-file/default/tmpfs:tmpfs/small");
    ran.finds("nothing to compare: what is reported holds neither a warning nor an error");
}

#[test]
fn what_is_not_seen_again_is_exit_code_1() {
    let text = format!("{TWO}warning: Failed to clone files; falling back to full copy.\n");
    let ran = repro(text, ["--linker=reference"]);
    ran.ends(1).finds("not reproduced: another warning, the files were placed by copy and it ended with exit 0");
}

#[test]
fn what_cannot_be_run_here_is_exit_code_69() {
    let ran = repro("df .\n/dev/sda1 ext4 9 9 9 1% /\n", ["--linker=reference", "--kernel=host"]);
    if is_root() {
        ran.ends(0).finds("id        reference@per-file/default/ext4/small");
    } else {
        ran.ends(69).finds("1 not run: only root may mount ext4 on the host kernel");
    }
}

#[test]
fn json_is_alone_on_standard_output() {
    let ran = repro(TWO, ["--linker=reference", "--json"]);
    ran.ends(0);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(value["cases"][0]["pairing"], json!("tmpfs:tmpfs"));
    assert_eq!(
        value["verdicts"][0],
        json!({ "id": "reference@per-file/default/tmpfs:tmpfs/small", "reproduced": null, "words": null })
    );
    assert_eq!(value["report"]["outcomes"][0]["id"], value["verdicts"][0]["id"]);
}
