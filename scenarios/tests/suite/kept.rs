//! Filled caches that are kept: a linker does with a copy of one what it does with the one that it has filled itself.

use exdev::kernel::Choice;
use exdev::kernel::pool::Pool;
use exdev::run::{conclusions, report};
use rstest::rstest;

use crate::not_run;
use crate::once::{Unwatched, lasting};
use crate::trial::{launcher, link};

const LINKERS: [&str; 18] = [
    "uv@0.6.1",
    "uv",
    "pnpm@10.34.9",
    "pnpm",
    "bun",
    "bun-isolated",
    "yarn",
    "yarn-pnpm",
    "deno",
    "pdm",
    "rattler",
    "dvc",
    "pip",
    "git",
    "ostree",
    "ccache",
    "cargo",
    "reference@staged",
];

/// One agent runs them all twice: the first time each fills its cache, and the second time it gets a copy.
#[rstest]
fn a_copy_of_a_filled_cache_is_as_good_as_one(
    #[values("ext4", "xfs", "btrfs", "tmpfs", "overlay+lower")] pairing: &str,
) {
    let plan = LINKERS.map(|linker| link(linker).scenario(pairing));
    let pool = Pool::new(&launcher(), 1).unwrap_or_else(|error| panic!("{error}"));
    let ran = report(conclusions(&pool, &[&plan[..], &plan[..]].concat(), Choice::Auto, &mut Unwatched));
    assert_eq!(ran.broken_setups, []);
    ran.not_run.iter().for_each(not_run::tolerate_or_fail);
    let (filled, copied) = ran.outcomes.split_at(ran.outcomes.len() / 2);
    for (filled, copied) in filled.iter().zip(copied) {
        assert_eq!((lasting(filled), &filled.files), (lasting(copied), &copied.files), "{pairing}");
    }
}
