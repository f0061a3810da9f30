//! A lock is read whole, or not at all.

use assert_fs::NamedTempFile;
use assert_fs::prelude::*;
use rstest::rstest;

use crate::exdev::{Ran, exdev, reference};

const ENTRIES: &str = "expected are entries like [[uv]], each with a version, a file and a sha256";

#[rstest]
#[case::a_missing_field(
    "[[uv]]\nversion = \"0.1\"\nfile = \"uv-0.1-any.whl\"\n",
    &format!("the lock LOCK is malformed at line 1: missing field `sha256`; {ENTRIES}")
)]
#[case::an_unknown_field(
    "[[uv]]\nversion = \"0.1\"\nmd5 = \"\"\n",
    &format!("the lock LOCK is malformed at line 3: unknown field `md5`, expected one of `version`, `file`, `sha256`; {ENTRIES}")
)]
#[case::no_toml(
    "uv 0.1",
    &format!("the lock LOCK is malformed at line 1: key with no value, expected `=`; {ENTRIES}")
)]
#[case::a_short_digest(
    "[[uv]]\nversion = \"0.1\"\nfile = \"uv-0.1-any.whl\"\nsha256 = \"abc\"\n",
    "the lock LOCK is wrong in its entry 1, uv 0.1: expected is a sha256 of 64 lower-case hexadecimal digits, found `abc`"
)]
fn a_lock_that_is_wrong_is_refused(#[case] text: &str, #[case] sentence: &str) {
    let lock = NamedTempFile::new("linkers.lock").unwrap();
    lock.write_str(text).unwrap();
    let path = lock.path().to_str().unwrap();
    let sentence = sentence.replace("LOCK", path);
    let refused = |ran: Ran| {
        ran.refuses(2, &sentence).leaves([]);
    };
    refused(reference(["--lock", path]).run());
    refused(reference([]).env("EXDEV_LOCK", path).run());
    refused(exdev(["fetch", "--lock", path]).run());
}

#[test]
fn a_lock_that_is_missing_is_named() {
    let sentence = "failed to read the lock /nonexistent/lock: No such file or directory (os error 2)";
    reference(["--lock", "/nonexistent/lock"]).run().refuses(2, sentence).leaves([]);
}
