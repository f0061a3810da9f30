use super::hear;
use crate::errno::Errno;
use crate::linker::{Heard, Refusal};
use crate::outcome::Strategy;

/// A refusal with paths under the cache's unpacked wheels and under the target; an empty path is one not stated.
fn refused(strategy: Strategy, errno: Option<i32>, cache: &str, target: &str) -> Refusal {
    let under = |dir: &str, path: &str| (!path.is_empty()).then(|| format!("{dir}/{path}"));
    let [cache, target] = [under("/exdev/cell/cache/archive-v0", cache), under("/exdev/cell/target", target)];
    Refusal { strategy, errno: errno.map(Errno), cache, target }
}

#[test]
fn a_sequence_that_is_cut_short_is_taken_out() {
    assert_eq!(hear("", "cut short \u{1b}["), Heard::default());
}

#[test]
fn the_last_error_is_the_final_one() {
    assert_eq!(hear("", "error: first\n  Caused by: one\nerror: second\n").errors, ["second"]);
}

#[test]
fn v0_1_7_falls_back_without_a_word() {
    let heard = hear("", "    0.076000s DEBUG uv::commands::pip_install Using Python 3.11.2 environment at \u{1b}[36m/exdev/cell/target/venv/bin/python\u{1b}[39m
Resolved 1 package in 8ms
 uv_installer::installer::install num_wheels=1
Installed 1 package in 65ms
 + exdev-pkg==1.0");
    assert_eq!(heard, Heard::default());
}

#[test]
fn v0_1_7_states_the_errno_in_a_cause_of_its_own() {
    let heard = hear("", "error: Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)
  Caused by: failed to hardlink file from /exdev/cell/cache/archive-v0/JnPrVtx6NK4K2OFxGAinX/exdev_pkg/m06.py to /exdev/cell/target/venv/lib/python3.11/site-packages/exdev_pkg/m06.py
  Caused by: Operation not permitted (os error 1)");
    assert_eq!(
        heard.errors,
        [
            "Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)",
            "failed to hardlink file from /exdev/cell/cache/archive-v0/JnPrVtx6NK4K2OFxGAinX/exdev_pkg/m06.py to /exdev/cell/target/venv/lib/python3.11/site-packages/exdev_pkg/m06.py",
            "Operation not permitted (os error 1)"
        ]
    );
    assert_eq!(
        heard.refusals,
        [refused(
            Strategy::HardLink,
            Some(1),
            "JnPrVtx6NK4K2OFxGAinX/exdev_pkg/m06.py",
            "venv/lib/python3.11/site-packages/exdev_pkg/m06.py"
        )]
    );
}

#[test]
fn v0_1_32_notes_a_directory_that_it_did_not_clone() {
    let heard = hear(
        "",
        "DEBUG Failed to clone `/exdev/cell/cache/archive-v0/jYrrdaYciovws7EiAD3a4/exdev_pkg` to `/exdev/cell/target/t/lib/python3.11/site-packages/exdev_pkg`, attempting to copy files as a fallback",
    );
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), None));
    assert_eq!(
        heard.refusals,
        [refused(
            Strategy::Reflink,
            None,
            "jYrrdaYciovws7EiAD3a4/exdev_pkg",
            "t/lib/python3.11/site-packages/exdev_pkg"
        )]
    );
}

