//! The first line of CSV: the names of the columns.

use std::collections::HashMap;

use ::csv::StringRecord;
use holdfast_model::LeftOutColumn;

use super::super::blocks::{Block, Blocks, Rows, lines_in};
use super::super::cells;
use super::super::error::{TableError, TableProblem};
use super::super::gathering::Kind;
use super::super::{Kinds, Layout, Source, TableFormat, TableOptions, wanted};
use super::{line_of, read_row, reader};
use crate::Value;

/// What the first line says.
pub(super) struct Header {
    /// What stands between cells.
    pub(super) delimiter: u8,
    /// Columns.
    pub(super) width: usize,
    /// The columns that are read: places, from 0, and names.
    pub(super) wanted: Vec<(usize, String)>,
    /// The columns that have no name.
    pub(super) left_out: Vec<LeftOutColumn>,
}

impl Header {
    /// What each column that is read is taken for.
    pub(super) fn kinds(&self, told: &Kinds) -> Vec<Kind> {
        let kind = |name: &String| told.get(name).copied().unwrap_or_default();
        self.wanted.iter().map(|(_, name)| kind(name)).collect()
    }
}

/// Opens a table: its header, the first rows, and the blocks that follow.
pub(super) fn open<'s>(
    source: &'s Source<'s>,
    format: TableFormat,
    options: &TableOptions,
) -> Result<(Header, Block, Blocks<'s>), TableError> {
    let mut blocks = Blocks::open(source, format, options.limits.row)?;
    let delimiter = match blocks.rows() {
        Rows::Quoted { delimiter } => delimiter,
        Rows::Lines => b',',
    };
    let empty = || source.error(None, TableProblem::Empty);
    let mut first = blocks.next()?.ok_or_else(empty)?;
    let mut record = StringRecord::new();
    let mut reader = reader(&first.text, delimiter);
    if !read_row(source, &mut reader, &mut record)? {
        return Err(empty());
    }
    let header = header(&record, delimiter, options)
        .and_then(|header| no_json(&first.text).map(|()| header))
        .map_err(|problem| source.error(Some(line_of(&record, &first)), problem))?;
    wanted::check(source, options, record.iter().filter(|name| is_name(name)))?;
    let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
    let rest = first.text.get(end..).unwrap_or_default().to_owned();
    first.line += lines_in(first.text.as_bytes().get(..end).unwrap_or_default());
    first.text = rest;
    Ok((header, first, blocks))
}

fn header(
    record: &StringRecord,
    delimiter: u8,
    options: &TableOptions,
) -> Result<Header, TableProblem> {
    let width = record.len();
    if width > options.limits.columns {
        return Err(TableProblem::ManyColumns {
            limit: options.limits.columns,
        });
    }
    // whole numbers may be names: pandas writes them for columns without any
    let is_whole = |name: &str| cells::trimmed(name).parse::<i128>().is_ok();
    let are_numbers = record.iter().all(|name| cells::number(name).is_some());
    if (are_numbers && !record.iter().all(is_whole)) || !record.iter().any(is_name) {
        return Err(TableProblem::NoHeader);
    }
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut header = Header {
        delimiter,
        width,
        wanted: Vec::new(),
        left_out: Vec::new(),
    };
    for (place, name) in record.iter().enumerate() {
        if !is_name(name) {
            if options.columns.is_empty() {
                header.left_out.push(without_name(place));
            }
            continue;
        }
        if let Some(first) = places.insert(name, place) {
            return Err(TableProblem::DuplicateColumn {
                name: name.to_owned(),
                first: first + 1,
                second: place + 1,
            });
        }
        if wanted::is_wanted(name, options) {
            header.wanted.push((place, name.to_owned()));
        }
    }
    Ok(header)
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty()
}

fn without_name(place: usize) -> LeftOutColumn {
    LeftOutColumn {
        column: format!("column {}", place + 1),
        reason: "it has no name in the first line, as an index that pandas wrote".to_owned(),
    }
}

/// JSON lines under the name of CSV are told as such.
fn no_json(text: &str) -> Result<(), TableProblem> {
    let line = text.lines().next().unwrap_or_default();
    if line.starts_with('{') && matches!(Value::parse(line), Ok(Value::Map(_))) {
        return Err(TableProblem::OtherContent {
            wanted: Layout::Csv,
            found: "JSON lines",
            fix: "name it with `.jsonl` at its end",
        });
    }
    Ok(())
}
