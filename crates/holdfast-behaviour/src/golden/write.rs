//! Writing a golden set.

use serde::Serialize;

use super::{GoldenSet, Origin, Prediction, RunRecord};
use crate::Value;

/// The first line.
#[derive(Serialize)]
struct First<'a> {
    schema: &'static str,
    #[serde(flatten)]
    origin: &'a Origin,
}

/// The second line.
#[derive(Serialize)]
struct Second<'a> {
    run: &'a RunRecord,
}

/// The set as JSON lines; the same set gives the same bytes.
#[expect(
    clippy::expect_used,
    reason = "our types have text keys alone and no serializer that fails"
)]
pub fn write(golden: &GoldenSet) -> String {
    let first = First {
        schema: GoldenSet::SCHEMA,
        origin: &golden.origin,
    };
    let mut text = serde_json::to_string(&first).expect("an origin can be written as JSON");
    text.push('\n');
    let second = Second { run: &golden.run };
    text.push_str(&serde_json::to_string(&second).expect("a run can be written as JSON"));
    text.push('\n');
    for record in &golden.records {
        text.push_str("{\"input\":");
        text.push_str(&record.input.to_string());
        match &record.prediction {
            Prediction::Value(value) => {
                text.push_str(",\"prediction\":");
                text.push_str(&value.to_string());
            }
            Prediction::Failed { category, message } => {
                let failed = Value::Map(vec![
                    ("category".to_owned(), Value::Text(category.clone())),
                    ("message".to_owned(), Value::Text(message.clone())),
                ]);
                text.push_str(",\"failed\":");
                text.push_str(&failed.to_string());
            }
        }
        text.push_str("}\n");
    }
    text
}
