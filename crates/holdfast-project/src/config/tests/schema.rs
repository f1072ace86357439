//! The schema, the reader and the page know the same keys.

use super::super::*;

/// Every table with its keys, as the schema has them.
fn schema_keys() -> BTreeMap<String, Vec<String>> {
    let schema = serde_json::to_value(config_schema()).unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        assert_eq!(value["additionalProperties"], false);
        value["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    let mut tables = BTreeMap::from([(String::new(), keys(&schema))]);
    for (name, table) in schema["$defs"].as_object().unwrap() {
        if table["properties"].is_object() {
            tables.insert(name.clone(), keys(table));
        }
    }
    tables
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        keys.sort();
        keys
    };
    let expected: BTreeMap<String, Vec<String>> = [
        ("", read::ROOT),
        ("Environment", read::ENVIRONMENT),
        ("Lock", read::LOCK),
        ("Index", read::INDEX),
        ("Licences", read::LICENCES),
        ("Waiver", read::WAIVER),
        ("Knowledge", read::KNOWLEDGE),
        ("Artefact", read::ARTEFACT),
        ("Policy", read::POLICY),
        ("Drift", read::DRIFT),
        ("EffectSizes", read::EFFECT_SIZES),
        ("Golden", read::GOLDEN),
    ]
    .into_iter()
    .map(|(name, keys)| (name.to_owned(), sorted(keys)))
    .collect();
    let mut found = schema_keys();
    for keys in found.values_mut() {
        keys.sort();
    }
    assert_eq!(found, expected);
}

#[test]
fn every_key_is_documented() {
    let page = fs_err::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/formats/holdfast-toml.md"
    ))
    .unwrap();
    for key in schema_keys().values().flatten() {
        assert!(
            page.contains(&format!("`{key}`")),
            "`{key}` is not documented"
        );
    }
}
