//! The rows of CSV as values.

use super::super::blocks::Block;
use super::super::cells;
use super::super::error::{TableError, TableProblem};
use super::super::{Source, TableFormat, TableOptions};
use super::each_row;
use super::header::{Header, open};
use crate::Value;

/// Reads a table for its rows.
///
/// A column is numbers where each of its cells is one or is missing, true and false where each is
/// one of them, as pandas writes and reads them, and texts otherwise.
pub(in super::super) fn records(
    source: &Source<'_>,
    format: TableFormat,
    options: &TableOptions,
) -> Result<Vec<Value>, TableError> {
    let (header, first, mut blocks) = open(source, format, options)?;
    let mut rows = Vec::new();
    let mut next = Some(first);
    while let Some(block) = next {
        collect(source, &header, &block, &mut rows)?;
        if rows.len() as u64 * header.wanted.len() as u64 > options.limits.values {
            let limit = options.limits.values;
            return Err(source.error(None, TableProblem::ManyValues { limit }));
        }
        next = blocks.next()?;
    }
    let kinds: Vec<Kind> = header
        .wanted
        .iter()
        .enumerate()
        .map(|(place, (_, name))| {
            if options.categorical.contains(name) {
                Kind::Texts
            } else {
                Kind::of(rows.iter().filter_map(|row| row.get(place)))
            }
        })
        .collect();
    let named = |cells: Vec<String>| {
        let names = header.wanted.iter().map(|(_, name)| name.clone());
        let values = cells.into_iter().zip(&kinds);
        let values = values.map(|(cell, kind)| value(cell, *kind));
        Value::Map(names.zip(values).collect())
    };
    Ok(rows.into_iter().map(named).collect())
}

fn collect(
    source: &Source<'_>,
    header: &Header,
    block: &Block,
    rows: &mut Vec<Vec<String>>,
) -> Result<(), TableError> {
    each_row(source, header, block, |record| {
        let cells = header.wanted.iter();
        let cells = cells.map(|(place, _)| record.get(*place).unwrap_or_default().to_owned());
        rows.push(cells.collect());
    })
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Numbers,
    Truths,
    Texts,
}

impl Kind {
    fn of<'c>(cells: impl Iterator<Item = &'c String> + Clone) -> Self {
        let mut there = cells.filter(|cell| !cells::is_missing(cell));
        if there.clone().all(|cell| cells::number(cell).is_some()) {
            Self::Numbers
        } else if there.all(|cell| truth(cell).is_some()) {
            Self::Truths
        } else {
            Self::Texts
        }
    }
}

fn truth(cell: &str) -> Option<bool> {
    match cells::trimmed(cell) {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn value(cell: String, kind: Kind) -> Value {
    if cells::is_missing(&cell) {
        return Value::Null;
    }
    let known = match kind {
        Kind::Numbers => number(&cell),
        Kind::Truths => truth(&cell).map(Value::Bool),
        Kind::Texts => None,
    };
    known.unwrap_or(Value::Text(cell))
}

/// A whole number as such, unless its sign would be lost.
fn number(cell: &str) -> Option<Value> {
    let float = cells::number(cell)?;
    match cells::trimmed(cell).parse() {
        Ok(0) if float.is_sign_negative() => Some(Value::Float(float)),
        Ok(whole) => Some(Value::Integer(whole)),
        Err(_) => Some(Value::Float(float)),
    }
}