#[test]
fn v0_2_23_warns_in_one_line_with_a_hint() {
    let heard = hear("", "warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance. If this is intentional, use `--link-mode=copy` to suppress this warning.

hint: If the cache and target directories are on different filesystems, hardlinking may not be supported.
Installed 1 package in 69ms
 + exdev-pkg==1.0");
    assert_eq!(heard.warnings, ["warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance. If this is intentional, use `--link-mode=copy` to suppress this warning.

hint: If the cache and target directories are on different filesystems, hardlinking may not be supported."]);
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
}

#[test]
fn v0_2_37_warns_in_three_lines() {
    let heard = hear(
        "",
        "warning: Failed to clone files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, reflinking may not be supported.
         If this is intentional, set `UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning.
Installed 1 package in 21ms
 + exdev-pkg==1.0",
    );
    assert_eq!(
        heard.warnings,
        ["warning: Failed to clone files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, reflinking may not be supported.
         If this is intentional, set `UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning."]
    );
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
}

#[test]
fn v0_3_1_warns_with_an_export() {
    let heard = hear(
        "",
        "warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning.
Installed 1 package in 61ms
 + exdev-pkg==1.0",
    );
    assert_eq!(
        heard.warnings,
        ["warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning."]
    );
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
}

#[test]
fn v0_2_23_draws_the_resolver_s_error() {
    let heard = hear(
        "",
        "  × No solution found when resolving dependencies:
  ╰─▶ Because exdev-missing was not found in the provided package locations
      and you require exdev-missing, we can conclude that the requirements
      are unsatisfiable.",
    );
    assert_eq!(
        heard.errors,
        [
            "No solution found when resolving dependencies:",
            "Because exdev-missing was not found in the provided package locations",
            "and you require exdev-missing, we can conclude that the requirements",
            "are unsatisfiable."
        ]
    );
}

#[test]
fn v0_2_23_refuses_a_mode_that_it_does_not_have() {
    let heard = hear(
        "",
        "error: invalid value 'symlink' for '--link-mode <LINK_MODE>'
  [possible values: clone, copy, hardlink]

For more information, try '--help'.",
    );
    assert_eq!(
        heard.errors,
        ["invalid value 'symlink' for '--link-mode <LINK_MODE>'", "[possible values: clone, copy, hardlink]"]
    );
}

#[test]
fn v0_2_23_warns_of_other_things() {
    let heard = hear(
        "",
        "warning: `uv tool install` is experimental and may change without warning.
Resolved 1 package in 11ms
Installed 1 package in 14ms
Installed 3 executables: exdev-main, exdev-py, exdev-sh",
    );
    assert_eq!(
        heard,
        Heard {
            warnings: vec!["warning: `uv tool install` is experimental and may change without warning.".to_owned()],
            ..Heard::default()
        }
    );
}

#[test]
fn v0_4_16_names_reflink_in_the_error() {
    let heard = hear("", "error: Failed to install: exdev_pkg-1.0-py3-none-any.rev.whl (exdev-pkg==1.0)
  Caused by: Failed to reflink /exdev/cell/cache/archive-v0/wB2mMxTkiqMDohFsniuez/exdev_pkg/m03.py to /exdev/cell/target/exdev_pkg/m03.py
  Caused by: Invalid argument (os error 22)");
    assert_eq!(
        heard.errors,
        [
            "Failed to install: exdev_pkg-1.0-py3-none-any.rev.whl (exdev-pkg==1.0)",
            "Failed to reflink /exdev/cell/cache/archive-v0/wB2mMxTkiqMDohFsniuez/exdev_pkg/m03.py to /exdev/cell/target/exdev_pkg/m03.py",
            "Invalid argument (os error 22)"
        ]
    );
    assert_eq!(
        heard.refusals,
        [refused(Strategy::Reflink, Some(22), "wB2mMxTkiqMDohFsniuez/exdev_pkg/m03.py", "exdev_pkg/m03.py")]
    );
}

#[test]
fn v0_6_1_notes_the_target_before_the_cache() {
    let heard = hear(
        "",
        "DEBUG Failed to hardlink `/exdev/cell/target/exdev_pkg-1.0.data/scripts/exdev-py` to `/exdev/cell/cache/archive-v0/CjmhQ9RysnYphw5UDKyIR/exdev_pkg-1.0.data/scripts/exdev-py`, attempting to copy files as a fallback",
    );
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), None));
    assert_eq!(
        heard.refusals,
        [refused(
            Strategy::HardLink,
            None,
            "CjmhQ9RysnYphw5UDKyIR/exdev_pkg-1.0.data/scripts/exdev-py",
            "exdev_pkg-1.0.data/scripts/exdev-py"
        )]
    );
}

#[test]
fn v0_6_1_puts_time_and_module_before_the_message() {
    let heard = hear(
        "",
        "          0.014174s   0ms DEBUG uv_install_wheel::linker Failed to hardlink `/exdev/cell/target/t/exdev_pkg-1.0.dist-info/METADATA` to `/exdev/cell/cache/archive-v0/EZYm4lSgsvVBBSxDIoHKC/exdev_pkg-1.0.dist-info/METADATA`, attempting to copy files as a fallback",
    );
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), None));
    assert_eq!(
        heard.refusals,
        [refused(
            Strategy::HardLink,
            None,
            "EZYm4lSgsvVBBSxDIoHKC/exdev_pkg-1.0.dist-info/METADATA",
            "t/exdev_pkg-1.0.dist-info/METADATA"
        )]
    );
}

