use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// The value as `serde_json` has it; scalars of YAML without quotes as texts.
fn plain(value: &Value) -> serde_json::Value {
    match &value.content {
        Content::Null => serde_json::Value::Null,
        Content::Boolean(value) => (*value).into(),
        Content::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        Content::String(text) | Content::Plain(text) => text.clone().into(),
        Content::Array(items) => items.iter().map(plain).collect(),
        Content::Table(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), plain(&entry.value)))
            .collect(),
    }
}

fn yaml(text: &str) -> String {
    yaml::parse(text).map_or_else(
        |error| format!("{error:?}"),
        |value| plain(&value).to_string(),
    )
}

#[test]
fn values_of_toml_know_their_places() {
    let text = "[project]\nname = \"é\" # x\ndependencies = [\n  \"a==1\",\n  'b',\n]\n[[tool.x]]\nk = { v = 1 }\n";
    let toml = Document::toml(text, "p").unwrap();
    let root = toml.root();
    let at = |path: &[&str]| root.at(path).unwrap().location().to_string();
    assert_eq!(at(&["project"]), "p:1:1");
    assert_eq!(at(&["project", "name"]), "p:2:8");
    let items = root
        .at(&["project", "dependencies"])
        .unwrap()
        .items()
        .unwrap();
    assert_eq!(items[0].location().to_string(), "p:4:3");
    assert_eq!(items[0].location_inside(1).to_string(), "p:4:5");
    assert_eq!(items[1].name(), "project.dependencies[1]");
    let tables = root.at(&["tool", "x"]).unwrap().items().unwrap();
    assert_eq!(tables[0].location().to_string(), "p:7:1");
    let entries = tables[0].entries().unwrap();
    assert_eq!(entries[0].1.location().to_string(), "p:8:1");
    let error = root
        .at(&["project", "name"])
        .unwrap()
        .items()
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "p:2:8: `project.name` is no array");
}

#[test]
fn values_of_yaml_and_json_know_their_places() {
    let document = Document::yaml("# x\na:\n  - é=1\n  - pip:\n    - \"b==2\"\n", "e").unwrap();
    let items = document.root().get("a").unwrap().items().unwrap();
    assert_eq!(items[0].location().to_string(), "e:3:5");
    assert_eq!(items[0].location_inside(1).to_string(), "e:3:5");
    assert_eq!(items[0].location_inside(2).to_string(), "e:3:6");
    let pip = items[1].entries().unwrap();
    assert_eq!(pip[0].1.location().to_string(), "e:4:5");
    let nested = pip[0].1.items().unwrap();
    assert_eq!(nested[0].location_inside(1).to_string(), "e:5:9");
    let document = Document::json("{\"a\":\n {\"b\": [1, \"x\"]}}", "j").unwrap();
    let node = document.root().at(&["a", "b"]).unwrap();
    assert_eq!(node.location().to_string(), "j:2:8");
    assert_eq!(node.items().unwrap()[1].location().to_string(), "j:2:12");
    assert_eq!(
        document.root().get("a").unwrap().entries().unwrap()[0]
            .1
            .location()
            .column,
        3
    );
}

#[test]
fn yaml_keeps_what_is_written() {
    assert_eq!(
        yaml("python: 3.10\nv: 1_0\nn:\nx: ~\nt: !!str 1.0\n"),
        r#"{"n":null,"python":"3.10","t":"1.0","v":"1_0","x":null}"#
    );
    assert_eq!(
        yaml("base: &b {a: 1, c: 2}\nd:\n  <<: *b\n  a: 3\n"),
        r#"{"base":{"a":"1","c":"2"},"d":{"a":"3","c":"2"}}"#
    );
    assert_eq!(yaml(""), "null");
    assert!(yaml("a: 1\na: 2\n").contains("the key `a` is there twice"));
    assert!(yaml("a: 1\n---\nb: 2\n").contains("there is more than one document"));
    assert!(yaml("? [a]\n: b\n").contains("cannot be a key"));
}

/// Each anchor stands for eight of the one before.
fn multiplying_aliases() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for number in 1..30 {
        let last = format!("*a{}", number - 1);
        let eight = [last.as_str(); 8].join(", ");
        writeln!(text, "a{number}: &a{number} [{eight}]").unwrap();
    }
    text
}

#[test]
fn broken_and_hostile_files_are_errors() {
    let error = Document::toml("a = 1\n[b\n", "p").err().unwrap();
    assert_eq!(error.location, Location::new("p", 2, 3));
    for text in [
        "a = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"{b=".repeat(100_000),
        "[".to_owned() + &"a.".repeat(100_000) + "a]",
        "a.".repeat(100_000) + "a = 1",
        "a = 1\n".repeat(10),
        "# x\n".repeat(2 * 1024 * 1024),
    ] {
        assert!(Document::toml(&text, "p").is_err());
    }
    let deep = "[".to_owned() + &"a.".repeat(70) + "a]\nb = 1\n";
    assert!(Document::toml(&deep, "p").is_ok());
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        (0..500).map(|depth| " ".repeat(depth) + "a:\n").collect(),
        "a: &a [*a]".to_owned(),
        multiplying_aliases(),
    ] {
        assert!(
            Document::yaml(&text, "p").is_err(),
            "{}",
            text.get(..40).unwrap_or(&text)
        );
    }
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        let error = Document::json(&text, "p").err().unwrap();
        assert!(error.message.ends_with("it nests deeper than 80 levels"));
    }
}

#[test]
fn errors_of_json_say_what_was_expected() {
    for (text, error) in [
        (
            "{\"a\" 1}",
            "p:1:6: this is no JSON: expected `:`, found `1`",
        ),
        (
            "{\"a\": 1,}",
            "p:1:9: this is no JSON: expected a key in double quotes, found `}`",
        ),
        (
            "[1\n// x\n]",
            "p:2:1: this is no JSON: expected `,` or `]`; JSON has no comments",
        ),
        (
            "[\"a]",
            "p:1:2: this is no JSON: the text that begins here has no closing `\"`",
        ),
        (
            "",
            "p:1:1: this is no JSON: expected a value, found the end",
        ),
    ] {
        let found = Document::json(text, "p").err().unwrap();
        assert_eq!(found.to_string(), error);
    }
}

fn value_text() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
        "[\"\\\\\n\t\u{1F600}é]{0,5}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map("\\PC{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn json_agrees_with_serde_json(value in value_text()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(plain(&json::parse(&text).unwrap()), value);
    }

    #[test]
    fn broken_json_agrees_with_serde_json(
        value in value_text(),
        at in any::<prop::sample::Index>(),
        with in "[\\[\\]{}:,\"\\\\0-9eE.+tfn/ \u{1}-]{0,3}",
    ) {
        let text = value.to_string();
        let boundary = text.floor_char_boundary(at.index(text.len() + 1));
        let text = format!("{}{with}{}", &text[..boundary], &text[boundary..]);
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = json::parse(&text);
        // a number too large for a float is one for us
        if !theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range")) {
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}=\"'a.:&*!|>?\n\t#, 1-]{0,60}") {
        let _ = Document::toml(&text, "p");
        let _ = Document::yaml(&text, "p");
        let _ = Document::json(&text, "p");
    }

    #[test]
    fn yaml_of_json_is_the_same(value in value_text()) {
        // every JSON text whose keys are short is YAML, but for numbers and pairs of surrogates
        let text = value.to_string();
        if let Ok(read) = yaml::parse(&text) {
            let strings = |value: &serde_json::Value| value.to_string().replace('"', "");
            prop_assert_eq!(strings(&plain(&read)), strings(&value));
        }
    }
}
