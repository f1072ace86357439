//! Every answer is held against that of the `toml` crate.

use proptest::prelude::*;

use super::*;

const TWICE: &str = "this key is given twice";

/// The tree as a value of the `toml` crate; nothing where a number is too large for it.
fn table(tree: &Tree<'_>, id: TableId) -> Option<toml::Table> {
    tree.entries(id)
        .map(|entry| Some((entry.key().to_owned(), value(tree, entry.value())?)))
        .collect()
}

fn value(tree: &Tree<'_>, it: &Value<'_>) -> Option<toml::Value> {
    Some(match it {
        Value::String(text) => toml::Value::String(text.to_string()),
        Value::Integer(digits, radix) => {
            toml::Value::Integer(i64::from_str_radix(digits, *radix).ok()?)
        }
        Value::Float => toml::Value::Float(0.0),
        Value::Boolean(boolean) => toml::Value::Boolean(*boolean),
        Value::Datetime(datetime) => toml::Value::Datetime(*datetime),
        Value::Array(array) => toml::Value::Array(
            tree.items(*array)
                .map(|item| value(tree, item.value()))
                .collect::<Option<_>>()?,
        ),
        Value::Table(id) => toml::Value::Table(table(tree, *id)?),
    })
}

/// Every float as the same one: the tree does not keep them.
fn flat(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Float(_) => toml::Value::Float(0.0),
        toml::Value::Array(items) => toml::Value::Array(items.into_iter().map(flat).collect()),
        toml::Value::Table(table) => {
            let entries = table.into_iter();
            toml::Value::Table(entries.map(|(key, value)| (key, flat(value))).collect())
        }
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => value,
    }
}

/// Fails unless both crates answer alike.
fn compare(text: &str) {
    let theirs: Result<toml::Table, _> = text.parse();
    match (Tree::parse(text), theirs) {
        (Ok(tree), Ok(theirs)) => {
            let theirs = flat(toml::Value::Table(theirs));
            let ours = toml::Value::Table(table(&tree, Tree::ROOT).unwrap());
            assert_eq!(ours, theirs, "{text}");
        }
        (Ok(tree), Err(error)) => {
            assert!(table(&tree, Tree::ROOT).is_none(), "{error}\n{text}");
        }
        // the crate lets long dotted keys add to the last of `[[headers]]`, which TOML forbids
        (Err(error), Ok(_)) if error.message == TWICE && text.contains("[[") => {}
        (Err(error), Ok(_)) => panic!("{error:?}\n{text}"),
        (Err(error), Err(_)) => assert!(error.start <= text.len() && !error.message.is_empty()),
    }
}

#[test]
fn tables_may_be_opened_as_toml_says() {
    for text in [
        "",
        "a = 1\na = 2",
        "a.b = 1\na.c = 2",
        "a.b = 1\na = 2",
        "a.b = 1\na.b.c = 2",
        "a = {}\na.b = 1",
        "a = { b.c = 1, b.d = 2 }",
        "a = { b = {}, b.d = 2 }",
        "a = { b = 1, b = 2 }",
        "a = [{ b = 1 }, { b = 2 }]",
        "[a]\n[a]",
        "[a.b]\n[a]\nc = 1",
        "[a.b]\n[a]\nb = 1",
        "[a.b]\n[a]\nb.c = 1",
        "[a.b.c]\n[a]\nb.d = 1",
        "[a.b.c]\n[a]\nb.d = 1\n[a.b]",
        "[a]\nb.c = 1\n[a.b]",
        "[a]\nb.c = 1\n[a.b.d]",
        "[a]\nb = {}\n[a.b.d]",
        "[[a]]\n[[a]]\n[a.b]\n[[a]]\n[a.b]",
        "[[a]]\n[a]",
        "[a]\n[[a]]",
        "[a.b]\n[[a]]",
        "a = []\n[[a]]",
        "a = [{}]\n[a.b]",
        "[[a.b]]\n[a]\nb.c = 1",
        "[[a.b]]\n[a]\nc = 1",
        "[[a]]\nb.c = 1\n[a.b.d]\n[[a.e]]",
        "[[t.p]]\nx = 1\n[[t.q]]\n[t]\ny = 1",
        "\"a b\" = 1\n'c' = 2\n\"\" = 3",
        "a = 1979-05-27 07:32:00Z\nb = 07:32:00\nc = 1979-13-01",
        "a = 0xff\nb = 0o7\nc = -1_000\nd = 1e3\ne = nan\nf = 99999999999999999999",
        "a = '''x\ny'''\nb = \"\"\"\\\n  x\"\"\"",
        "a = \u{1}",
        "# \u{1}",
        "a",
        "= 1",
        "a = [1, 2",
        "a = [1 2]",
        "[a",
        "[]",
        "a = { b = 1,\n c = 2 }",
        "a.b.c.d.e.f = [[[1], []]]",
    ] {
        compare(text);
    }
}

