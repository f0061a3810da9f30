//! deno: whatever is refused, it copies the whole package, and says so in a debug line alone.

use exdev::outcome::Placement::Copy;
use exdev::outcome::Rule::C5;
use rstest::rstest;

use crate::trial::link;

/// One refusal is enough, wherever it comes, and nothing of what was linked before stays.
#[rstest]
fn deno_is_never_mixed_on_ext4(
    #[values("link#1", "link#5", "link#2..")] calls: &str,
    #[values("EXDEV", "EPERM", "EMLINK")] errno: &str,
) {
    link("deno").fault(&format!("{calls}={errno}")).on("ext4", |seen| {
        seen.exits(0).places([(Copy, 35)]).warns([]).breaks([C5]).meets_faults(1);
        seen.because(C5, ["copied without a warning: 35 files"]);
    });
}
