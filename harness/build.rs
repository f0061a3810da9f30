//! Embeds every reported case of `scenarios/issues` into the program: a list of file names and texts.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../scenarios/issues");
    // Of a folder cargo watches every file in it, and whether there are new ones.
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| format!("failed to list {}: {error}", folder.display()))? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut list = "[\n".to_owned();
    for path in &paths {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = path.display().to_string();
        writeln!(list, "    ({stem:?}, include_str!({path:?})),")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("issues.rs"), list + "]\n")?;
    Ok(())
}
