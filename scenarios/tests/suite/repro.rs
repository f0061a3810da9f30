//! From the text of a report to the same symptom: `exdev repro`.

use std::process::{Command, Output};

use exdev::outcome::Report;
use serde_json::{Value, json};

use crate::not_run;

/// <https://github.com/astral-sh/uv/issues/15149>, shortened.
const UV_15149: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/uv-15149.md");

fn repro(file: &str, option: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_exdev-under-test"))
        .args(["repro", file, option])
        .output()
        .unwrap_or_else(|error| panic!("failed to run exdev: {error}"))
}

#[test]
fn uv_15149_is_two_nfs_exports_and_a_tool_at_home() {
    let output = repro(UV_15149, "--json");
    let text = String::from_utf8_lossy(&output.stdout);
    let problem = || format!("{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {}", problem()));
    let case = &value["cases"][0];
    assert_eq!((&case["linker"], &case["pairing"]), (&json!("uv-tool-home@0.6.1"), &json!("nfs4.2+exports")));
    let report: Report = serde_json::from_value(value["report"].clone()).unwrap_or_else(|error| panic!("{error}"));
    if let [missing] = report.not_run.as_slice() {
        return not_run::tolerate_or_fail(missing);
    }
    assert_eq!(output.status.code(), Some(0), "{}", problem());
    let id = "uv-tool-home@0.6.1/default/nfs4.2+exports/small";
    assert_eq!(value["verdicts"], json!([{ "id": id, "reproduced": true, "words": "reproduced: the same warning" }]));
    let warnings = report.outcomes.iter().flat_map(|outcome| &outcome.warnings).collect::<Vec<_>>();
    assert_eq!(
        warnings,
        ["warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning."]
    );
}

#[test]
fn uv_15149_is_understood_line_by_line() {
    let output = repro(UV_15149, "--dry-run");
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout), @r"
    understood
        line 4   the cache is /home/user1/data/.cache/uv
                 | export UV_CACHE_DIR='/home/user1/data/.cache/uv'
        line 5   only the tools' executables are in /home/user1/data/uv/tools, not their environments
                 | export UV_TOOL_BIN_DIR='/home/user1/data/uv/tools'
        line 9   the cache is on nfs4 of xxx:/mnt/yyy/data at /mnt/yyy/data
                 | xxx:/mnt/yyy/data nfs4 150323855360 114649980928 35673874432 77% /mnt/yyy/data
        line 16  the target is on nfs4 of xxx:/mnt/yyy/home at /cluster/yyy/home
                 | xxx:/mnt/yyy/home nfs4 64424509440 21567635456 42856873984 34% /cluster/yyy/home
        line 18  a tool is installed
                 | uv tool install some_tool
        line 21  reported: it warned that it fell back from hard link
                 | warning: Failed to hardlink files; falling back to full copy. This may lead to degraded…
        line 33  uv is of version 0.6.1
                 | 0.6.1
    assumed
        the target is ~/.local/share/uv/tools, where `uv tool install` puts environments without UV_TOOL_DIR
        ~/.local/share/uv/tools is on the filesystem of ~/.local/bin/uv, as the text asks for no path that is nearer
        nfs4 is taken for nfs4.2: the text does not say which minor version of NFS 4, and 4.2 is the newest
        the server has its files on ext4, as the text does not say on what
    runs
        exdev run --linker uv-tool-home@0.6.1 --mode default --pairing nfs4.2+exports
            two exports of one server: the cache is on xxx:/mnt/yyy/data, the target on xxx:/mnt/yyy/home
    ");
}
