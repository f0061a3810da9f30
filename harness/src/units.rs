//! Figures as a person reads them.

/// A number of bytes, in the largest unit of which there is at least one.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = units.into_iter().find(|(_, power)| bytes >> power > 0);
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |(unit, power)| {
            let tenths = (bytes >> (power - 10)) * 10 / 1024;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_largest_unit() {
        let sizes = [0, 1023, 1024, 1536, 5 << 20, (3 << 40) + (1 << 39)];
        assert_eq!(sizes.map(size), ["0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 MiB", "3.5 TiB"]);
    }
}