#[test]
fn a_table_of_many_keys_is_searched_quickly_and_knows_them_all() {
    let keys = |count: usize| {
        let lines: Vec<_> = (0..count).map(|key| format!("k{key} = {key}\n")).collect();
        lines.concat()
    };
    for count in [LONG - 1, LONG, LONG + 1, 60_000] {
        let text = keys(count);
        let tree = Tree::parse(&text).unwrap();
        for key in [0, count / 2, count - 1] {
            assert!(tree.get(Tree::ROOT, &format!("k{key}")).is_some());
        }
        assert!(tree.get(Tree::ROOT, "none").is_none());
        let again = format!("{text}k{} = 1", count / 2);
        assert_eq!(Tree::parse(&again).unwrap_err().message, TWICE);
    }
}

#[test]
fn dotted_keys_do_not_add_to_tables_with_headers_of_their_own() {
    for text in [
        "[[a.c]]\n[a]\nc.d = 1",
        "[[a.c]]\n[a]\nc.d.e = 1",
        "[a.c]\n[a]\nc.d.e = 1",
    ] {
        assert_eq!(Tree::parse(text).unwrap_err().message, TWICE, "{text}");
    }
}

#[test]
fn places_are_those_of_keys_and_values() {
    let text = "a = 1\n[b]\n  [[c.d]]\n  e = { f = 'x' }\n";
    let tree = Tree::parse(text).unwrap();
    let at = |start: usize| &text[start..];
    let Value::Table(c) = tree.get(Tree::ROOT, "c").unwrap().value() else {
        panic!()
    };
    let Value::Array(d) = tree.get(*c, "d").unwrap().value() else {
        panic!()
    };
    let element = tree.items(*d).next().unwrap();
    assert!(at(element.start()).starts_with("[[c.d]]"));
    let Value::Table(element) = element.value() else {
        panic!()
    };
    assert!(at(tree.table_start(*element)).starts_with("[[c.d]]"));
    let e = tree.get(*element, "e").unwrap();
    assert!(at(e.key_start()).starts_with("e ="));
    assert!(at(e.start()).starts_with("{ f"));
}

/// Lines that TOML may or may not allow after one another.
fn document() -> impl Strategy<Value = String> {
    let key = "(a|b|\"c\")(\\.(a|b|c)){0,2}";
    let value = "1|'x'|\\{\\}|\\[\\]|\\{ ?a = 1, (a|b)(\\.(a|b))? = \\{\\} ?\\}|\\[\\{a=1\\}, 2\\]|1979-05-27";
    let line = prop_oneof![
        (key, value).prop_map(|(key, value)| format!("{key} = {value}\n")),
        key.prop_map(|key| format!("[{key}]\n")),
        key.prop_map(|key| format!("[[{key}]]\n")),
    ];
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn documents_are_answered_as_the_toml_crate_does(text in document()) {
        compare(&text);
    }

    #[test]
    fn spoilt_documents_are_answered_as_the_toml_crate_does(
        text in document(),
        place in any::<prop::sample::Index>(),
        with in "[\\[\\]{}=.,\"'#\\\\\n a1\\PC]{0,3}",
    ) {
        let mut text = text;
        let place = text.floor_char_boundary(place.index(text.len() + 1));
        text.insert_str(place, &with);
        compare(&text);
    }
}
