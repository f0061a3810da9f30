//! cargo (<https://doc.rust-lang.org/cargo>), whose build directory is apart from the directory that it puts what it has built into.

use super::name::Linker;
use super::{Adapter, Heard, Invocation, Kind, Place, Program, Source, hear, says};
use crate::observe::Tree;
use crate::outcome::Step;
use crate::outcome::Strategy::{self, Copy, HardLink};
use crate::package::Expected;

/// `cargo build`.
pub const KIND: Kind = Kind {
    name: "cargo",
    about: "cargo build, of what is built in build.build-dir",
    source: Source::Toolchain,
    adapter: |linker| Box::new(Cargo::new(linker)),
};

/// Puts the workspace that is in `$2` where it stays, beside the build directory: paths are in the names of what is built.
const PRIME: &str = r#"cp -r "$2" "$1/src" && exec "$0" build --offline --locked --manifest-path "$1/src/Cargo.toml""#;

/// How many crates there are. Each depends on the one before it, so they are built and linked in this order.
const CRATES: usize = 6;

/// cargo of one version.
struct Cargo {
    minor: Option<u32>,
}

impl Cargo {
    fn new(linker: &Linker) -> Self {
        Self { minor: linker.version.split('.').nth(1).and_then(|minor| minor.parse().ok()) }
    }

    /// With its directories, and what it does in its log.
    fn set_up(command: Invocation, place: &Place, target: &std::path::Path) -> Invocation {
        let command = command.set("CARGO_HOME", place.temporary().join("cargo"));
        let command = command.set("RUSTC", place.linker().join("bin/rustc"));
        let command = command.set("CARGO_BUILD_BUILD_DIR", place.cache().join("build"));
        let command = command.set("CARGO_TARGET_DIR", target).set("CARGO_BUILD_JOBS", "1");
        command.set("CARGO_TERM_COLOR", "never").set("CARGO_LOG", "cargo_util=debug")
    }
}

impl Adapter for Cargo {
    fn unfit(&self) -> Option<String> {
        let has_build_dir = self.minor.is_none_or(|minor| minor >= 91);
        (!has_build_dir).then(|| "cargo has a build directory apart from its target directory since 1.91".to_owned())
    }

    fn modes(&self) -> Vec<&str> {
        vec!["default"]
    }

    fn chain(&self, _mode: &str) -> Vec<Strategy> {
        vec![HardLink, Copy]
    }

    fn begins_with(&self, _place: &Place, step: Step, _mode: &str) -> Vec<(String, String)> {
        if step == Step::Prime { workspace() } else { Vec::new() }
    }

    fn prime(&self, place: &Place) -> Invocation {
        let (cargo, throwaway) = (place.linker().join("bin/cargo"), place.throwaway());
        let build = Invocation::script(PRIME, [&cargo, place.cache(), &throwaway.join("workspace")]);
        Self::set_up(build, place, &throwaway.join("target"))
    }

    fn link(&self, place: &Place, _mode: &str) -> Invocation {
        let build =
            Invocation::of(Program::Within("bin/cargo".to_owned())).words("build --offline --locked --manifest-path");
        Self::set_up(build.word(place.cache().join("src/Cargo.toml")), place, place.target())
    }

    fn expects(&self, _place: &Place, cache: &Tree) -> Vec<Expected> {
        // A library's name has a hash in the build directory, and none where it is put.
        let put = |file: Expected| {
            let (name, _) = file.path.strip_suffix(".rlib")?.rsplit('/').next()?.rsplit_once('-')?;
            Some(Expected { path: format!("debug/{name}.rlib"), ..file })
        };
        Expected::all(cache).filter_map(put).collect()
    }

    fn makes(&self, _target: &Tree, path: &str) -> bool {
        let name = path.strip_prefix("debug/").unwrap_or_default();
        matches!(name, ".cargo-lock" | ".cargo-artifact-lock" | "examples")
            || name.strip_suffix(".d").is_some_and(|name| name.starts_with("libunit_"))
    }

