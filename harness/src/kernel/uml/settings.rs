//! What the keeper lays out for the guest's first process, which has nothing else to learn it from.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::filesystem::SetupError;

/// Where it is laid out.
pub const FOLDER: &str = "/exdev/guest";

const FILE: &str = "/exdev/guest/settings.json";

/// What a guest has to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct Settings {
    /// How much memory an agent's images and trees may take, as a size that tmpfs(5) understands.
    pub scratch: String,
    /// The client's environment: where programs and the cache are.
    pub environment: Vec<(OsString, OsString)>,
}

impl Settings {
    /// The settings of a guest that is started from here.
    pub fn of_here(scratch: &str) -> Self {
        Self { scratch: scratch.to_owned(), environment: std::env::vars_os().collect() }
    }

    /// Lays them out.
    pub fn write(&self) -> Result<(), SetupError> {
        let text = serde_json::to_vec(self).map_err(io::Error::from);
        text.and_then(|text| fs::write(FILE, text)).map_err(SetupError::failed("write", FILE))
    }

    /// Finds what was laid out.
    pub fn read() -> Result<Self, SetupError> {
        let text = fs::read(FILE).map_err(SetupError::failed("read", FILE))?;
        serde_json::from_slice(&text).map_err(|error| SetupError::failed("read", Path::new(FILE))(error.into()))
    }
}
