//! Unpacks a tarball of npm.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

use super::error::StoreError;

/// The directory that all of a package is in.
const PACKAGE: &str = "package";

/// Unpacks a package, without the directory that it is in.
pub(super) fn unpack(tarball: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |cause| StoreError::Unpack { archive: tarball.to_owned(), member: PACKAGE.to_owned(), cause };
    File::open(tarball).and_then(|file| entries(file, to)).map_err(failed)
}

fn entries(file: File, to: &Path) -> io::Result<()> {
    for entry in Archive::new(GzDecoder::new(file)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let refused = |why: &str| io::Error::other(format!("{} {why}", path.display()));
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let inside = path.strip_prefix(PACKAGE).ok().filter(|inside| inside.components().all(is_name));
        let at = to.join(inside.ok_or_else(|| refused("is not below package/"))?);
        match kind {
            EntryType::Directory => fs::create_dir_all(at)?,
            EntryType::Regular => {
                fs::create_dir_all(at.parent().unwrap_or(to))?;
                let mut file = File::create(&at)?;
                io::copy(&mut entry, &mut file)?;
                let executable = entry.header().mode()? & 0o111 != 0;
                file.set_permissions(Permissions::from_mode(if executable { 0o755 } else { 0o644 }))?;
            }
            _ => return Err(refused("is neither a file nor a directory")),
        }
    }
    Ok(())
}

fn is_name(part: Component) -> bool {
    matches!(part, Component::Normal(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linker::store::bench::{file, tarball};

    fn unpacked(entries: &[(tar::Header, &str, &str)]) -> (tempfile::TempDir, Result<(), String>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.tgz");
        tarball(&path, entries);
        let done = unpack(&path, &directory.path().join("to")).map_err(|error| error.to_string());
        (directory, done)
    }

    #[test]
    fn files_keep_their_bytes_and_whether_they_are_executable() {
        let long = format!("package/{}/f", "d".repeat(120));
        let (directory, done) = unpacked(&[(file(0o775), "package/bin/p", "one"), (file(0o600), &long, "two")]);
        assert_eq!(done, Ok(()));
        for (path, text, mode) in [("bin/p", "one", 0o755), (&long["package/".len()..], "two", 0o644)] {
            let path = directory.path().join("to").join(path);
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn what_leads_out_of_the_package_is_refused() {
        let mut link = file(0o777);
        link.set_entry_type(EntryType::Symlink);
        link.set_link_name("/etc").unwrap();
        for (header, path, problem) in [
            (file(0o644), "package/../../f", "package/../../f is not below package/"),
            (file(0o644), "other/f", "other/f is not below package/"),
            (file(0o644), "/package/f", "/package/f is not below package/"),
            (link, "package/etc", "package/etc is neither a file nor a directory"),
        ] {
            let (directory, done) = unpacked(&[(header, path, "")]);
            let tarball = directory.path().join("a.tgz");
            let sentence =
                format!("failed to unpack package from {}: {problem}; nothing was installed", tarball.display());
            assert_eq!(done, Err(sentence));
            assert!(!directory.path().join("f").exists());
        }
    }

    #[test]
    fn half_a_tarball_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.tgz");
        tarball(&path, &[(file(0o644), "package/f", &"text".repeat(10_000))]);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(unpack(&path, &directory.path().join("to")).is_err());
    }
}
