//! The files of a run: `report.json` and `junit.xml` in one folder.
//!
//! Invariant: a file is there whole or not at all; it is written beside its place and renamed into it.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

use super::json::to_json;
use super::junit::{JunitError, to_junit};
use crate::outcome::Report;

/// Why the files of a run could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The folder or a file in it could not be made.
    #[error("failed to write {}: {cause}; choose another folder with --out", path.display())]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The report could not be written as `JUnit` XML.
    #[error("failed to write {}: {cause}", path.display())]
    Junit {
        /// The file.
        path: PathBuf,
        /// What was refused.
        cause: JunitError,
    },
}

/// Writes `report.json` and `junit.xml` into the folder, which is made if it is missing.
pub fn write(report: &Report, dir: &Path) -> Result<(), WriteError> {
    let junit = dir.join("junit.xml");
    let xml = to_junit(report).map_err(|cause| WriteError::Junit { path: junit.clone(), cause })?;
    create(dir)?;
    place(dir, &dir.join("report.json"), &to_json(report))?;
    place(dir, &junit, &xml)
}

/// Makes sure, before a long run, that the folder exists and can be written to.
pub fn check_writable(dir: &Path) -> Result<(), WriteError> {
    create(dir)?;
    let failed = |cause| WriteError::Write { path: dir.to_owned(), cause };
    let mut file = NamedTempFile::new_in(dir).map_err(failed)?;
    // A full disk takes an empty file and refuses its first byte.
    file.write_all(b"exdev").and_then(|()| file.close()).map_err(failed)
}

fn create(dir: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(dir).map_err(|cause| WriteError::Write { path: dir.to_owned(), cause })
}

fn place(dir: &Path, path: &Path, text: &str) -> Result<(), WriteError> {
    let failed = |cause| WriteError::Write { path: path.to_owned(), cause };
    // A temporary file is its owner's alone; a report is for whoever the umask lets read.
    let mut file =
        tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(dir).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample;
    use super::*;

    #[test]
    fn both_files_are_written_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("a/b");
        for _ in 0..2 {
            write(&sample(), &dir).unwrap();
        }
        let mut names: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["junit.xml", "report.json"]);
        let json = fs::read_to_string(dir.join("report.json")).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), sample());
        assert_eq!(fs::read_to_string(dir.join("junit.xml")).unwrap(), to_junit(&sample()).unwrap());
    }

    #[test]
    fn a_report_has_the_permissions_of_an_ordinary_file() {
        let dir = tempfile::tempdir().unwrap();
        write(&Report::default(), dir.path()).unwrap();
        fs::write(dir.path().join("ordinary"), "").unwrap();
        let [report, ordinary] =
            ["report.json", "ordinary"].map(|name| fs::metadata(dir.path().join(name)).unwrap().permissions().mode());
        assert_eq!(report, ordinary);
    }

    #[test]
    fn a_writable_folder_is_made_and_left_empty() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("out");
        check_writable(&dir).unwrap();
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_is_refused_with_its_path() {
        // A file in the folder's place refuses root too.
        let file = NamedTempFile::new().unwrap();
        let dir = file.path().join("out");
        let message = format!(
            "failed to write {}: Not a directory (os error 20); choose another folder with --out",
            dir.display()
        );
        assert_eq!(check_writable(&dir).unwrap_err().to_string(), message);
        assert_eq!(write(&Report::default(), &dir).unwrap_err().to_string(), message);
    }
}
