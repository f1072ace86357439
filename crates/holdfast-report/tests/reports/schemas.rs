//! The JSON schemas, and that what is written keeps to them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use holdfast_report::{
    bisection_json, capture_json, comparison_json, diff_json, drift_json, evaluation_json,
    import_json, inspection_json, inventory_json, lock_json, outdated_json, recording_json,
    rules_json, schemas, stream_json, tree_json, why_json,
};
use serde_json::Value;

use crate::sarif::RULES;

/// Why `value` is not what `schema` describes; of JSON Schema as much as ours use.
fn mismatch(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.strip_prefix('#')?).expect(reference);
        return mismatch(value, target, root);
    }
    for choices in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choices].as_array() {
            let fits = |choice: &Value| mismatch(value, choice, root).is_none();
            return (!choices.iter().any(fits)).then(|| format!("{value} fits no choice"));
        }
    }
    if let Some(constant) = schema.get("const") {
        return (constant != value).then(|| format!("{value} is not {constant}"));
    }
    if let Some(values) = schema["enum"].as_array() {
        return (!values.contains(value)).then(|| format!("{value} is not in {values:?}"));
    }
    let has_type = |name: &str| match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("a type that is not checked: {other}"),
    };
    let names: Vec<&str> = match schema["type"].as_array() {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => schema["type"].as_str().into_iter().collect(),
    };
    let fits = names.is_empty() || names.iter().any(|name| has_type(name));
    if !fits {
        return Some(format!("{value} is no {}", schema["type"]));
    }
    parts(value, schema, root)
}

fn parts(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    if let (Value::Array(items), Some(of)) = (value, schema.get("items")) {
        return items.iter().find_map(|item| mismatch(item, of, root));
    }
    let object = value.as_object()?;
    for key in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(key.as_str().unwrap()) {
            return Some(format!("{key} is missing"));
        }
    }
    let properties = schema["properties"].as_object();
    object.iter().find_map(|(key, value)| {
        match properties.and_then(|properties| properties.get(key)) {
            Some(of) => mismatch(value, of, root).map(|why| format!("{key}: {why}")),
            None if properties.is_some() => Some(format!("`{key}` is not described")),
            None => None,
        }
    })
}

/// Checks that a document keeps to the schema of this name.
pub(crate) fn assert_keeps_to(name: &str, document: &str) {
    static SCHEMAS: LazyLock<BTreeMap<&str, Value>> = LazyLock::new(|| {
        let schemas = schemas().into_iter();
        let read = |text: String| serde_json::from_str(&text).unwrap();
        schemas.map(|(file, text)| (file, read(text))).collect()
    });
    let schema = &SCHEMAS[format!("{name}.schema.json").as_str()];
    let document: Value = serde_json::from_str(document).unwrap();
    assert_eq!(mismatch(&document, schema, schema), None, "{name}");
}

/// The schemas with a real document of each.
fn documents() -> Vec<(&'static str, String)> {
    vec![
        ("bisection-1", bisection_json(&crate::bisection::sample())),
        ("capture-1", capture_json(&crate::capture::sample())),
        (
            "comparison-1",
            comparison_json(
                &crate::comparison::sample(),
                &crate::comparison::evaluation(),
            ),
        ),
        ("diff-1", diff_json(&crate::diff::sample())),
        (
            "drift-1",
            drift_json(&crate::drift::sample(), &crate::drift::evaluation()),
        ),
        (
            "evaluation-1",
            evaluation_json(&crate::evaluation::sample()),
        ),
        ("import-1", import_json(&crate::import::sample())),
        (
            "inspection-1",
            inspection_json(&crate::inspection::sample()),
        ),
        ("inventory-1", inventory_json(&crate::inventory::sample())),
        ("lock-report-1", lock_json(&crate::lock::sample())),
        ("outdated-1", outdated_json(&crate::outdated::sample())),
        ("recording-1", recording_json(&crate::recording::sample())),
        ("rules-1", rules_json(RULES)),
        ("stream-1", stream_json(&crate::stream::sample())),
        ("tree-1", tree_json(&crate::graph::forest())),
        ("why-1", why_json(&crate::graph::why())),
    ]
}

#[test]
fn what_is_written_keeps_to_its_schema() {
    let schemas = schemas();
    let documents = documents();
    assert_eq!(schemas.len(), documents.len());
    for ((file, schema), (name, document)) in schemas.iter().zip(&documents) {
        assert_eq!(*file, format!("{name}.schema.json"));
        let schema: Value = serde_json::from_str(schema).unwrap();
        let mut document: Value = serde_json::from_str(document).unwrap();
        assert_eq!(mismatch(&document, &schema, &schema), None, "{name}");
        document["schema"] = "holdfast/other/9".into();
        assert!(
            mismatch(&document, &schema, &schema).is_some(),
            "{name}: any schema is accepted"
        );
    }
}

#[test]
fn every_key_of_an_evaluation_is_required() {
    let mut schemas = schemas().into_iter();
    let (_, text) = schemas
        .find(|(file, _)| *file == "evaluation-1.schema.json")
        .unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let finding = &schema["$defs"]["Finding"];
    let required: Vec<&str> = finding["required"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let properties: Vec<&String> = finding["properties"].as_object().unwrap().keys().collect();
    assert_eq!(required.len(), properties.len());
    assert!(required.contains(&"waiver") && required.contains(&"environment"));
    assert!(
        !text.contains("refusal"),
        "the lock's loop is not part of the report"
    );
}

#[test]
fn schemas_stay_as_they_are() {
    for (file, text) in schemas() {
        insta::assert_snapshot!(file, text);
    }
}
