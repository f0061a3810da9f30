//! The report as JSON, and the schema that other programs read it by.
//!
//! Invariant: `report.schema.json` beside `Cargo.toml` is the schema of the types in [`crate::outcome`], `probe.schema.json` that of
//! [`Probed`], and `explain.schema.json` that of [`Explained`]; tests compare them.

use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

use super::probe::Probed;
use crate::explain::Explained;
use crate::outcome::{Placement, Report, Rule};

/// A report, of a run or of a probe, as JSON of many lines, ending with a newline.
#[must_use]
pub fn to_json(report: &impl Serialize) -> String {
    // Reports hold numbers, texts and maps with texts or unit variants as keys, none of which serde_json refuses.
    serde_json::to_string_pretty(report).map_or_else(|error| unreachable!("{error}"), |json| json + "\n")
}

/// The JSON schema (draft 2020-12) of a report.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    // schemars lists the keys of a map only where the key's variants have no documentation of their own; here they have.
    let keys = [
        ("/$defs/Outcome/properties/files", json!(generator.subschema_for::<Placement>())),
        ("/$defs/Outcome/properties/contract", json!(generator.subschema_for::<Rule>())),
    ];
    let mut schema = json!(generator.into_root_schema_for::<Report>());
    for (map, key) in keys {
        if let Some(map) = schema.pointer_mut(map) {
            map["propertyNames"] = key;
        }
    }
    schema["title"] = json!("exdev report");
    schema
}

/// The JSON schema (draft 2020-12) of what a probe found.
#[must_use]
pub fn probe_schema() -> Value {
    let mut schema = json!(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Probed>());
    schema["title"] = json!("exdev probe");
    schema
}

/// The JSON schema (draft 2020-12) of an explanation.
#[must_use]
pub fn explained_schema() -> Value {
    let mut schema = json!(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Explained>());
    schema["title"] = json!("exdev explanation");
    schema
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rstest::rstest;

    use super::super::sample::sample;
    use super::*;

    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/report.schema.json");

    #[test]
    fn the_committed_schema_is_the_generated_one() {
        if std::env::var_os("EXDEV_BLESS").is_some() {
            fs::write(COMMITTED, serde_json::to_string_pretty(&schema()).unwrap() + "\n").unwrap();
        }
        // Compared as values, as the order of keys hangs on a feature of serde_json that any dependency can turn on.
        let committed = fs::read_to_string(COMMITTED).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
        assert!(
            committed == Some(schema()),
            "harness/report.schema.json is not the schema of src/outcome.rs; rewrite it by: EXDEV_BLESS=1 cargo test -p exdev schema"
        );
    }

    #[test]
    fn a_report_fits_the_schema_and_survives_being_written_and_read() {
        let text = to_json(&sample());
        let value: Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), sample());
    }

    #[test]
    fn numbers_and_texts_are_where_other_programs_look_for_them() {
        let value: Value = serde_json::from_str(&to_json(&sample())).unwrap();
        assert_eq!(value["outcomes"][5]["exit"], json!(2));
        assert_eq!(value["outcomes"][6]["exit"], json!("signal 9"));
        assert_eq!(value["outcomes"][7]["exit"], json!("killed after 120 s"));
        assert_eq!(value["outcomes"][5]["files"], json!({ "hard link": 4, "copy": 20 }));
        assert_eq!(value["outcomes"][0]["contract"]["C10"]["verdict"], json!("not judged"));
    }

    #[rstest]
    #[case::unknown_strategy("/outcomes/0/strategy", json!("hardlink"))]
    #[case::unknown_placement("/outcomes/0/files", json!({ "hardlink": 24 }))]
    #[case::negative_count("/outcomes/0/files", json!({ "copy": -1 }))]
    #[case::unknown_rule("/outcomes/0/contract", json!({ "C12": { "verdict": "kept", "evidence": [] } }))]
    #[case::unknown_verdict("/outcomes/0/contract/C1/verdict", json!("fine"))]
    #[case::no_exit("/outcomes/0/exit", json!(null))]
    #[case::no_mend("/not_run/0/mend", json!(null))]
    fn a_wrong_report_does_not_fit_the_schema(#[case] place: &str, #[case] wrong: Value) {
        let mut value: Value = serde_json::from_str(&to_json(&sample())).unwrap();
        *value.pointer_mut(place).unwrap() = wrong;
        assert!(!jsonschema::validator_for(&schema()).unwrap().is_valid(&value));
    }
}
