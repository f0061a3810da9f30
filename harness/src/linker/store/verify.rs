//! Compares what a client fetched with what is pinned.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::observe::hex;

use super::error::StoreError;
use super::lock::Pin;
use super::origin::Origin;

/// The digest of the file, if that is the one which is wanted.
pub(super) fn verify(path: &Path, origin: Origin, version: &str, pin: Option<&Pin>) -> Result<String, StoreError> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (client, name) = (origin.client(), origin.name());
    match pin {
        Some(pin) if pin.file != file => {
            return Err(StoreError::OtherFile { client, name, expected: pin.file.clone(), found: file });
        }
        // pip fetches uv 0.9.0 for 0.9, and npm the newest 10 for 10.
        None if !origin.is_called(version, &file) => {
            return Err(StoreError::NotExact { name, version: version.to_owned() });
        }
        _ => {}
    }
    let bytes =
        fs::read(path).map_err(|cause| StoreError::Cache { operation: "read", path: path.to_owned(), cause })?;
    compare(file, &bytes, pin, format!("{} serves", client.registry()))
}

/// The digest of these bytes, if it is the pinned one. `server` gave them.
pub(super) fn compare(file: String, bytes: &[u8], pin: Option<&Pin>, server: String) -> Result<String, StoreError> {
    let found = hex(&Sha256::digest(bytes));
    match pin {
        Some(pin) if pin.sha256 != found => {
            Err(StoreError::Digest { file, expected: pin.sha256.clone(), found, server })
        }
        _ => Ok(found),
    }
}
