//! Reported cases, one TOML file each: what was reported, on which pairing, and what exactly must be seen.
//!
//! The file's name is the test's: `cargo test -- uv_17962` runs `uv-17962-bind-mount.toml`.

use std::path::PathBuf;

use exdev::catalogue::{Row, rows};
use exdev::report::{card, places};
use rstest::rstest;

use crate::trial::{linker, outcome};

#[rstest]
fn reported(#[files("issues/*.toml")] path: PathBuf) {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let rows = rows().unwrap_or_else(|error| panic!("{error}"));
    let row = rows.iter().find(|row| row.name == name);
    let Row { url, title, claims, .. } = row.unwrap_or_else(|| panic!("{} is not built in", path.display()));
    for claim in claims {
        let scenario = claim.scenario(linker(&claim.linker.to_string()));
        let Some(outcome) = outcome(&scenario) else { continue };
        let differences = claim.check(&outcome);
        assert!(
            differences.is_empty(),
            "{}\n{}\n{title}\n\n{}\n\n{}\n{}",
            path.display(),
            url.as_deref().unwrap_or("no report is known"),
            differences.join("\n"),
            card(&outcome),
            places(&outcome)
        );
    }
}
