//! The tree against the readers that others wrote.

use proptest::prelude::*;
use serde_json::{Map, Number, json};

use std::fmt::Write as _;

use super::*;

/// A tree as JSON, with dates as text.
fn as_json(cursor: Cursor<'_, '_>) -> serde_json::Value {
    match cursor.value() {
        Value::Table(_) => cursor
            .children()
            .map(|child| (child.key().to_owned(), as_json(child)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(_) => cursor.children().map(as_json).collect::<Vec<_>>().into(),
        Value::String(_) | Value::Plain(_) => cursor.as_str().unwrap().into(),
        Value::Datetime(slice) => cursor.tree().str(slice).into(),
        Value::Integer(number) => number.into(),
        Value::Boolean(truth) => truth.into(),
        Value::Float(number) => Number::from_f64(number).map_or(json!("no number"), Into::into),
    }
}

/// What the `toml` crate reads, as JSON.
fn by_toml(text: &str) -> Result<serde_json::Value, String> {
    fn convert(value: &::toml::Value) -> serde_json::Value {
        match value {
            ::toml::Value::Table(table) => table
                .iter()
                .map(|(key, value)| (key.clone(), convert(value)))
                .collect::<Map<_, _>>()
                .into(),
            ::toml::Value::Array(array) => array.iter().map(convert).collect::<Vec<_>>().into(),
            ::toml::Value::String(text) => text.as_str().into(),
            ::toml::Value::Datetime(time) => time.to_string().into(),
            ::toml::Value::Integer(number) => (*number).into(),
            ::toml::Value::Boolean(truth) => (*truth).into(),
            ::toml::Value::Float(number) => {
                Number::from_f64(*number).map_or(json!("no number"), Into::into)
            }
        }
    }
    text.parse::<::toml::Table>()
        .map(|table| convert(&::toml::Value::Table(table)))
        .map_err(|error| error.to_string())
}

fn agrees_with_toml(text: &str) -> Result<(), TestCaseError> {
    let tree = toml::parse(text);
    match (&tree, by_toml(text)) {
        (Ok(tree), Ok(other)) => prop_assert_eq!(as_json(tree.root()), other),
        (Err(_), Err(_)) => {}
        (Ok(tree), Err(error)) => {
            return Err(TestCaseError::fail(format!(
                "only `toml` refuses {text:?}: {error}; the tree has {}",
                as_json(tree.root())
            )));
        }
        (Err(error), Ok(other)) => {
            return Err(TestCaseError::fail(format!(
                "only the tree refuses {text:?}: {error}; `toml` has {other}"
            )));
        }
    }
    Ok(())
}

#[test]
fn toml_is_read_as_others_read_it() {
    for text in [
        "",
        "a = 1\n[b]\nc = 'x'\n[[d]]\ne = [1, {f = 2}]\n[[d]]\n[d.g]\nh = true\n",
        "a.b.c = 1\na.b.d = 2\n[a.e]\n",
        "[a.b]\nx = 1\n[a]\ny = 2\n",
        "\"quoted key\" = \"\"\"\nmany\nlines\"\"\"\n'' = 'é \\ '\nt = \"\\u00e9\\t\"\n",
        "x = 0xff\ny = 1_000\nz = 1e3\nd = 1979-05-27T07:32:00Z\nn = -inf\n",
        "a = [\n  # comment\n  1,\n  2,\n]\nb = {x.y = 1, z = []}\n",
        // all of these are wrong
        "a = 1\na = 2\n",
        "[a]\n[a]\n",
        "a = {b = 1}\na.c = 2\n",
        "a = {b = 1}\n[a.c]\n",
        "a = [1]\n[[a]]\n",
        "[a]\nb = 1\n[a.b]\n",
        "[[a]]\n[a]\n",
        "a.b = 1\n[a]\n",
        "[a.b.c]\n[a]\nb.d = 1\n",
        "a = 1 b = 2\n",
        "a = \"x\n",
        "a = \"\\q\"\n",
        "a = 99999999999999999999\n",
        "a = 01\n",
        "= 1\n",
        "[a\n",
        "a = [1\n",
        "a = {b = 1\n",
        "a = \"\u{7f}\"\n",
        "a\u{0} = 1\n",
        "# \u{1}\n",
    ] {
        agrees_with_toml(text).unwrap();
    }
}

#[test]
fn tables_with_many_keys_are_searched_by_an_index() {
    let mut text = String::from("[metadata.files]\n");
    for number in 0..2000 {
        writeln!(text, "key-{number} = {number}").unwrap();
    }
    let tree = toml::parse(&text).unwrap();
    let files = tree.root().path(&["metadata", "files"]).unwrap();
    assert_eq!(files.get("key-1999").unwrap().value(), Value::Integer(1999));
    assert_eq!(files.get("key-2000").map(Cursor::offset), None);
    text.push_str("key-7 = 0\n");
    let error = toml::parse(&text).unwrap_err();
    assert_eq!(error.message, "duplicate key");
    assert_eq!(error.offset, Some(text.len() - "key-7 = 0\n".len()));
}

#[test]
fn nesting_has_a_limit() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
        format!("a = {}{}", "[".repeat(100), "]".repeat(100)),
    ] {
        assert!(toml::parse(&text).is_err());
    }
    let text = "- ".repeat(100_000);
    assert!(yaml::plain(&text).is_none());
    let mut text = String::new();
    for depth in 0..200 {
        writeln!(text, "{}a:", " ".repeat(depth)).unwrap();
    }
    assert!(yaml::plain(&text).is_none());
    assert!(yaml::from_str::<serde::de::IgnoredAny>(&text).is_err());
    let flow = format!("a: {}", "[".repeat(100_000));
    assert!(yaml::from_str::<serde::de::IgnoredAny>(&flow).is_err());
}

