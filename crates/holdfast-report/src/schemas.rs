//! JSON schemas of the documents that are written, for `docs/schemas`.

use holdfast_model::{Capture, Comparison, Drift, Evaluation, Inventory};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::bisection::Bisection;
use crate::diff::Diff;
use crate::document::{Document, Report};
use crate::import::Import;
use crate::inspection::Inspections;
use crate::judged::Judged;
use crate::lock::LockReport;
use crate::outdated::Outdated;
use crate::recording::Recording;
use crate::rules::Catalogue;
use crate::stream::Stream;
use crate::tree::Forest;
use crate::why::Why;

/// The JSON schemas (draft 2020-12): file name and text, sorted by name.
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("bisection-1.schema.json", report::<Bisection>()),
        (
            "capture-1.schema.json",
            schema_of::<Capture>(Capture::SCHEMA),
        ),
        ("comparison-1.schema.json", report::<Judged<Comparison>>()),
        ("diff-1.schema.json", report::<Diff>()),
        ("drift-1.schema.json", report::<Judged<Drift>>()),
        (
            "evaluation-1.schema.json",
            schema_of::<Evaluation>(Evaluation::SCHEMA),
        ),
        ("import-1.schema.json", report::<Import>()),
        ("inspection-1.schema.json", report::<Inspections>()),
        (
            "inventory-1.schema.json",
            schema_of::<Inventory>(Inventory::SCHEMA),
        ),
        ("lock-report-1.schema.json", report::<LockReport>()),
        ("outdated-1.schema.json", report::<Outdated>()),
        ("recording-1.schema.json", report::<Recording>()),
        ("rules-1.schema.json", report::<Catalogue>()),
        ("stream-1.schema.json", report::<Stream>()),
        ("tree-1.schema.json", report::<Forest>()),
        ("why-1.schema.json", report::<Why>()),
    ]
}

fn report<T: Report>() -> String {
    schema_of::<Document<T>>(T::SCHEMA)
}

/// The schema of what is written, in which every key is required.
fn schema_of<T: JsonSchema>(name: &str) -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), name.into());
    if let Some(property) = schema_name(&mut schema) {
        *property = serde_json::json!({
            "description": "The name and version of this schema.",
            "const": name,
        });
    }
    crate::document::json(&schema)
}

fn schema_name(schema: &mut Schema) -> Option<&mut Value> {
    let properties = schema.get_mut("properties")?;
    properties.get_mut("schema")
}
