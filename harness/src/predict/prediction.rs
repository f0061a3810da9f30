//! Every linker in every mode.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::predict;
use crate::linker::Linker;
use crate::outcome::Predicted;
use crate::probe::Findings;

/// What is expected of one linker in one mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The linker, with its version.
    pub linker: String,
    /// What it is asked for, in its own words.
    pub mode: String,
    /// What it will do.
    #[serde(flatten)]
    pub predicted: Predicted,
}

/// What is expected of each of these linkers, in each of its modes.
#[must_use]
pub fn predictions(findings: &Findings, linkers: &[Linker]) -> Vec<Prediction> {
    let all = linkers.iter().flat_map(|linker| {
        let adapter = linker.adapter();
        let prediction = |mode: &str| {
            let predicted = predict(findings, &*adapter, mode)?;
            Some(Prediction { linker: linker.to_string(), mode: mode.to_owned(), predicted })
        };
        adapter.modes().into_iter().filter_map(prediction).collect::<Vec<_>>()
    });
    all.collect()
}