#[test]
fn aliases_cannot_grow_without_bound() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let previous = format!("*a{}", level - 1);
        writeln!(
            bomb,
            "a{level}: &a{level} [{}]",
            vec![previous; 9].join(", ")
        )
        .unwrap();
    }
    let error = yaml::from_str::<std::collections::BTreeMap<String, serde_json::Value>>(&bomb);
    assert!(error.is_err());
}

#[test]
fn plain_yaml_is_read_here_and_the_rest_elsewhere() {
    let text = "# comment\nversion: 1\nmap:\n  a: 'it''s'\n  b: \"x\"\n  c: x=1,<2\nlist:\n- name: a\n  url: https://host/x#y\n  deps:\n    python: '>=3'\n- name: b\nempty: []\nnone:\n";
    let tree = yaml::plain(text).unwrap();
    assert_eq!(
        as_json(tree.root()),
        json!({
            "version": "1",
            "map": {"a": "it's", "b": "x", "c": "x=1,<2"},
            "list": [
                {"name": "a", "url": "https://host/x#y", "deps": {"python": ">=3"}},
                {"name": "b"},
            ],
            "empty": [],
            "none": "",
        })
    );
    for other in [
        "",
        "a: [1, 2]\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: |\n  text\n",
        "a: b\n  c\n",
        "a: b: c\n",
        "a: x # comment\n",
        "a: \"\\n\"\n",
        "a:\tb\n",
        "- a\n",
        "---\na: 1\n",
        "a: 1\r\n",
        "a: 1\na: 2\n",
        "null: 1\n",
        "1: x\n",
        "a:\n    b: 1\n  c: 2\n",
        "a:\n- b\n - c\n",
        "a: 'x\n",
        "a: !tag x\n",
        "? a\n",
        "a: - b\n",
    ] {
        assert!(yaml::plain(other).is_none(), "{other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_has_a_tree_as_others_see_it(
        text in "(\\[|\\]|\\{|\\}|a|b|\\.|=|,|1|\"x\"|'y'| |\n|#|\\[\\[a\\]\\]\n|\\[a\\]\n|a = |true|\"\"\"){0,24}"
    ) {
        agrees_with_toml(&text)?;
    }

    #[test]
    fn plain_yaml_means_what_the_general_reader_says(
        text in "(a|b|: |:|- |\n|  |'x'|\"y\"|1|\\[\\]|#| |\na: |\n- |\n  b: ){0,24}"
    ) {
        if let Some(tree) = yaml::plain(&text) {
            let other = yaml::general::<serde_json::Value>(&text);
            prop_assert!(other.is_ok(), "only the plain reader reads {:?}: {:?}", text, other);
            prop_assert_eq!(strings(as_json(tree.root())), strings(other.unwrap()), "{:?}", text);
        }
    }
}

/// The same with every scalar as text, as the plain reader leaves types open.
fn strings(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Null => "".into(),
        serde_json::Value::Bool(truth) => truth.to_string().into(),
        serde_json::Value::Number(number) => number.to_string().into(),
        text @ serde_json::Value::String(_) => text,
        serde_json::Value::Array(array) => {
            array.into_iter().map(strings).collect::<Vec<_>>().into()
        }
        serde_json::Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| (key, strings(value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}
