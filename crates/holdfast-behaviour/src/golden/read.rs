//! Reading a golden set.

use serde::Deserialize;

use super::{GoldenSet, Origin, Prediction, Record, RunRecord};
use crate::{Value, ValueError};

/// Why a text is no golden set.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// It is of another format, or of a later version.
    #[error(
        "this is no golden set that this version reads: its first line should name `{}`, and {found}; record it with `holdfast golden record`",
        GoldenSet::SCHEMA
    )]
    OtherFormat {
        /// What it does in place of that.
        found: String,
    },
    /// One of the two lines about the recording cannot be read.
    #[error("line {line}: what the recording says of itself cannot be read")]
    About {
        /// Which line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A line is no JSON.
    #[error("line {line}, {source}: restore the file from version control, or record it again")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// Where in it, and why.
        #[source]
        source: ValueError,
    },
    /// A line is JSON, and no input with its prediction.
    #[error(
        "line {line}: an input has `input` and either `prediction` or `failed`, and this line does not"
    )]
    NoRecord {
        /// Which line, from 1.
        line: usize,
    },
    /// Lines are missing or were added.
    #[error(
        "there should be {stated} inputs, and there are {found}: restore the file from version control, or record it again"
    )]
    Count {
        /// How many the first line states.
        stated: u64,
        /// How many there are.
        found: u64,
    },
}

#[derive(Deserialize)]
struct Schema {
    schema: Option<String>,
}

#[derive(Deserialize)]
struct Second {
    run: RunRecord,
}

/// Reads a golden set from its text.
pub fn read(text: &str) -> Result<GoldenSet, GoldenError> {
    let mut lines = text.lines().enumerate();
    let first = lines.next().map_or("", |(_, line)| line);
    check_schema(first)?;
    let about = |line| move |source| GoldenError::About { line, source };
    let origin: Origin = serde_json::from_str(first).map_err(about(1))?;
    let second = lines.next().map_or("", |(_, line)| line);
    let second: Second = serde_json::from_str(second).map_err(about(2))?;
    let mut records = Vec::new();
    for (position, line) in lines {
        if !line.trim().is_empty() {
            records.push(record(line, position + 1)?);
        }
    }
    let found = records.len() as u64;
    if found != origin.inputs.count {
        return Err(GoldenError::Count {
            stated: origin.inputs.count,
            found,
        });
    }
    Ok(GoldenSet {
        origin,
        run: second.run,
        records,
    })
}

fn check_schema(first: &str) -> Result<(), GoldenError> {
    let found = match serde_json::from_str::<Schema>(first) {
        Ok(Schema { schema: Some(name) }) if name == GoldenSet::SCHEMA => return Ok(()),
        Ok(Schema { schema: Some(name) }) => format!("names `{name}`"),
        Ok(Schema { schema: None }) => "names none".to_owned(),
        Err(_) if first.trim().is_empty() => "is empty".to_owned(),
        Err(_) => "is no JSON object".to_owned(),
    };
    Err(GoldenError::OtherFormat { found })
}

fn record(line: &str, number: usize) -> Result<Record, GoldenError> {
    let value = Value::parse(line).map_err(|source| GoldenError::Line {
        line: number,
        source,
    })?;
    let prediction = match (value.get("prediction"), value.get("failed")) {
        (Some(value), None) => Some(Prediction::Value(value.clone())),
        (None, Some(failed)) => failure(failed),
        (Some(_), Some(_)) | (None, None) => None,
    };
    match (value.get("input"), prediction) {
        (Some(input), Some(prediction)) => Ok(Record {
            input: input.clone(),
            prediction,
        }),
        _ => Err(GoldenError::NoRecord { line: number }),
    }
}

fn failure(failed: &Value) -> Option<Prediction> {
    match (failed.get("category"), failed.get("message")) {
        (Some(Value::Text(category)), Some(Value::Text(message))) => Some(Prediction::Failed {
            category: category.clone(),
            message: message.clone(),
        }),
        _ => None,
    }
}
