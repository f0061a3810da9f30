//! yarn 4: what becomes of a file that cannot be linked, with `nmMode: hardlinks-global`, and with `nodeLinker: pnpm`.

use exdev::outcome::Placement::{Copy, HardLink};
use exdev::outcome::Rule::{C1, C8, C9};
use rstest::rstest;

use crate::trial::link;

/// YN0074.
const DOWNGRADED: &str = "'nmMode' has been downgraded to 'hardlinks-local' due to global cache and install folder being on \
                          different devices";

#[test]
fn yarn_copies_every_file_and_says_so_on_ext4_tmpfs() {
    link("yarn").on("ext4:tmpfs", |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([DOWNGRADED]).breaks([]).is_accepted();
    });
}

/// A link that is refused once is tried again, from a fresh copy in the store. A second refusal is not told.
#[rstest]
fn yarn_tries_each_link_twice_on_ext4(#[values("EPERM", "EMLINK", "EIO")] errno: &str) {
    link("yarn").fault(&format!("link#3={errno}")).on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 35)]).warns([]).breaks([]);
    });
    link("yarn").fault(&format!("link#3..5={errno}")).on("ext4", |seen| {
        seen.exits(0).places([(HardLink, 34)]).warns([]).breaks([C1]).meets_faults(3);
    });
}

/// <https://github.com/yarnpkg/berry/issues/5326>: the other linker has no fallback.
#[test]
fn yarn_pnpm_fails_on_ext4_tmpfs() {
    link("yarn-pnpm").on("ext4:tmpfs", |seen| {
        seen.exits(1).places([]).breaks([C8]).because(C8, ["directories were left behind"]).is_accepted();
    });
}

/// It leaves what it has linked, and the next run mends that.
#[rstest]
fn yarn_pnpm_leaves_a_partial_tree_on_ext4(#[values("EXDEV", "EPERM", "EMLINK")] errno: &str) {
    link("yarn-pnpm").fault(&format!("link#5={errno}")).on("ext4", |seen| {
        seen.exits(1).places([(HardLink, 4)]).breaks([C8]);
        seen.because(C8, ["4 of the package's 35 files were left behind"]).because(C9, []);
    });
}
