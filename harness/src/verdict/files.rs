//! C1 complete and C2 faithful: the target holds the package, and nothing else.

use std::collections::BTreeSet;

use super::case::{Case, Placed, broken_by};
use crate::observe::Kind;
use crate::outcome::Judgement;

/// C1: every file of the package and nothing else.
pub fn complete(case: &Case<'_>) -> Judgement {
    let missing = case.package.iter().filter_map(|file| {
        let path = case.target_path(file);
        let what = match case.record.target.get(&path).map(|node| &node.kind) {
            None => "missing",
            Some(Kind::Directory) => "a directory",
            Some(Kind::Other) => "not a regular file",
            Some(Kind::File { .. } | Kind::Symlink { .. }) => return None,
        };
        Some(format!("{path}: {what}"))
    });
    let foreign = foreign(case).into_iter().map(|path| format!("{path}: not of the package"));
    broken_by(missing.chain(foreign).collect())
}

/// What is in the target, was not before, and is neither of the package nor made by the linker by design.
pub fn foreign(case: &Case<'_>) -> Vec<String> {
    let mut expected = BTreeSet::new();
    for file in case.package {
        let path = case.target_path(file);
        let parents = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
        expected.extend(parents);
        expected.insert(path);
    }
    let found = case.record.target.keys();
    let (before, target) = (&case.record.target_before, &case.record.target);
    let foreign = found
        .filter(|path| !expected.contains(*path) && !before.contains_key(*path) && !case.adapter.makes(target, path));
    foreign.cloned().collect()
}

/// C2: bytes, permission bits and symlinks are those of the package; without the bits where a filesystem holds none.
pub fn faithful(case: &Case<'_>) -> Judgement {
    broken_by(case.placed.iter().filter_map(|placed| unfaithful(case, placed)).collect())
}

