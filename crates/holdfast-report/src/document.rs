//! JSON documents: indented, with their schema's name in front, ending with a line break.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A report with the name and version of its schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document<T> {
    /// The name and version of the document's schema.
    pub schema: String,
    /// The report.
    #[serde(flatten)]
    pub report: T,
}

/// A report that has a JSON document.
pub trait Report: Serialize + JsonSchema {
    /// The name and version of the document's schema, e.g. `holdfast/tree/1`.
    const SCHEMA: &'static str;
}

/// `report` as a JSON document.
pub(crate) fn document<T: Report>(report: &T) -> String {
    json(&Document {
        schema: T::SCHEMA.to_owned(),
        report,
    })
}

/// `value` as indented JSON that ends with a line break.
#[expect(
    clippy::expect_used,
    reason = "our types have text keys alone and no serializer that fails"
)]
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a report can be written as JSON");
    text.push('\n');
    text
}
