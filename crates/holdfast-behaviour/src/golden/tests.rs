use proptest::prelude::*;

use super::*;

pub(crate) fn origin(count: usize) -> Origin {
    Origin {
        environment: Some("serve".to_owned()),
        lock: LockRecord {
            path: "pylock.serve.toml".to_owned(),
            digest: format!("sha256:{}", "1a".repeat(32)),
        },
        python: "3.11.7".to_owned(),
        model: ModelRecord::Script {
            path: "predict.py".to_owned(),
        },
        inputs: InputRecord {
            path: "customers.csv".to_owned(),
            digest: format!("sha256:{}", "2b".repeat(32)),
            count: count as u64,
        },
        artefacts: vec![FileRecord {
            path: "model.joblib".to_owned(),
            size: 1234,
            digest: format!("sha256:{}", "3c".repeat(32)),
        }],
        seed: 7,
        variables: BTreeMap::new(),
        types: BTreeMap::from([("probability".to_owned(), "float32".to_owned())]),
    }
}

/// A set of these predictions; the inputs are their numbers.
pub(crate) fn golden(predictions: &[&str]) -> GoldenSet {
    let records = predictions.iter().enumerate().map(|(number, prediction)| {
        let value = Value::parse(prediction).unwrap();
        Record {
            input: Value::Integer(number as i128 + 1),
            prediction: match value.get("failed") {
                Some(Value::Text(message)) => Prediction::Failed {
                    category: "ValueError".to_owned(),
                    message: message.clone(),
                },
                _ => Prediction::Value(value),
            },
        }
    });
    GoldenSet {
        origin: origin(predictions.len()),
        run: RunRecord {
            recorded: "2026-01-31T00:00:00Z".to_owned(),
            seconds: 0.1 + 0.2,
            ..RunRecord::default()
        },
        records: records.collect(),
    }
}

#[test]
fn a_set_is_a_line_for_what_it_was_made_of_one_for_the_run_and_one_for_each_input() {
    let text = write(&golden(&[
        "0.1",
        r#"{"label":"stays"}"#,
        r#"{"failed":"no column"}"#,
    ]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(
        lines[0].starts_with(r#"{"schema":"holdfast/golden/1","environment":"serve","lock":{"#)
    );
    assert!(lines[1].starts_with(r#"{"run":{"recorded":"2026-01-31T00:00:00Z""#));
    assert_eq!(lines[2], r#"{"input":1,"prediction":0.1}"#);
    assert_eq!(lines[3], r#"{"input":2,"prediction":{"label":"stays"}}"#);
    assert_eq!(
        lines[4],
        r#"{"input":3,"failed":{"category":"ValueError","message":"no column"}}"#
    );
}

#[test]
fn what_is_no_golden_set_is_told() {
    let told = |text: &str| read(text).unwrap_err().to_string();
    assert!(told("").contains("is empty"));
    assert!(told("a,b\n1,2\n").contains("is no JSON object"));
    assert!(told("{\"schema\":\"holdfast/golden/9\"}").contains("names `holdfast/golden/9`"));
    assert!(told("{}").contains("names none"));
    assert!(told("{\"schema\":\"holdfast/golden/1\"}").starts_with("line 1: "));
    let whole = write(&golden(&["1", "2"]));
    let cut = whole.trim_end().rsplit_once('\n').unwrap().0;
    assert!(told(cut).contains("there should be 2 inputs, and there are 1"));
    let torn = &whole[..whole.len() - 4];
    assert!(told(torn).starts_with("line 4, column "));
    let other = whole.replace("\"prediction\":2", "\"answer\":2");
    assert!(told(&other).starts_with("line 4: an input has"));
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(numbers in prop::collection::vec(any::<f64>(), 0..8), text in ".*", seconds in 0.0..1e9_f64) {
        let mut golden = golden(&[]);
        golden.run.seconds = seconds;
        golden.origin.inputs.count = numbers.len() as u64;
        golden.records = numbers
            .iter()
            .map(|number| Record {
                input: Value::Map(vec![(text.clone(), Value::Float(*number))]),
                prediction: Prediction::Value(Value::List(vec![Value::Float(*number)])),
            })
            .collect();
        prop_assert_eq!(read(&write(&golden)).unwrap(), golden);
    }

    #[test]
    fn any_text_gets_an_answer(text in ".*") {
        let _ = read(&text);
    }
}
