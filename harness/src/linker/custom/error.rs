//! Why a described linker cannot be tested.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a description of a linker cannot be used.
#[derive(Debug, Error)]
pub enum DescriptionError {
    /// The file cannot be read.
    #[error("failed to read the linker file {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The text is no description.
    #[error("the linker file {} is malformed at line {line}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// It says something that cannot be.
    #[error("the linker file {} is wrong: {problem}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The program that a description in this file names.
pub(super) fn program(description: &Path, program: &str) -> Result<PathBuf, DescriptionError> {
    let path = description.parent().unwrap_or(Path::new("")).join(program);
    let wrong = |why: String| DescriptionError::Wrong {
        path: description.to_owned(),
        problem: format!("its program {} cannot be run: {why}", path.display()),
    };
    let found = path.canonicalize().map_err(|error| wrong(error.to_string()))?;
    let metadata = found.metadata().map_err(|error| wrong(error.to_string()))?;
    if !metadata.is_file() || metadata.permissions().mode() & 0o111 == 0 {
        return Err(wrong("it is no executable file".to_owned()));
    }
    Ok(found)
}
