//! What `exdev explain` says of a reported case, by itself: nobody tells it what it is about.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use exdev::explain::Explained;
use exdev::outcome::{Exit, NotRun, Strategy};
use exdev::package::{Form, NAME, Size, package};
use exdev::pairing::Names;
use exdev::reason::Reason;

use crate::not_run;
use crate::trial::linker;

/// The cache and the tools' executables are on one export, and HOME on another, as in
/// <https://github.com/astral-sh/uv/issues/15149>.
const INSTALL: &str = "\
    export HOME=$TARGET/home UV_CACHE_DIR=$CACHE/uv UV_TOOL_BIN_DIR=$CACHE/bin PATH=$CACHE/bin:/usr/bin:/bin; mkdir -p $HOME; \
    exec $EXDEV explain --json -- $UV tool install --python /usr/bin/python3 --offline --no-index --find-links $WHEELS $NAME";

fn wheels() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explained");
    fs::create_dir_all(&directory).unwrap_or_else(|error| panic!("{error}"));
    Form::Wheel.write(package(Size::Small, Names::POSIX), &directory).unwrap_or_else(|error| panic!("{error}"));
    directory
}

fn install(pairing: &str) -> Output {
    let exdev = env!("CARGO_BIN_EXE_exdev-under-test");
    let uv = linker("uv@0.6.1").program.unwrap_or_else(|| panic!("uv is no program"));
    Command::new(exdev)
        .args(["exec", "--pairing", pairing, "--", "sh", "-ec", INSTALL])
        .envs([("EXDEV", Path::new(exdev)), ("UV", &uv), ("WHEELS", &wheels()), ("NAME", Path::new(NAME))])
        .output()
        .unwrap_or_else(|error| panic!("failed to run exdev: {error}"))
}

#[test]
fn uv_15149_is_explained_with_both_exports_and_the_setting_that_mends_it() {
    let output = install("nfs4.2+exports");
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(69) && output.stdout.is_empty() {
        let (reason, mend) = said.split_once("; ").unwrap_or((&said, ""));
        let [pairing, linker] = ["nfs4.2+exports", "uv@0.6.1"].map(str::to_owned);
        let (reason, mend) = (reason.to_owned(), mend.trim_end().to_owned());
        return not_run::tolerate_or_fail(&NotRun {
            id: "explain/nfs4.2+exports".to_owned(),
            pairing,
            linker,
            reason,
            mend,
        });
    }
    let told: Explained = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let it = told.explanation;
    assert_eq!((it.exit, it.linker.as_deref(), output.status.code()), (Exit::Code(0), Some("uv"), Some(0)), "{said}");
    assert!(said.contains("warning: Failed to hardlink files; falling back to full copy."), "{said}");
    let [fallback] = it.fallbacks.as_slice() else { panic!("{:#?}", it.fallbacks) };
    let [cache, target] = ["127.0.0.1:/ext4-of-root", "127.0.0.1:/ext4-of-root-second"].map(str::to_owned);
    assert_eq!(fallback.kind, Reason::Exports { cache: cache.clone(), target: target.clone() });
    assert_eq!(fallback.reason, format!("two exports of one server ({cache}, {target})"));
    assert_eq!((fallback.strategy, fallback.errno.as_str()), (Strategy::HardLink, "EXDEV"));
    // From the first refusal on it copies.
    assert_eq!((fallback.files, fallback.untried, fallback.then), (1, 33, Some(Strategy::Copy)));
    assert!(fallback.to.starts_with("~/.local/share/uv/tools/exdev-pkg/lib/python3."), "{}", fallback.to);
    assert_eq!(
        fallback.advice[0],
        "uv puts tools into ~/.local/share/uv/tools unless UV_TOOL_DIR says otherwise (UV_TOOL_BIN_DIR is for their executables \
         alone): set UV_TOOL_DIR to a directory beside the cache"
    );
    let copied: Vec<_> = it.placed.iter().filter(|group| group.strategy == Some(Strategy::Copy)).collect();
    let [copied] = copied.as_slice() else { panic!("{:#?}", it.placed) };
    assert!(copied.directory.starts_with("~/.local/share/uv/tools/exdev-pkg/lib/python3."), "{}", copied.directory);
    assert_eq!(copied.mounted.as_deref(), Some("nfs4 127.0.0.1:/ext4-of-root-second"));
}
