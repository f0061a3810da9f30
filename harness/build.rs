//! Embeds into the program every reported case of `scenarios/issues`, a list of file names and texts, and the library that is
//! preloaded into the guest kernel.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let (manifest, out) = (env::var("CARGO_MANIFEST_DIR")?, env::var("OUT_DIR")?);
    list_issues(&Path::new(&manifest).join("../scenarios/issues"), &Path::new(&out).join("issues.rs"))?;
    compile_preload(&Path::new(&manifest).join("preload/registers.rs"), &Path::new(&out).join("registers.so"))
}

fn list_issues(folder: &Path, list: &Path) -> Result<(), Box<dyn Error>> {
    // Of a folder cargo watches every file in it, and whether there are new ones.
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("failed to list {}: {error}", folder.display()))? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut text = "[\n".to_owned();
    for path in &paths {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = path.display().to_string();
        writeln!(text, "    ({stem:?}, include_str!({path:?})),")?;
    }
    fs::write(list, text + "]\n")?;
    Ok(())
}

/// An empty file where it cannot be made: such a program's guests do without.
fn compile_preload(source: &Path, library: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", source.display());
    let is = |what: &str, value: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).is_ok_and(|it| it == value);
    if !(is("ARCH", "x86_64") && is("OS", "linux") && is("ENV", "gnu")) {
        return Ok(fs::write(library, [])?);
    }
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-type", "cdylib", "--target", &env::var("TARGET")?]);
    rustc.args(["-C", "panic=abort", "-C", "opt-level=2", "-C", "strip=symbols"]);
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.args(["-C", &format!("linker={linker}")]);
    }
    match rustc.arg("-o").arg(library).arg(source).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("rustc failed on {}: {status}", source.display()).into()),
        Err(error) => Err(format!("failed to run {}: {error}", rustc.get_program().display()).into()),
    }
}
