//! The two ends as the kernel sees them.

use std::path::Path;

use super::error::SetupError;
use crate::facts::whereabouts;
use crate::outcome::End;

/// Where a path is.
pub fn end(path: &Path) -> Result<End, SetupError> {
    whereabouts(path).map_err(|error| SetupError::failed(error.operation, error.path)(error.source))
}
