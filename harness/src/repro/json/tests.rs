use rstest::rstest;

use super::*;

const EXPLAINED: &str = r#"{"exdev": "0.1.0", "explanation": {"command": ["uv", "tool", "install", "x"], "exit": 0, "linker": "uv",
  "later": {}, "fallbacks": [{"strategy": "hard link", "errno": "EXDEV", "files": 32,
  "reason": "two exports of one server (nas:/data, nas:/home)",
  "cache": {"path": "/data/uv", "kind": "nfs4", "device": "0:41", "mount_id": 35,
    "mountinfo": "35 29 0:41 / /data rw,relatime - nfs4 nas:/data rw,vers=4.2"},
  "target": {"path": "~/.local/share/uv/tools/x", "kind": "nfs4", "device": "0:42", "mount_id": 36,
    "mountinfo": "36 29 0:42 / /home rw,relatime - nfs4 nas:/home rw,vers=4.2"}}]}}"#;

fn cases(text: &str) -> Result<Vec<String>, String> {
    let understood = understand(text.as_bytes(), None).unwrap().map_err(|error| error.to_string())?;
    let case = |case: &Case| {
        let symptom = case.symptom.as_ref().map_or_else(String::new, |symptom| format!(": {symptom}"));
        format!("{} {} {} {:?}{symptom}", case.linker, case.mode, case.pairing, case.identity)
    };
    Ok(understood.cases.iter().map(case).collect())
}

#[test]
fn an_explanation_is_a_case() {
    let expected = "uv-tool-home default nfs4.2+exports User: hard link was refused with EXDEV, and it went on";
    assert_eq!(cases(EXPLAINED), Ok(vec![expected.to_owned()]));
    let pasted = format!("I ran this:\n\n```json\n{EXPLAINED}\n```\nWhy?\n");
    assert_eq!(cases(&pasted), Ok(vec![expected.to_owned()]));
}

#[rstest]
#[case::code("2")]
#[case::signal("\"signal 9\"")]
#[case::limit("\"killed after 3 s\"")]
fn a_command_that_failed_is_to_fail_again(#[case] exit: &str) {
    let failed = EXPLAINED.replace("\"exit\": 0", &format!("\"exit\": {exit}"));
    let expected = "uv-tool-home default nfs4.2+exports User: hard link was refused with EXDEV, and it failed";
    assert_eq!(cases(&failed), Ok(vec![expected.to_owned()]));
}

fn report(linker: &str, id: &str, verdict: &str) -> String {
    format!(
        r#"{{"machine": {{}}, "outcomes": [
          {{"id": "a", "linker": "uv@0.6.1", "mode": "copy", "pairing": "ext4", "package": "small", "contract": {{"C1": {{"verdict": "kept"}}}}}},
          {{"id": "{id}", "linker": "{linker}", "mode": "default", "pairing": "ext4:xfs", "package": "small",
            "contract": {{"C3": {{"verdict": "{verdict}", "evidence": []}}, "C1": {{"verdict": "kept"}}}}}}]}}"#
    )
}

#[test]
fn of_a_report_the_broken_outcomes_are_run_again_or_else_all() {
    let broken = "uv@0.12.0 default ext4:xfs Root: it broke C3".to_owned();
    assert_eq!(cases(&report("uv@0.12.0", "b/root", "broken")), Ok(vec![broken]));
    let all = vec!["uv@0.6.1 copy ext4 User".to_owned(), "uv@0.12.0 default ext4:xfs User".to_owned()];
    assert_eq!(cases(&report("uv@0.12.0", "b", "kept")), Ok(all));
}

#[rstest]
#[case::a_program_there(&report("uv@/tmp/uv", "b", "broken"), "the report cannot be run again: b: uv@/tmp/uv is a program of the machine that it ran on; --linker names one of this machine")]
#[case::no_version(&report("uv@0.6.1;x", "b", "broken"), "the report cannot be run again: b: `0.6.1;x` is no plain version number")]
#[case::no_mode(
    &report("uv", "b", "broken").replace("default", "\\u001b[2J"),
    "the report cannot be run again: b: `[2J` is no mode"
)]
#[case::nothing(r#"{"outcomes": []}"#, "the report holds no outcome, so there is nothing to run again")]
#[case::no_fallback(
    r#"{"explanation": {"exit": 0}}"#,
    "the explanation holds no fallback, so there is nothing to reproduce"
)]
fn what_cannot_be_run_again_is_said_so(#[case] text: &str, #[case] sentence: &str) {
    assert_eq!(cases(text), Err(sentence.to_owned()));
}

#[test]
fn other_json_is_none_of_it() {
    for text in ["{}", "{\"a\": [", "[1, 2]", "{\"mounts\": []}", "text"] {
        assert!(understand(text.as_bytes(), None).is_none(), "{text}");
    }
}
