//! How the lines of an input are read, told by the first.

use serde::{Deserialize, Serialize};

use super::{cells, shown};

/// How lines are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Layout {
    /// A number on each.
    Numbers,
    /// A JSON object on each.
    JsonLines {
        /// The key of the value.
        key: String,
    },
    /// Cells, with their names on the first line.
    Csv {
        /// What is between cells.
        separator: char,
        /// The place of the value, from 0.
        column: usize,
    },
}

/// Why an input cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// It is in an encoding other than UTF-8.
    #[error("line 1 is not UTF-8 but UTF-16: convert it (`iconv -f utf-16 -t utf-8`)")]
    OtherEncoding,
    /// A column was chosen of an input that has none.
    #[error("line {line} is a number, and `--column` names one of several: leave it out")]
    NoColumns {
        /// The line.
        line: u64,
    },
    /// No column was chosen of several.
    #[error("line {line} has several columns: choose one with `--column`: {columns}")]
    SeveralColumns {
        /// The line.
        line: u64,
        /// Their names.
        columns: String,
    },
    /// There is no such column.
    #[error("line {line} has no column `{column}`: it has {columns}")]
    NoSuchColumn {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The names of those that it has.
        columns: String,
    },
    /// It is neither of the layouts.
    #[error(
        "line {line} is `{text}`, which is no number, no JSON object and no heading of a table: give one number for each line, JSON lines, or CSV with a heading"
    )]
    Unknown {
        /// The line.
        line: u64,
        /// Its beginning.
        text: String,
    },
    /// It has cells, and no names of them.
    #[error("line {line} has several numbers and is no heading: put the columns' names above them")]
    NoHeading {
        /// The line.
        line: u64,
    },
    /// A line is longer than any line of values.
    #[error(
        "line {line} has more than a million bytes: give one number for each line, JSON lines, or CSV with a heading"
    )]
    Endless {
        /// The line.
        line: u64,
    },
}

impl Layout {
    /// The layout that a first line tells of.
    pub(super) fn told_by(
        line: &[u8],
        column: Option<&str>,
        number: u64,
    ) -> Result<Self, StreamError> {
        if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
            return Err(StreamError::OtherEncoding);
        }
        if is_value(line.trim_ascii()) {
            return match column {
                None => Ok(Self::Numbers),
                Some(_) => Err(StreamError::NoColumns { line: number }),
            };
        }
        if line.trim_ascii_start().starts_with(b"{") {
            return object(line, column, number);
        }
        heading(line, column, number)
    }
}

/// Whether a line is a number or a truth by itself, finite or not.
fn is_value(line: &[u8]) -> bool {
    let text = std::str::from_utf8(line).unwrap_or_default();
    matches!(text, "true" | "false" | "True" | "False" | "null") || text.parse::<f64>().is_ok()
}

fn object(line: &[u8], column: Option<&str>, number: u64) -> Result<Layout, StreamError> {
    let keys = cells::keys(line).map_err(|_broken| StreamError::Unknown {
        line: number,
        text: shown(line),
    })?;
    let chosen = match (column, keys.as_slice()) {
        // other lines may have it: a line without it is told of by itself
        (Some(column), _) => column.to_owned(),
        (None, [only]) => only.clone(),
        (None, _) => {
            return Err(StreamError::SeveralColumns {
                line: number,
                columns: listed(&keys),
            });
        }
    };
    Ok(Layout::JsonLines { key: chosen })
}

fn heading(line: &[u8], column: Option<&str>, number: u64) -> Result<Layout, StreamError> {
    let separator = [',', ';', '\t']
        .into_iter()
        .find(|separator| line.contains(&(*separator as u8)))
        .unwrap_or(',');
    let unknown = || StreamError::Unknown {
        line: number,
        text: shown(line),
    };
    let names = cells::row(line, separator).map_err(|_open| unknown())?;
    if names.iter().all(|name| is_value(name.as_bytes())) {
        return Err(StreamError::NoHeading { line: number });
    }
    let place = match (column, names.as_slice()) {
        (Some(column), _) => place_of(column, &names),
        (None, [only]) if is_name(only) => Some(0),
        (None, [_]) => return Err(unknown()),
        (None, _) => {
            return Err(StreamError::SeveralColumns {
                line: number,
                columns: listed(&names),
            });
        }
    };
    match place {
        Some(column) => Ok(Layout::Csv { separator, column }),
        None => Err(StreamError::NoSuchColumn {
            line: number,
            column: column.unwrap_or_default().to_owned(),
            columns: listed(&names),
        }),
    }
}

/// A lone word that could be the name of a column, and is no number that went wrong.
fn is_name(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && !text.chars().any(char::is_control)
}

/// By name, else by number from 1.
fn place_of(column: &str, names: &[String]) -> Option<usize> {
    if let Some(place) = names.iter().position(|name| name == column) {
        return Some(place);
    }
    let number: usize = column.parse().ok()?;
    (1..=names.len()).contains(&number).then(|| number - 1)
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| format!("`{}`", shown(name.as_bytes())))
        .collect();
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}