#[test]
fn v0_6_1_errs_with_the_cache_before_the_target() {
    let heard = hear("", "error: Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)
  Caused by: failed to hardlink file from /exdev/cell/cache/archive-v0/Fy-gnENkqPsrq5yUUjn2W/exdev_pkg/private.txt to /exdev/cell/target/exdev_pkg/private.txt: Operation not permitted (os error 1)");
    assert_eq!(
        heard.errors,
        [
            "Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)",
            "failed to hardlink file from /exdev/cell/cache/archive-v0/Fy-gnENkqPsrq5yUUjn2W/exdev_pkg/private.txt to /exdev/cell/target/exdev_pkg/private.txt: Operation not permitted (os error 1)"
        ]
    );
    assert_eq!(
        heard.refusals,
        [refused(Strategy::HardLink, Some(1), "Fy-gnENkqPsrq5yUUjn2W/exdev_pkg/private.txt", "exdev_pkg/private.txt")]
    );
}

#[test]
fn v0_10_4_errs_with_the_target_before_the_cache() {
    let heard = hear("", "error: Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)
  Caused by: failed to hardlink file from /exdev/cell/target/exdev_pkg/m07.py to /exdev/cell/cache/archive-v0/zF-wdJlzfRZrdfNFA4Nje/exdev_pkg/m07.py: Operation not permitted (os error 1)");
    assert_eq!(
        heard.errors,
        [
            "Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)",
            "failed to hardlink file from /exdev/cell/target/exdev_pkg/m07.py to /exdev/cell/cache/archive-v0/zF-wdJlzfRZrdfNFA4Nje/exdev_pkg/m07.py: Operation not permitted (os error 1)"
        ]
    );
    assert_eq!(
        heard.refusals,
        [refused(Strategy::HardLink, Some(1), "zF-wdJlzfRZrdfNFA4Nje/exdev_pkg/m07.py", "exdev_pkg/m07.py")]
    );
}

#[test]
fn v0_10_5_notes_each_step_with_its_errno() {
    let heard = hear("", "DEBUG Failed to reflink `/exdev/cell/cache/archive-v0/a02GI5DNMUWzQ0bUhK8HE/exdev_pkg-1.0.dist-info/WHEEL` to `/exdev/cell/target/exdev_pkg-1.0.dist-info/WHEEL`: Invalid cross-device link (os error 18), falling back
DEBUG Failed to hard link `/exdev/cell/cache/archive-v0/a02GI5DNMUWzQ0bUhK8HE/exdev_pkg-1.0.dist-info/WHEEL` to `/exdev/cell/target/exdev_pkg-1.0.dist-info/WHEEL`: failed to hardlink file from /exdev/cell/target/exdev_pkg-1.0.dist-info/WHEEL to /exdev/cell/cache/archive-v0/a02GI5DNMUWzQ0bUhK8HE/exdev_pkg-1.0.dist-info/WHEEL: Invalid cross-device link (os error 18); falling back to copy");
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), None));
    assert_eq!(
        heard.refusals,
        [
            refused(
                Strategy::Reflink,
                Some(18),
                "a02GI5DNMUWzQ0bUhK8HE/exdev_pkg-1.0.dist-info/WHEEL",
                "exdev_pkg-1.0.dist-info/WHEEL"
            ),
            refused(
                Strategy::HardLink,
                Some(18),
                "a02GI5DNMUWzQ0bUhK8HE/exdev_pkg-1.0.dist-info/WHEEL",
                "exdev_pkg-1.0.dist-info/WHEEL"
            )
        ]
    );
}

