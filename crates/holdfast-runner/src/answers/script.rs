//! What a script printed: one JSON value on each line.

use holdfast_behaviour::Value;

use super::{beginning, lines, text};
use crate::error::RunError;
use crate::run::Prediction;

/// The predictions in what `what` printed. How many there are is not looked at.
pub(crate) fn read(what: &str, printed: &[u8]) -> Result<Vec<Prediction>, RunError> {
    lines(printed)
        .map(|(number, line)| {
            let line = text(what, number, line)?;
            match Value::parse(line) {
                Ok(_) => Ok(Prediction::Value(line.to_owned())),
                Err(_) => Err(RunError::NotJson {
                    what: what.to_owned(),
                    line: number,
                    text: beginning(line),
                }),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(printed: &str) -> Vec<Prediction> {
        read("`predict.py`", printed.as_bytes()).unwrap()
    }

    #[test]
    fn values_stay_as_they_are_written() {
        assert_eq!(
            values("1\n{\"a\": [0.10, NaN]}\r\n\n-Infinity"),
            ["1", "{\"a\": [0.10, NaN]}", "-Infinity"]
                .map(|value| Prediction::Value(value.to_owned()))
        );
    }

    #[test]
    fn a_line_that_is_no_json_is_shown() {
        let error = read("`predict.py`", b"1\n2\nLoading model\x07 of churn\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3 of what `predict.py` printed is no JSON: `Loading model\u{fffd} of churn`: \
             print predictions alone to standard output, everything else to standard error"
        );
    }

    #[test]
    fn a_line_that_is_not_text_is_named() {
        let error = read("`predict.py`", b"1\n\xff\xfe\n").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("line 2 of what `predict.py` printed is not UTF-8")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read("`x`", &bytes);
        }
    }
}
