//! What the harness tells, which loads and calls functions and MLflow's models: one record on each
//! line, a letter, a space, and JSON.

use std::collections::BTreeMap;

use holdfast_model::RaisedWarning;
use serde::Deserialize;

use super::{lines, text};
use crate::error::RunError;
use crate::run::Prediction;

/// The harness itself: Python 3.8 or newer, with nothing but its standard library.
pub(crate) const HARNESS: &str = include_str!("harness.py");

/// What the harness told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// The interpreter's version; nothing where it did not come so far.
    pub(crate) python: Option<String>,
    /// One for each input that was answered.
    pub(crate) predictions: Vec<Prediction>,
    /// Warnings and the widths of numbers; nothing where it did not come to the end.
    pub(crate) summary: Option<Summary>,
    /// Why there are no predictions.
    pub(crate) broken: Option<Broken>,
}

/// The last record of a run that came to its end.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Summary {
    pub(crate) warnings: Vec<RaisedWarning>,
    pub(crate) number_types: BTreeMap<String, String>,
}

/// What could not be loaded, and why.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Broken {
    pub(crate) what: String,
    pub(crate) category: String,
    pub(crate) message: String,
    pub(crate) traceback: String,
}

impl Broken {
    /// As an error.
    pub(crate) fn error(&self) -> RunError {
        RunError::Load {
            what: self.what.clone(),
            category: self.category.clone(),
            message: self.message.clone(),
            traceback: self.traceback.clone(),
        }
    }
}

#[derive(Deserialize)]
struct Failed {
    category: String,
    message: String,
}

/// Reads the records. A model that writes among them makes it [`RunError::NotJson`].
pub(crate) fn read(what: &str, printed: &[u8]) -> Result<Told, RunError> {
    let mut told = Told::default();
    for (number, line) in lines(printed) {
        let line = text(what, number, line)?;
        let is_read = line
            .split_once(' ')
            .is_some_and(|(kind, rest)| told.take(kind, rest).is_some());
        if !is_read {
            return Err(RunError::NotJson {
                what: what.to_owned(),
                line: number,
                text: super::beginning(line),
            });
        }
    }
    Ok(told)
}

impl Told {
    fn take(&mut self, kind: &str, rest: &str) -> Option<()> {
        match kind {
            "P" => self.python = Some(rest.to_owned()),
            "V" => self.predictions.push(Prediction::Value(rest.to_owned())),
            "F" => {
                let Failed { category, message } = serde_json::from_str(rest).ok()?;
                self.predictions
                    .push(Prediction::Failed { category, message });
            }
            "B" => self.broken = Some(serde_json::from_str(rest).ok()?),
            "S" => self.summary = Some(serde_json::from_str(rest).ok()?),
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_are_read_in_their_order() {
        let told = read(
            "`m:f`",
            b"P 3.8.1\nV [NaN]\nF {\"category\":\"ValueError\",\"message\":\"no\"}\n\
              S {\"warnings\":[{\"category\":\"W\",\"message\":\"m\"}],\"number_types\":{\"\":\"float32\"}}\n",
        )
        .unwrap();
        assert_eq!(told.python.as_deref(), Some("3.8.1"));
        assert_eq!(told.predictions.len(), 2);
        assert_eq!(told.summary.unwrap().number_types[""], "float32");
    }

    #[test]
    fn what_is_no_record_is_an_error() {
        assert!(read("`m:f`", b"V 1\nhello there\n").is_err());
        assert!(read("`m:f`", b"S []\n").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read("`x`", &bytes);
        }
    }
}
