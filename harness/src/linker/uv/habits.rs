//! What uv does where the kernel refuses it something, by version, and where its cache holds packages.

use std::collections::BTreeMap;

use crate::errno::Errno;
use crate::linker::version::Version;
use crate::linker::{Announces, Copies, Habits, Need, OnRefusal, Order};
use crate::probe::Shelf;

/// The habits of one version in one mode.
pub(super) fn habits(version: &Version, mode: &str) -> Habits {
    // <https://github.com/astral-sh/uv/pull/17699>: where an inode has no links to spare, the cache gets a new one.
    let overcomes: &[Errno] = if *version >= Version::of(0, 10, 9) { &[Errno::EMLINK] } else { &[] };
    let announces = match mode {
        _ if *version < Version::of(0, 2, 23) => Announces::Nothing,
        // Until 0.4.16 it tried to clone whole directories, which Linux refuses: it copies wherever it is, and warns.
        "clone" if *version < Version::of(0, 4, 16) => Announces::Always,
        _ => Announces::Copies,
    };
    Habits {
        on_refusal: OnRefusal::FirstDecides,
        overcomes,
        announces,
        order: Order::Directories,
        copies: Copies::Ranges,
        needs: &[Need::Writes, Need::Symlinks],
    }
}

/// Unpacked wheels are in the cache's bucket `archive-vN`, each in a directory of its own.
pub(super) fn package_of(cached: &str) -> Option<&str> {
    let bucket = cached.find('/').filter(|_| is_bucket(cached))?;
    let end = cached[bucket + 1..].find('/')?;
    Some(&cached[..bucket + 1 + end])
}

/// The unpacked wheels.
pub(super) fn packages(shelves: &BTreeMap<String, Shelf>) -> Shelf {
    let buckets = shelves.iter().filter(|(shelf, _)| is_bucket(shelf));
    buckets.fold(Shelf::default(), |all, (_, bucket)| Shelf {
        directories: all.directories + bucket.directories,
        bytes: all.bytes.saturating_add(bucket.bytes),
    })
}

fn is_bucket(path: &str) -> bool {
    path.starts_with("archive-v")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_file_is_of_the_wheel_that_it_was_unpacked_from() {
        assert_eq!(package_of("archive-v0/k3X-v_B/pkg/a.py"), Some("archive-v0/k3X-v_B"));
        assert_eq!(package_of("archive-v0/k3X-v_B/a.py"), Some("archive-v0/k3X-v_B"));
        for other in ["archive-v0/lock", "wheels-v5/index/a/b", "CACHEDIR.TAG"] {
            assert_eq!(package_of(other), None, "{other}");
        }
        let shelf = |directories, bytes| Shelf { directories, bytes };
        let shelves = [("archive-v0", shelf(3, 300)), ("archive-v1", shelf(2, 20)), ("wheels-v5", shelf(7, 7000))];
        assert_eq!(packages(&shelves.map(|(name, shelf)| (name.to_owned(), shelf)).into()), shelf(5, 320));
    }

    #[test]
    fn habits_change_with_the_versions() {
        let of = |version| habits(&Version::new(version), "default");
        let clone = |version| habits(&Version::new(version), "clone").announces;
        assert_eq!(
            ["0.2.22", "0.3.1", "0.4.16"].map(clone),
            [Announces::Nothing, Announces::Always, Announces::Copies]
        );
        assert_eq!(of("0.2.22").announces, Announces::Nothing);
        assert_eq!(of("0.2.23").announces, Announces::Copies);
        assert_eq!(of("0.10.8").overcomes, []);
        assert_eq!(of("0.10.9").overcomes, [Errno::EMLINK]);
    }
}
