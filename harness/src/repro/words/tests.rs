use super::super::text::lines;
use super::*;

fn refused(text: &str) -> (Strategy, Option<Errno>, End, [Option<String>; 2], usize) {
    let found = told(&lines(text.as_bytes())).unwrap();
    match found.symptom {
        Symptom::Refusal { strategy, errno, end } => (strategy, errno, end, found.paths, found.lines),
        other => panic!("{other:?}"),
    }
}

fn paths(cache: &str, target: &str) -> [Option<String>; 2] {
    [Some(cache.to_owned()), Some(target.to_owned())]
}

#[test]
fn a_warning_is_taken_with_its_further_lines() {
    let text = "warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning.
Installed 1 package";
    let found = told(&lines(text.as_bytes())).unwrap();
    let Symptom::Warning { strategy, words } = found.symptom else { panic!() };
    assert_eq!((strategy, found.lines, words.len()), (Strategy::HardLink, 3, 3));
    assert_eq!(words[0], "Failed to hardlink files; falling back to full copy. This may lead to degraded performance.");
}

#[test]
fn an_error_is_taken_with_its_causes() {
    let text = "error: Failed to install: a-1.0-py3-none-any.whl (a==1.0)
  Caused by: failed to hardlink file from /c/archive-v0/X/a.py to /t/a.py
  Caused by: Invalid cross-device link (os error 18)
And so it ended";
    let expected = (Strategy::HardLink, Some(Errno::EXDEV), End::Failure, paths("/c/archive-v0/X/a.py", "/t/a.py"), 3);
    assert_eq!(refused(text), expected);
}

#[test]
fn a_single_line_is_an_error_or_of_a_log() {
    let line = "failed to hardlink file from /c/archive-v0/X/a.py to /t/a.py: Invalid cross-device link (os error 18)";
    let both = paths("/c/archive-v0/X/a.py", "/t/a.py");
    assert_eq!(refused(line), (Strategy::HardLink, Some(Errno::EXDEV), End::Failure, both.clone(), 1));
    let debug = format!("0.1s DEBUG {}", line.replacen('f', "F", 1));
    assert_eq!(refused(&debug), (Strategy::HardLink, Some(Errno::EXDEV), End::Fallback, both, 1));
}

#[test]
fn other_programs_have_other_words() {
    let node = "ERR_PNPM_EXDEV  EXDEV: cross-device link not permitted, link '/store/a' -> '/work/a'";
    assert_eq!(refused(node), (Strategy::HardLink, Some(Errno::EXDEV), End::Failure, paths("/store/a", "/work/a"), 1));
    assert_eq!(other_linker(node), Some("pnpm"));
    let cp = "cp: cannot create hard link '/b' to '/a': Operation not permitted";
    assert_eq!(refused(cp).1, Some(Errno::EPERM));
    assert_eq!(told(&lines(b"Operation not permitted")), None);
}

#[test]
fn a_version_is_three_plain_numbers_after_the_name() {
    for (line, expected) in [
        ("uv 0.6.1 (7e2c7a9b1 2025-02-17)", Some("0.6.1")),
        ("uv-0.6.1", Some("0.6.1")),
        ("pip install uv==0.6.1", Some("0.6.1")),
        ("FROM ghcr.io/astral-sh/uv:0.9.2-python3.12", Some("0.9.2")),
        ("### Version 0.6.1", Some("0.6.1")),
        ("**uv version:** v0.13.9", Some("0.13.9")),
        ("0.01s DEBUG uv 0.12.0", Some("0.12.0")),
        ("Python version: 3.11.2", None),
        ("AlmaLinux 8.10.1", None),
        ("uv 0.6", None),
        ("uv ../0.6.1", None),
        ("uv 0.6.1/../../x", None),
        ("libuv-1.44.2", None),
    ] {
        assert_eq!(version(line), expected, "{line}");
    }
    assert!(asks_version("### Version") && asks_version("UV Version") && !asks_version("Python version"));
    assert_eq!(answered_version("0.6.1"), Some("0.6.1"));
}
