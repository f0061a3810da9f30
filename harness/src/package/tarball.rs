//! A tar archive of files, in the format of POSIX.1-2001 (pax), see pax(1).
//!
//! Invariant: the same files give the same bytes: they have one time and one owner, and are in the order in which they come.

use std::io;

use tar::{Builder, EntryType, Header};

use super::tree::File;

/// The time that every member has, in seconds: 1985-10-26, 08:15 UTC, the one that `npm pack` gives.
const TIME: u64 = 499_162_500;

/// The archive of these files, each below this directory, which is empty or ends with a slash.
pub fn tarball<'a>(below: &str, files: impl IntoIterator<Item = &'a File>) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for file in files {
        let path = format!("{below}{}", file.path);
        if !fits(&path) {
            let record = record(&path);
            let name = format!("PaxHeaders/{}", short(&file.sha256));
            archive.append(&header(&name, EntryType::XHeader, 0o644, record.len())?, record.as_bytes())?;
        }
        let name = if fits(&path) { path } else { short(&path) };
        archive.append(&header(&name, EntryType::Regular, file.mode, file.bytes.len())?, file.bytes.as_slice())?;
    }
    archive.into_inner()
}

/// How many bytes a header's field for the name holds.
const NAME: usize = 100;

/// Whether every reader takes this path from the header alone.
fn fits(path: &str) -> bool {
    path.len() <= NAME && path.is_ascii()
}

/// What the header has in place of a path that is in a record before it.
fn short(path: &str) -> String {
    let name: String = path.chars().map(|letter| if letter.is_ascii() { letter } else { '_' }).take(NAME / 2).collect();
    // A name that ends with a slash is a directory's.
    name.trim_end_matches('/').to_owned()
}

fn header(name: &str, kind: EntryType, mode: u32, size: usize) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(TIME);
    header.set_size(size as u64);
    header.set_cksum();
    Ok(header)
}

/// A record of an extended header, which begins with its own length.
fn record(path: &str) -> String {
    let rest = format!(" path={path}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

#[cfg(test)]
pub mod tests {
    use std::io::Read;

    use super::*;
    use crate::package::{Size, package};
    use crate::pairing::Names;

    /// The members, each with its path and mode.
    pub fn members(archive: &[u8]) -> Vec<File> {
        let mut archive = tar::Archive::new(archive);
        let members = archive.entries().unwrap().map(|member| {
            let mut member = member.unwrap();
            assert_eq!(member.header().entry_type(), EntryType::Regular);
            let path = String::from_utf8(member.path_bytes().into_owned()).unwrap();
            let mode = member.header().mode().unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            File { mode, ..File::plain(&path, bytes) }
        });
        members.collect()
    }

    #[test]
    fn an_archive_holds_the_files() {
        let files = &package(Size::Small, Names::POSIX).files;
        assert_eq!(members(&tarball("", files).unwrap()), *files);
    }

    #[test]
    fn each_member_has_the_same_time_and_owner() {
        let bytes = tarball("a/", &package(Size::Small, Names::POSIX).files).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        for member in archive.entries().unwrap().raw(true) {
            let member = member.unwrap();
            let header = member.header();
            let owner = (header.uid().unwrap(), header.gid().unwrap(), header.username().unwrap().unwrap());
            assert_eq!((header.mtime().unwrap(), owner), (TIME, (0, 0, "")));
            assert!(!header.path_bytes().is_empty());
        }
    }

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(record("abc"), "12 path=abc\n");
        let ninety = "x".repeat(90);
        assert_eq!(record(&ninety), format!("99 path={ninety}\n"));
        assert_eq!(record(&format!("{ninety}x")), format!("101 path={ninety}x\n"));
    }
}
