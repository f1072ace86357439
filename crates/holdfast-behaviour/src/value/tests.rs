use proptest::prelude::*;

use super::*;

fn reread(value: &Value) -> Value {
    Value::parse(&value.to_string()).unwrap()
}

#[test]
fn every_bit_of_a_number_returns() {
    for number in [
        0.1,
        -0.0,
        1e16,
        1e-320,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ] {
        assert_eq!(reread(&Value::Float(number)), Value::Float(number));
    }
    assert_eq!(
        reread(&Value::Integer(i128::MAX)),
        Value::Integer(i128::MAX)
    );
    assert_ne!(Value::Float(0.0), Value::Float(-0.0));
    assert_ne!(Value::Integer(1), Value::Float(1.0));
}

#[test]
fn what_python_writes_for_numbers_that_json_lacks_is_read() {
    let read = Value::parse("[NaN, Infinity, -Infinity, -1]").unwrap();
    assert_eq!(
        read.to_string(),
        r#"[{"$float":"NaN"},{"$float":"Infinity"},{"$float":"-Infinity"},-1]"#
    );
    assert_eq!(reread(&read), read);
}

#[test]
fn the_order_of_names_does_not_count_and_the_last_of_several_does() {
    let left = Value::parse(r#"{"a":1,"b":[true,null]}"#).unwrap();
    let right = Value::parse(r#"{"b":[true,null],"a":2,"a":1}"#).unwrap();
    assert_eq!(left, right);
    assert_eq!(right.to_string(), r#"{"b":[true,null],"a":1}"#);
}

#[test]
fn what_is_no_value_is_told_with_its_place() {
    let told = |text: &str| Value::parse(text).unwrap_err().to_string();
    assert_eq!(told(""), "column 1: the value is missing");
    assert_eq!(told("[1, 2"), "column 6: `,` or `]` is missing");
    assert_eq!(told("{\"a\" 1}"), "column 6: `:` is missing");
    assert_eq!(told("1 2"), "column 3: there is more after the value");
    assert_eq!(
        told("Loading model…"),
        "column 1: `Loading model…` is no value"
    );
    assert_eq!(told("nul"), "column 1: `nul` is no value");
    assert!(told("01").contains("is no number of JSON"));
    assert!(told(&"9".repeat(60)).contains("more than 128 bits"));
    assert!(told(&"[".repeat(1000)).contains("more than 128"));
    assert!(told("\"open").contains("no end"));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i128>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Float),
        ".*".prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::btree_map("[a-z]{0,4}", inner, 0..6)
                .prop_map(|map| Value::Map(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(value in any_value()) {
        prop_assert_eq!(reread(&value), value);
    }

    #[test]
    fn what_is_written_is_json(value in any_value()) {
        prop_assert!(serde_json::from_str::<serde_json::Value>(&value.to_string()).is_ok());
    }

    #[test]
    fn any_text_gets_an_answer(text in ".*") {
        let _ = Value::parse(&text);
    }

    #[test]
    fn whatever_serde_json_reads_is_read(text in r#"[\[\]{}:,0-9a.eE+\-" ntrufalse]{0,24}"#) {
        if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
            prop_assert!(Value::parse(&text).is_ok());
        }
    }
}
