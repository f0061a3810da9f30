//! Version numbers of linkers, compared by their numbers.

use std::fmt;

/// `MAJOR.MINOR.PATCH`; anything behind the third number counts as that release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    text: String,
    numbers: [u32; 3],
}

impl Version {
    /// Reads a version; what is no number reads as 0.
    pub fn new(text: &str) -> Self {
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(text.split('.')) {
            let digits = part.find(|other: char| !other.is_ascii_digit()).map_or(part, |end| &part[..end]);
            *number = digits.parse().unwrap_or(0);
        }
        Self { text: text.to_owned(), numbers }
    }

    /// The numbers of a release, to compare with.
    pub const fn of(major: u32, minor: u32, patch: u32) -> [u32; 3] {
        [major, minor, patch]
    }
}

impl PartialEq<[u32; 3]> for Version {
    fn eq(&self, other: &[u32; 3]) -> bool {
        self.numbers == *other
    }
}

impl PartialOrd<[u32; 3]> for Version {
    fn partial_cmp(&self, other: &[u32; 3]) -> Option<std::cmp::Ordering> {
        self.numbers.partial_cmp(other)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(Version::new("0.10.4") < Version::of(0, 10, 5));
        assert!(Version::new("0.10.5") >= Version::of(0, 10, 5));
        assert!(Version::new("0.6.1") < Version::of(0, 10, 5));
        assert!(Version::new("0.10.5rc1") == Version::of(0, 10, 5));
    }
}
