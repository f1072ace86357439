//! JSON lines: an object on each line, blank lines count for nothing.
//!
//! A name that an object lacks is a cell without a value, as null and NaN are. True and false are
//! categories, and so are numbers in a column that also has texts. Lists and objects are no cells:
//! such a column is left out where columns are compared, and kept where rows are.

use std::collections::{BTreeSet, HashMap};

use super::blocks::{Block, Blocks};
use super::error::{TableError, TableProblem};
use super::gathering::{Cell, Kind, Part, PartColumn};
use super::{
    Kinds, Source, Table, TableFormat, TableLimits, TableOptions, gather, settle, told, wanted,
};
use crate::Value;

/// Values of a block, with those that are not there, beyond which it is refused: in a block of a
/// mebibyte there is no room for so many.
const DENSE: usize = 1 << 24;

/// Reads a table for its columns.
pub(super) fn read(
    source: &Source<'_>,
    format: TableFormat,
    options: &TableOptions,
) -> Result<Table, TableError> {
    let gathered = settle(told(options), |kinds| {
        let (first, mut blocks) = open(source, format, &options.limits)?;
        let learnt = parse(source, options, kinds, &first)?;
        let columns = learnt.columns.into_iter();
        let mistaken = columns.filter(|(_, column)| matches!(column, PartColumn::Mistaken));
        kinds.extend(mistaken.map(|(name, _)| (name, Kind::Texts)));
        let mut first = Some(first);
        let next = || match first.take() {
            Some(block) => Ok(Some(block)),
            None => blocks.next(),
        };
        gather(next, source, &options.limits, |block| {
            parse(source, options, kinds, block)
        })
    })?;
    wanted::check(source, options, gathered.names())?;
    let finished = gathered.finish();
    Ok(Table {
        rows: finished.rows,
        columns: finished.columns,
        left_out: finished.left_out,
        notes: finished.notes,
    })
}

/// Reads a table for its rows, each as it is written; of names that are not wanted nothing is kept.
pub(super) fn records(
    source: &Source<'_>,
    format: TableFormat,
    options: &TableOptions,
) -> Result<Vec<Value>, TableError> {
    let (first, mut blocks) = open(source, format, &options.limits)?;
    let mut rows = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut values = 0;
    let mut next = Some(first);
    while let Some(block) = next {
        each_value(source, &block, |_, value| {
            let mut entries = match as_object(value) {
                Ok(entries) => entries,
                // a row of its own, where no columns are asked for: a vector, a text, a number
                Err((other, _)) if options.columns.is_empty() => {
                    values += 1;
                    rows.push(other);
                    return Ok(());
                }
                Err((_, problem)) => return Err(problem),
            };
            for (name, _) in &entries {
                if !names.contains(name) {
                    names.insert(name.clone());
                }
            }
            entries.retain(|(name, _)| wanted::is_wanted(name, options));
            values += entries.len() as u64;
            rows.push(Value::Map(entries));
            Ok(())
        })?;
        check(names.len(), values, &options.limits)
            .map_err(|problem| source.error(None, problem))?;
        next = blocks.next()?;
    }
    wanted::check(source, options, names.iter().map(String::as_str))?;
    Ok(rows)
}

fn check(columns: usize, values: u64, limits: &TableLimits) -> Result<(), TableProblem> {
    if columns > limits.columns {
        let limit = limits.columns;
        return Err(TableProblem::ManyColumns { limit });
    }
    if values > limits.values {
        let limit = limits.values;
        return Err(TableProblem::ManyValues { limit });
    }
    Ok(())
}

fn open<'s>(
    source: &'s Source<'s>,
    format: TableFormat,
    limits: &TableLimits,
) -> Result<(Block, Blocks<'s>), TableError> {
    let mut blocks = Blocks::open(source, format, limits.row)?;
    while let Some(block) = blocks.next()? {
        if !block.text.trim().is_empty() {
            return Ok((block, blocks));
        }
    }
    Err(source.error(None, TableProblem::Empty))
}

/// Reads the rows of a block.
fn parse(
    source: &Source<'_>,
    options: &TableOptions,
    kinds: &Kinds,
    block: &Block,
) -> Result<Part, TableError> {
    let mut part = Part::default();
    let mut places: HashMap<String, Option<usize>> = HashMap::new();
    each_object(source, block, |line, entries| {
        for (name, value) in entries {
            let place = match places.get(&name) {
                Some(place) => *place,
                None => begin(&mut part, &mut places, &name, options, kinds),
            };
            if let Some((_, column)) = place.and_then(|place| part.columns.get_mut(place)) {
                column.fill(part.rows);
                column.push(Some(line), cell(&value), || value.to_string());
            }
        }
        part.rows += 1;
        if part.rows * part.columns.len() > DENSE {
            return Err(TableProblem::Sparse);
        }
        Ok(())
    })?;
    for (_, column) in &mut part.columns {
        column.fill(part.rows);
    }
    Ok(part)
}

/// A name that comes for the first time: its place, where it is wanted.
fn begin(
    part: &mut Part,
    places: &mut HashMap<String, Option<usize>>,
    name: &str,
    options: &TableOptions,
    kinds: &Kinds,
) -> Option<usize> {
    let place = wanted::is_wanted(name, options).then(|| {
        let kind = kinds.get(name).copied().unwrap_or_default();
        part.columns.push((name.to_owned(), PartColumn::new(kind)));
        part.columns.len() - 1
    });
    if place.is_none() {
        part.others.push(name.to_owned());
    }
    places.insert(name.to_owned(), place);
    place
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Missing,
        Value::Bool(true) => Cell::Text("true"),
        Value::Bool(false) => Cell::Text("false"),
        Value::Integer(_) | Value::Float(_) => match value.number() {
            Some(number) if !number.is_nan() => Cell::Number(number),
            Some(_) | None => Cell::Missing,
        },
        Value::Text(text) => Cell::Text(text),
        Value::List(_) => Cell::Other("lists"),
        Value::Map(_) => Cell::Other("objects"),
    }
}

/// Calls `object` with the line and the entries of each object.
fn each_object(
    source: &Source<'_>,
    block: &Block,
    mut object: impl FnMut(u64, Vec<(String, Value)>) -> Result<(), TableProblem>,
) -> Result<(), TableError> {
    each_value(source, block, |line, value| {
        let entries = as_object(value).map_err(|(_, problem)| problem)?;
        object(line, entries)
    })
}

/// Calls `each` with the line and the value of each line that is not empty.
fn each_value(
    source: &Source<'_>,
    block: &Block,
    mut each: impl FnMut(u64, Value) -> Result<(), TableProblem>,
) -> Result<(), TableError> {
    for (line, text) in (block.line..).zip(block.text.split('\n')) {
        if text.trim().is_empty() {
            continue;
        }
        let value = Value::parse(text).map_err(|error| {
            let problem = TableProblem::Json {
                column: error.column,
                reason: error.reason,
            };
            source.error(Some(line), problem)
        })?;
        each(line, value).map_err(|problem| source.error(Some(line), problem))?;
    }
    Ok(())
}

/// The entries of an object, or the value with what it is instead.
fn as_object(value: Value) -> Result<Vec<(String, Value)>, (Value, TableProblem)> {
    let found = match value {
        Value::Map(entries) => return Ok(entries),
        Value::List(_) => "a list",
        Value::Text(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Null => "null",
    };
    Err((value, TableProblem::NotAnObject { found }))
}
