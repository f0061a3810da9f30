use super::*;
use crate::errno::Errno;
use crate::linker::Refusal;
use crate::package::Size;
use crate::pairing::Names;

const RETRIED: &str = "\
STATUS: Resolving packages from lockfile...
pdm.termui: Error occurs: 
Traceback (most recent call last):
  File \"/l/pdm/installers/installers.py\", line 162, in write_to_fs
    os.link(src_path, target_path)
OSError: [Errno 18] Invalid cross-device link: '/c/exdev_pkg/a.py' -> '/t/exdev_pkg/a.py'
";

const FAILED: &str = "\
Traceback (most recent call last):
  File \"/l/pdm/installers/synchronizers.py\", line 258, in synchronize
    raise InstallationError(\"Some package operations failed.\")
pdm.exceptions.InstallationError: Some package operations failed.
";

#[test]
fn a_refusal_is_heard_of_and_an_error_only_if_it_is_the_end() {
    let refusal = Refusal {
        strategy: Strategy::HardLink,
        errno: Some(Errno::EXDEV),
        cache: Some("/c/exdev_pkg/a.py".to_owned()),
        target: Some("/t/exdev_pkg/a.py".to_owned()),
    };
    let healed = Pdm.hear("  Retry failed jobs(2/2)\n  🎉 All complete!\n", RETRIED);
    assert_eq!(healed, Heard { refusals: vec![refusal.clone()], ..Heard::default() });
    let failed = Pdm.hear("  ✖ Some package operations failed.\n", &[RETRIED, RETRIED, FAILED].concat());
    assert_eq!((failed.errno, failed.refusals), (Some(Errno::EXDEV), vec![refusal.clone(), refusal]));
    assert_eq!(
        failed.errors,
        [
            "OSError: [Errno 18] Invalid cross-device link: '/c/exdev_pkg/a.py' -> '/t/exdev_pkg/a.py'",
            "pdm.exceptions.InstallationError: Some package operations failed."
        ]
    );
}

#[test]
fn the_mode_is_a_setting_of_the_target() {
    let place = Place::new(Size::Pair, Names::POSIX);
    assert_eq!(
        Pdm.link(&place, "hardlink").arguments.join(" "),
        "-m pdm sync --no-self --verbose --project /exdev/cell/target"
    );
    let settings = |step, mode| Pdm.begins_with(&place, step, mode).remove(1).1;
    assert!(settings(Step::Prime, "hardlink").contains("cache_method = \"copy\"\n"));
    assert!(settings(Step::Link, "hardlink").contains("cache_method = \"hardlink\"\n"));
    assert!(!settings(Step::Link, "default").contains("cache_method"));
    let project = Pdm.begins_with(&place, Step::Link, "default").remove(0).1;
    assert!(project.contains("dependencies = [\"exdev-pkg==1.0\", \"exdev-two==1.0\"]"), "{project}");
}