/// How a file differs from the package's, if it does.
pub fn unfaithful(case: &Case<'_>, placed: &Placed<'_>) -> Option<String> {
    let path = case.target_path(placed.file);
    // What a symlink shows is what it points to.
    let shown = match (&placed.node.kind, placed.cached) {
        (Kind::Symlink { to }, None) => return Some(format!("{path}: a symlink to {to}, which is no cached file")),
        (Kind::Symlink { .. }, Some((_, cached))) => cached,
        _ => placed.node,
    };
    match &shown.kind {
        Kind::File { sha256, .. } if *sha256 == placed.file.sha256 => {}
        Kind::File { size, .. } => {
            let told = match placed.file.size {
                same if *size == same => format!("{size}, as many as expected"),
                expected => format!("{size} instead of {expected}"),
            };
            return Some(format!("{path}: other bytes ({told})"));
        }
        Kind::Directory => return Some(format!("{path}: a directory")),
        Kind::Symlink { .. } | Kind::Other => return Some(format!("{path}: not a regular file")),
    }
    let mode = shown.mode;
    let wanted = placed.file.mode.filter(|wanted| mode != *wanted && !case.record.probe.modeless)?;
    Some(format!("{path}: mode {mode:o} instead of {wanted:o}"))
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno;
    use crate::observe::Kind;
    use crate::outcome::Rule::{C1, C2};
    use crate::outcome::{Exit, Strategy};
    use crate::verdict::sample::{ARCHIVE, MODULE, Sample, TOOL, other_bytes, symlink_to};

    fn symlinked() -> Sample {
        Sample::new("uv@0.13.9", "ext4", Strategy::Symlink).mode("symlink")
    }

    #[test]
    fn what_is_whole_is_complete_and_faithful_in_every_strategy() {
        for sample in [Sample::linked(), Sample::reflinked(), Sample::copied(), symlinked()] {
            sample.keeps(C1);
            sample.keeps(C2);
        }
    }

    #[test]
    fn missing_and_foreign_files_are_named() {
        Sample::linked().without(TOOL).breaks(C1, &["exdev_pkg/bin/tool: missing"]);
        Sample::linked().with("exdev_pkg/.tmp-4f2a").breaks(C1, &["exdev_pkg/.tmp-4f2a: not of the package"]);
        Sample::copied().without(MODULE).with("staging/x").breaks(
            C1,
            &["exdev_pkg/module_04.py: missing", "staging: not of the package", "staging/x: not of the package"],
        );
    }

    #[test]
    fn what_is_no_file_is_not_complete() {
        let directory = Sample::copied().target(TOOL, |node| node.kind = Kind::Directory);
        directory.breaks(C1, &["exdev_pkg/bin/tool: a directory"]);
        directory.keeps(C2);
        let pipe = Sample::copied().target(TOOL, |node| node.kind = Kind::Other);
        pipe.breaks(C1, &["exdev_pkg/bin/tool: not a regular file"]);
        assert_eq!(pipe.judge().files.values().sum::<usize>(), 33);
    }

    #[test]
    fn modes_are_not_asked_of_a_filesystem_that_has_none() {
        let mut sample = Sample::copied().target(TOOL, |node| node.mode = 0o644);
        sample.breaks(C2, &["exdev_pkg/bin/tool: mode 644 instead of 755"]);
        sample.record.probe.modeless = true;
        sample.keeps(C2);
    }

    #[test]
    fn what_was_there_before_is_not_foreign() {
        let mut sample = Sample::linked().with("pyvenv.cfg");
        sample.record.target_before.insert("pyvenv.cfg".to_owned(), sample.record.target["pyvenv.cfg"].clone());
        sample.keeps(C1);
    }

    #[test]
    fn what_uv_makes_by_design_is_not_foreign() {
        for path in ["RECORD", "INSTALLER", "REQUESTED", "uv_cache.json"] {
            let path = format!("exdev_pkg-1.0.dist-info/{path}");
            assert!(Sample::copied().record.target.contains_key(&path));
            Sample::linked().with(&path).breaks(C1, &[&format!("{path}: not of the package")]);
        }
        Sample::copied().keeps(C1);
        Sample::copied()
            .with("exdev_pkg-1.0.dist-info/RECORD.tmp")
            .breaks(C1, &["exdev_pkg-1.0.dist-info/RECORD.tmp: not of the package"]);
        Sample::copied().with("bin/other").breaks(C1, &["bin/other: not of the package"]);
    }

    #[test]
    fn a_tools_files_are_looked_for_in_its_environment() {
        let tool = || Sample::new("uv-tool@0.13.9", "xfs", Strategy::Reflink);
        let site = "tools/exdev-pkg/lib/python3.12/site-packages";
        for rule in [C1, C2] {
            tool().keeps(rule);
        }
        assert_eq!(tool().judge().files.values().sum::<usize>(), 34);
        let lost = tool().without(&format!("{site}/{TOOL}")).with(&format!("{site}/left"));
        lost.breaks(C1, &[&format!("{site}/{TOOL}: missing"), &format!("{site}/left: not of the package")]);
        tool().with("elsewhere").breaks(C1, &["elsewhere: not of the package"]);
        let other = tool().target(&format!("{site}/{TOOL}"), other_bytes);
        other.breaks(C2, &[&format!("{site}/{TOOL}: other bytes (5 instead of 57)")]);
    }

    #[test]
    fn tools_at_home_are_below_its_data_and_nowhere_else() {
        let home = || Sample::new("uv-tool-home@0.13.9", "xfs", Strategy::Reflink);
        for rule in [C1, C2] {
            home().keeps(rule);
        }
        assert_eq!(home().judge().files.values().sum::<usize>(), 34);
        for path in ["bin/exdev-pkg", "tools/.lock", ".local/share/uv/bin/exdev-pkg", ".local/bin/exdev-pkg"] {
            let (folder, _) = path.rsplit_once('/').unwrap();
            let breach = |path: &str| format!("{path}: not of the package");
            home().with(path).breaks(C1, &[&breach(folder), &breach(path)]);
        }
    }

    #[test]
    fn an_environment_of_old_is_what_was_there_before() {
        let mut sample = Sample::new("uv@0.1.45", "ext4", Strategy::HardLink).without("bin");
        let site = "lib/python3.12/site-packages";
        let package = std::mem::take(&mut sample.record.target);
        for (path, node) in package {
            let path = if path == ".lock" { path } else { format!("{site}/{path}") };
            crate::verdict::sample::insert(&mut sample.record.target, &path, node);
        }
        let script = sample.record.target[&format!("{site}/{TOOL}")].clone();
        sample.record.target.insert("bin/exdev-pkg".to_owned(), script);
        sample.record.target_before.insert("bin".to_owned(), crate::verdict::sample::directory());
        sample.keeps(C1);
        sample.keeps(C2);
        sample.with("bin/other").breaks(C1, &["bin/other: not of the package"]);
    }

    #[test]
    fn bytes_and_modes_are_compared_with_the_package() {
        Sample::copied().target(TOOL, other_bytes).breaks(C2, &["exdev_pkg/bin/tool: other bytes (5 instead of 57)"]);
        Sample::copied()
            .target(TOOL, |node| node.mode = 0o644)
            .breaks(C2, &["exdev_pkg/bin/tool: mode 644 instead of 755"]);
        // A wrong hard link is as wrong as a wrong copy.
        let module = Sample::linked().record.target[MODULE].clone();
        Sample::linked()
            .target(TOOL, |node| *node = module)
            .breaks(C2, &["exdev_pkg/bin/tool: other bytes (357 instead of 57)"]);
    }

    #[test]
    fn a_symlink_is_what_it_points_to() {
        let cached = |path: &str| format!("/exdev/cell/cache/{ARCHIVE}/{path}");
        symlinked()
            .target(TOOL, symlink_to(&cached(MODULE)))
            .breaks(C2, &["exdev_pkg/bin/tool: other bytes (357 instead of 57)"]);
        symlinked()
            .target(TOOL, symlink_to("/exdev/home/tool"))
            .breaks(C2, &["exdev_pkg/bin/tool: a symlink to /exdev/home/tool, which is no cached file"]);
        symlinked().target(TOOL, symlink_to(&cached("exdev_pkg/bin"))).breaks(C2, &["exdev_pkg/bin/tool: a directory"]);
        let in_cache = format!("{ARCHIVE}/{TOOL}");
        symlinked()
            .cache(&in_cache, |node| node.mode = 0o600)
            .breaks(C2, &["exdev_pkg/bin/tool: mode 600 instead of 755"]);
        symlinked().cache(&in_cache, symlink_to("elsewhere")).breaks(C2, &["exdev_pkg/bin/tool: not a regular file"]);
    }

    #[test]
    fn a_linker_that_failed_is_not_judged() {
        let refused = Sample::linked().refused(Strategy::HardLink, Errno::EPERM).without(TOOL);
        for (exit, reason) in [
            (Exit::Code(2), "the linker failed (exit 2)"),
            (Exit::Signal(9), "the linker failed (signal 9)"),
            (Exit::TimedOut(120), "the linker failed (killed after 120 s)"),
        ] {
            for rule in [C1, C2] {
                refused.clone().exit(exit).leaves_open(rule, reason);
            }
        }
    }
}
