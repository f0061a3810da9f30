//! Finds rows by their names.

use std::cmp::Reverse;

use super::error::CatalogueError;
use super::row::Row;

/// The files of `scenarios/issues`, in order: the name without its end, and the text.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/issues.rs"));

/// So many names are offered for one that is unknown.
const OFFERED: usize = 3;

/// Every row, in the order of the names.
///
/// # Errors
/// A file is no row.
pub fn rows() -> Result<Vec<Row>, CatalogueError> {
    FILES.iter().map(|(name, text)| Row::parse(name, text)).collect()
}

/// The rows of these names, in which `_` stands for `-` too; each has a scenario.
///
/// # Errors
/// A file is no row, a name is that of none, or its row has no scenario.
pub fn find(names: &[String]) -> Result<Vec<Row>, CatalogueError> {
    let rows = rows()?;
    names.iter().map(|name| pick(&rows, name).cloned()).collect()
}

fn pick<'a>(rows: &'a [Row], name: &str) -> Result<&'a Row, CatalogueError> {
    let plain = name.replace('_', "-");
    match rows.iter().find(|row| row.name == plain) {
        Some(Row { name, elsewhere: Some(reason), .. }) => {
            Err(CatalogueError::Elsewhere { name: name.clone(), reason: reason.clone() })
        }
        Some(row) => Ok(row),
        None => Err(CatalogueError::Unknown { name: name.to_owned(), nearest: nearest(rows, &plain) }),
    }
}

/// The names that begin or go on like this one, and then those that are spelt most like it.
fn nearest(rows: &[Row], name: &str) -> Vec<String> {
    let likeness = |row: &&Row| {
        let within = !name.is_empty() && row.name.contains(name);
        // Between 0 and 1; as a whole number, so that there is an order.
        let spelling = strsim::jaro_winkler(&row.name, name).to_bits();
        Reverse((within, spelling))
    };
    let mut all: Vec<_> = rows.iter().collect();
    all.sort_by_key(likeness);
    all.into_iter().take(OFFERED).map(|row| row.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_row_whose_name_a_test_can_have() {
        let rows = rows().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rows.len(), FILES.len());
        for row in rows {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(row.name.bytes().all(plain), "{}", row.name);
        }
    }

    #[test]
    fn a_scenario_is_at_most_ten_lines() {
        for (name, text) in FILES {
            for scenario in text.split("[[scenario]]").skip(1) {
                let lines = scenario.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
                assert!(lines < 10, "{name}:\n[[scenario]]{scenario}");
            }
        }
    }

    #[test]
    fn a_name_is_found_in_either_spelling() {
        for name in ["uv-17962-bind-mount", "uv_17962_bind_mount"] {
            let found = find(&[name.to_owned()]).map(|rows| rows.into_iter().map(|row| row.name).collect::<Vec<_>>());
            assert_eq!(found, Ok(vec!["uv-17962-bind-mount".to_owned()]));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let row = |name: &str| Row::parse(name, "title = 't'\nelsewhere = 'macOS'").unwrap();
        let rows = ["uv-1-one", "uv-2-two", "bun-2-two", "pnpm-3"].map(row);
        let refused = |name: &str| pick(&rows, name).map(|row| &row.name).map_err(|error| error.to_string());
        let all = "`exdev list scenarios` shows them all";
        assert_eq!(
            refused("two"),
            Err(format!("there is no reported case `two`; the nearest are uv-2-two, bun-2-two, uv-1-one; {all}"))
        );
        let misspelt = refused("pnmp_3").unwrap_err();
        assert!(misspelt.starts_with("there is no reported case `pnmp_3`; the nearest are pnpm-3, "), "{misspelt}");
        assert_eq!(refused("pnpm-3"), Err("the reported case pnpm-3 has no scenario: macOS".to_owned()));
    }
}