#[test]
fn v0_10_5_does_not_name_the_hard_link_that_follows() {
    let heard = hear("", "DEBUG Failed to reflink `/exdev/cell/cache/archive-v0/mcHwzjRnV6gy8ejRTGDbE/exdev_pkg/m06.py` to `/exdev/cell/target/exdev_pkg/m06.py`: Operation not supported (os error 95), falling back
Installed 1 package in 18ms");
    assert_eq!((heard.strategy, heard.fallback), (None, None));
    assert_eq!(
        heard.refusals,
        [refused(Strategy::Reflink, Some(95), "mcHwzjRnV6gy8ejRTGDbE/exdev_pkg/m06.py", "exdev_pkg/m06.py")]
    );
}

#[test]
fn v0_10_9_copies_a_file_at_the_link_limit() {
    let heard = hear(
        "",
        "DEBUG Hit link limit for /exdev/cell/cache/archive-v0/XgBBsZsBHFabeh6mjphKP/exdev_pkg/m00.py, creating a fresh copy",
    );
    assert_eq!((heard.strategy, heard.fallback), (None, None));
    assert_eq!(heard.refusals, [refused(Strategy::HardLink, None, "XgBBsZsBHFabeh6mjphKP/exdev_pkg/m00.py", "")]);
}

#[test]
fn v0_13_9_copies_a_file_at_the_link_limit() {
    let heard = hear(
        "",
        "DEBUG Hit link limit for `/exdev/cell/cache/archive-v0/4RCIvykGAvpz8och/exdev_pkg/m00.py`, creating a fresh copy",
    );
    assert_eq!((heard.strategy, heard.fallback), (None, None));
    assert_eq!(heard.refusals, [refused(Strategy::HardLink, None, "4RCIvykGAvpz8och/exdev_pkg/m00.py", "")]);
}

#[test]
fn v0_12_0_errs_with_caused_by() {
    let heard = hear("", "error: Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)
  Caused by: Failed to copy to `/exdev/cell/target/exdev_pkg/.tmpIc4beE/m19.py`
  Caused by: failed to copy file from /exdev/cell/cache/archive-v0/u3NLBbLFynZBkqUF/exdev_pkg/m19.py to /exdev/cell/target/exdev_pkg/.tmpIc4beE/m19.py: Permission denied (os error 13)");
    assert_eq!(
        heard.errors,
        [
            "Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)",
            "Failed to copy to `/exdev/cell/target/exdev_pkg/.tmpIc4beE/m19.py`",
            "failed to copy file from /exdev/cell/cache/archive-v0/u3NLBbLFynZBkqUF/exdev_pkg/m19.py to /exdev/cell/target/exdev_pkg/.tmpIc4beE/m19.py: Permission denied (os error 13)"
        ]
    );
    assert_eq!(
        heard.refusals,
        [refused(Strategy::Copy, Some(13), "u3NLBbLFynZBkqUF/exdev_pkg/m19.py", "exdev_pkg/.tmpIc4beE/m19.py")]
    );
}

#[test]
fn v0_13_9_errs_with_cause() {
    let heard = hear("", "error: Failed to install: exdev_two-1.0-py3-none-any.whl (exdev-two==1.0)
  cause: Failed to create symlink from `/exdev/cell/cache/archive-v0/VsQYSNd_faDcpP1t/exdev_two/m0.py` to `/exdev/cell/target/t/exdev_two/m0.py`
  cause: failed to symlink file from /exdev/cell/target/t/exdev_two/m0.py to /exdev/cell/cache/archive-v0/VsQYSNd_faDcpP1t/exdev_two/m0.py: Operation not permitted (os error 1)");
    assert_eq!(
        heard.errors,
        [
            "Failed to install: exdev_two-1.0-py3-none-any.whl (exdev-two==1.0)",
            "Failed to create symlink from `/exdev/cell/cache/archive-v0/VsQYSNd_faDcpP1t/exdev_two/m0.py` to `/exdev/cell/target/t/exdev_two/m0.py`",
            "failed to symlink file from /exdev/cell/target/t/exdev_two/m0.py to /exdev/cell/cache/archive-v0/VsQYSNd_faDcpP1t/exdev_two/m0.py: Operation not permitted (os error 1)"
        ]
    );
    assert_eq!(
        heard.refusals,
        [refused(Strategy::Symlink, Some(1), "VsQYSNd_faDcpP1t/exdev_two/m0.py", "t/exdev_two/m0.py")]
    );
}

#[test]
fn v0_13_9_puts_the_error_after_the_debug_lines() {
    let heard = hear("", "DEBUG Failed to reflink `/exdev/cell/cache/archive-v0/vNLQ6cSuf-yr-WNu/exdev_pkg/m03.py` to `/exdev/cell/target/exdev_pkg/m03.py`: Operation not supported (os error 95), falling back
error: Failed to install: exdev_pkg-1.0-py3-none-any.whl (exdev-pkg==1.0)
  cause: failed to hardlink file from /exdev/cell/target/exdev_pkg/m05.py to /exdev/cell/cache/archive-v0/vNLQ6cSuf-yr-WNu/exdev_pkg/m05.py: Operation not permitted (os error 1)");
    assert_eq!((heard.strategy, heard.fallback), (None, None));
    assert_eq!(
        heard.refusals,
        [
            refused(Strategy::Reflink, Some(95), "vNLQ6cSuf-yr-WNu/exdev_pkg/m03.py", "exdev_pkg/m03.py"),
            refused(Strategy::HardLink, Some(1), "vNLQ6cSuf-yr-WNu/exdev_pkg/m05.py", "exdev_pkg/m05.py")
        ]
    );
}

#[test]
fn v0_13_9_notes_a_temporary_place_beside_an_existing_file() {
    let heard = hear("", "DEBUG Failed to reflink `/exdev/cell/cache/archive-v0/qZ94YWRu-Hrs3mbp/exdev_pkg/m12.py` to temp location, falling back
DEBUG Failed to hardlink `/exdev/cell/cache/archive-v0/qZ94YWRu-Hrs3mbp/exdev_pkg/m12.py` to temp location, falling back to copy
warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning.
Installed 1 package in 27ms");
    assert_eq!(
        heard.warnings,
        ["warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning."]
    );
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
    assert_eq!(
        heard.refusals,
        [
            refused(Strategy::Reflink, None, "qZ94YWRu-Hrs3mbp/exdev_pkg/m12.py", ""),
            refused(Strategy::HardLink, None, "qZ94YWRu-Hrs3mbp/exdev_pkg/m12.py", "")
        ]
    );
}

#[test]
fn v0_2_23_colours_its_warning() {
    let heard = hear("", "\u{1b}[2mResolved \u{1b}[1m1 package\u{1b}[0m \u{1b}[2min 1ms\u{1b}[0m\u{1b}[0m
\u{1b}[1m\u{1b}[33mwarning\u{1b}[39m\u{1b}[0m\u{1b}[1m:\u{1b}[0m \u{1b}[1mFailed to hardlink files; falling back to full copy. This may lead to degraded performance. If this is intentional, use `--link-mode=copy` to suppress this warning.

hint: If the cache and target directories are on different filesystems, hardlinking may not be supported.\u{1b}[0m
\u{1b}[2mInstalled \u{1b}[1m1 package\u{1b}[0m \u{1b}[2min 2ms\u{1b}[0m\u{1b}[0m
 \u{1b}[32m+\u{1b}[39m \u{1b}[1mexdev-pkg\u{1b}[0m\u{1b}[2m==1.0\u{1b}[0m");
    assert_eq!(heard.warnings, ["warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance. If this is intentional, use `--link-mode=copy` to suppress this warning.

hint: If the cache and target directories are on different filesystems, hardlinking may not be supported."]);
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
}

#[test]
fn v0_13_9_colours_its_warning() {
    let heard = hear("", "\u{1b}[2mResolved \u{1b}[1m1 package\u{1b}[0m \u{1b}[2min 6ms\u{1b}[0m\u{1b}[0m
\u{1b}[1m\u{1b}[33mwarning\u{1b}[39m\u{1b}[0m\u{1b}[1m:\u{1b}[0m \u{1b}[1mFailed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning.\u{1b}[0m
\u{1b}[2mInstalled \u{1b}[1m1 package\u{1b}[0m \u{1b}[2min 6ms\u{1b}[0m\u{1b}[0m
 \u{1b}[32m+\u{1b}[39m \u{1b}[1mexdev-pkg\u{1b}[0m\u{1b}[2m==1.0\u{1b}[0m");
    assert_eq!(
        heard.warnings,
        ["warning: Failed to hardlink files; falling back to full copy. This may lead to degraded performance.
         If the cache and target directories are on different filesystems, hardlinking may not be supported.
         If this is intentional, set `export UV_LINK_MODE=copy` or use `--link-mode=copy` to suppress this warning."]
    );
    assert_eq!((heard.strategy, heard.fallback), (Some(Strategy::Copy), Some(Strategy::Copy)));
}

#[test]
fn v0_6_1_draws_a_tree_of_what_failed_on_vfat() {
    let heard = hear(
        "",
        "  × Failed to download `exdev-pkg==1.0`
  ├─▶ Failed to write to the distribution cache
  ╰─▶ Operation not permitted (os error 1)
DEBUG Released lock at `/exdev/throwaway/.lock`
",
    );
    assert_eq!(
        heard.errors,
        [
            "Failed to download `exdev-pkg==1.0`",
            "Failed to write to the distribution cache",
            "Operation not permitted (os error 1)"
        ]
    );
    assert_eq!((heard.errno, heard.refusals), (Some(Errno::EPERM), vec![]));
}

#[test]
fn v0_13_9_names_the_symlink_that_vfat_refuses() {
    let heard = hear("", "error: Failed to download `exdev-pkg==1.0`
  cause: Failed to write to the distribution cache
  cause: failed to symlink file from /exdev/cell/cache/wheels-v8/index/5a81/exdev-pkg/1.0-py3-none-any to ../../../../archive-v0/DOXQF4USKSb-TaxD: Operation not permitted (os error 1)
");
    assert_eq!(heard.errno, Some(Errno::EPERM));
    assert_eq!(heard.refusals.last().map(|refusal| refusal.strategy), Some(Strategy::Symlink));
}
