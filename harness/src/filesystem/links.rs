//! Gives a file all the links that its filesystem allows.

use std::fs;
use std::path::Path;

use super::error::SetupError;
use crate::errno::Errno;

/// More links than a file can have on ext4 (65,000), and so few that they are made within seconds.
const MOST: u32 = 70_000;

/// So many links are in one directory: a filesystem looks through what is there for each new name.
const IN_ONE: u32 = 64;

/// Links the file into directories below a new one until link(2) refuses with EMLINK. That takes directory entries, and an inode
/// for each directory.
///
/// # Errors
/// The filesystem allows more links than it makes sense to make.
pub fn use_up(file: &Path, directory: &Path) -> Result<(), SetupError> {
    fs::create_dir(directory).map_err(SetupError::failed("create", directory))?;
    let mut within = directory.to_path_buf();
    for number in 0..MOST {
        if number % IN_ONE == 0 {
            within = directory.join((number / IN_ONE).to_string());
            fs::create_dir(&within).map_err(SetupError::failed("create", &within))?;
        }
        let link = within.join((number % IN_ONE).to_string());
        match fs::hard_link(file, &link) {
            Err(error) if Errno::from(&error) == Errno::EMLINK => return Ok(()),
            made => made.map_err(SetupError::failed("make the hard link", &link))?,
        }
    }
    Err(SetupError::not_here(
        format!("this kernel allows a file more than {MOST} links on this filesystem"),
        "use a filesystem that allows fewer: ext4 or minix",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_is_refused_for_another_reason_is_named() {
        let root = tempfile::tempdir().unwrap();
        let error = use_up(&root.path().join("file"), &root.path().join("links")).unwrap_err().to_string();
        let link = root.path().join("links/0/0");
        let expected = format!("failed to make the hard link {}: No such file or directory", link.display());
        assert!(error.starts_with(&expected), "{error}");
    }
}