    fn hear(&self, stdout: &str, stderr: &str) -> Heard {
        let says = [
            says("^error: ").error(),
            says("cargo_util::paths: linking .* to (?<target>.*)$").names(HardLink),
            says(r"cargo_util::paths: link failed .* \(os error (?<errno>\d+)\)").refused(HardLink).names(Copy),
        ];
        hear(&says, stdout, stderr)
    }
}

/// A workspace of libraries.
fn workspace() -> Vec<(String, String)> {
    const ROOT: &str =
        "[workspace]\nmembers = [\"unit_*\"]\nresolver = \"2\"\n\n[profile.dev]\ndebug = 0\nincremental = false\n";
    let mut lock = "version = 4\n".to_owned();
    let mut files = Vec::new();
    for n in 1..=CRATES {
        let head = format!("name = \"unit_{n}\"\nversion = \"1.0.0\"\n");
        let before = (n > 1).then(|| format!("unit_{}", n - 1));
        let manifest =
            before.as_ref().map_or_else(String::new, |name| format!("{name} = {{ path = \"../{name}\" }}\n"));
        let manifest = format!("[package]\n{head}edition = \"2021\"\n\n[dependencies]\n{manifest}");
        let locked = before.map_or_else(String::new, |name| format!("dependencies = [\n \"{name}\",\n]\n"));
        lock.extend(["\n[[package]]\n", &head, &locked]);
        files.push((format!("unit_{n}/Cargo.toml"), manifest));
        files.push((format!("unit_{n}/src/lib.rs"), format!("#![no_std]\npub fn unit() -> u32 {{\n    {n}\n}}\n")));
    }
    files.extend([("Cargo.toml".to_owned(), ROOT.to_owned()), ("Cargo.lock".to_owned(), lock)]);
    files.into_iter().map(|(path, text)| (format!("workspace/{path}"), text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;
    use crate::linker::Family;

    fn cargo(version: &str) -> Cargo {
        Cargo::new(&Linker::new(Family::named("cargo").unwrap(), version, version))
    }

    #[test]
    fn its_log_tells_of_each_library() {
        let said = "   0.016304754s DEBUG cargo_util::paths: linking /c/build/debug/deps/libunit_1-0a.rlib to /t/debug/libunit_1.rlib\n\
            0.016539422s DEBUG cargo_util::paths: link failed Invalid cross-device link (os error 18). falling back to fs::copy\n";
        let heard = cargo("1.95.0").hear("", said);
        assert_eq!((heard.strategy, heard.fallback, heard.warnings.len()), (Some(Copy), None, 0));
        assert_eq!(heard.refusals[0].errno, Some(Errno::EXDEV));
        let linked = said.lines().next().unwrap();
        assert_eq!(cargo("1.95.0").hear("", linked).strategy, Some(HardLink));
        assert_eq!(cargo("1.95.0").hear("", &format!("{said}{}", linked.replace("_1", "_2"))).strategy, None);
    }

    #[test]
    fn without_a_build_directory_it_cannot_be_tested() {
        for (version, fits) in [("1.90.0", false), ("1.91.0", true), ("1.97.0-nightly", true)] {
            assert_eq!(cargo(version).unfit().is_none(), fits, "{version}");
        }
    }

    #[test]
    fn each_crate_but_the_first_depends_on_the_one_before() {
        let files = workspace();
        let text = |path: &str| &files.iter().find(|(name, _)| name == path).unwrap().1;
        assert!(text("workspace/unit_1/Cargo.toml").ends_with("[dependencies]\n"));
        assert!(text("workspace/unit_2/Cargo.toml").ends_with("unit_1 = { path = \"../unit_1\" }\n"));
        let locked = "name = \"unit_6\"\nversion = \"1.0.0\"\ndependencies = [\n \"unit_5\",\n]\n";
        assert!(text("workspace/Cargo.lock").ends_with(locked));
    }
}
