//! CSV (RFC 4180) and TSV, the first line with names.
//!
//! Cells are split by the `csv` crate; this module says what they mean. Lines end with CR LF or LF,
//! blank lines count for nothing, a quote within quotes is doubled.

mod header;
mod rows;

use ::csv::{Reader, ReaderBuilder, StringRecord};

use super::blocks::{Block, lines_in};
use super::cells;
use super::error::{Cells, TableError, TableProblem};
use super::gathering::{Cell, Kind, Part, PartColumn};
use super::{Kinds, Source, Table, TableFormat, TableOptions, gather, settle, told};

use self::header::{Header, open};
pub(super) use self::rows::records;

/// Reads a table for its columns.
pub(super) fn read(
    source: &Source<'_>,
    format: TableFormat,
    options: &TableOptions,
) -> Result<Table, TableError> {
    let mut left_out = Vec::new();
    let gathered = settle(told(options), |kinds| {
        let (header, first, mut blocks) = open(source, format, options)?;
        learn(source, &header, &first, kinds)?;
        let kinds: Vec<Kind> = header.kinds(kinds);
        let mut first = Some(first);
        let next = || match first.take() {
            Some(block) => Ok(Some(block)),
            None => blocks.next(),
        };
        let gathered = gather(next, source, &options.limits, |block| {
            parse(source, &header, &kinds, block)
        })?;
        left_out = header.left_out;
        Ok(gathered)
    })?;
    let mut finished = gathered.finish();
    left_out.append(&mut finished.left_out);
    Ok(Table {
        rows: finished.rows,
        columns: finished.columns,
        left_out,
        notes: finished.notes,
    })
}

/// Learns from the first rows which columns have texts.
fn learn(
    source: &Source<'_>,
    header: &Header,
    first: &Block,
    kinds: &mut Kinds,
) -> Result<(), TableError> {
    let part = parse(source, header, &header.kinds(kinds), first)?;
    let mistaken = part
        .columns
        .into_iter()
        .filter(|(_, column)| matches!(column, PartColumn::Mistaken));
    kinds.extend(mistaken.map(|(name, _)| (name, Kind::Texts)));
    Ok(())
}

/// Reads the rows of a block.
fn parse(
    source: &Source<'_>,
    header: &Header,
    kinds: &[Kind],
    block: &Block,
) -> Result<Part, TableError> {
    let mut columns: Vec<(usize, Kind, PartColumn)> = header
        .wanted
        .iter()
        .zip(kinds)
        .map(|((place, _), kind)| (*place, *kind, PartColumn::new(*kind)))
        .collect();
    let mut rows = 0;
    each_row(source, header, block, |record| {
        rows += 1;
        for (place, kind, column) in &mut columns {
            let cell = record.get(*place).unwrap_or_default();
            column.push(None, told_cell(cell, *kind), || cell.to_owned());
        }
    })?;
    let names = header.wanted.iter().map(|(_, name)| name.clone());
    Ok(Part {
        rows,
        columns: names
            .zip(columns)
            .map(|(name, (.., column))| (name, column))
            .collect(),
        others: Vec::new(),
    })
}

fn told_cell(cell: &str, kind: Kind) -> Cell<'_> {
    match kind {
        Kind::Numbers => match cells::number(cell) {
            Some(number) => Cell::Number(number),
            None if cells::is_missing(cell) => Cell::Missing,
            None => Cell::Text(cell),
        },
        Kind::Texts if cells::is_missing(cell) => Cell::Missing,
        Kind::Texts => Cell::Text(cell),
    }
}

/// Calls `row` with each row of a block; all are as long as the header.
fn each_row(
    source: &Source<'_>,
    header: &Header,
    block: &Block,
    mut row: impl FnMut(&StringRecord),
) -> Result<(), TableError> {
    let mut reader = reader(&block.text, header.delimiter);
    let mut record = StringRecord::new();
    while read_row(source, &mut reader, &mut record)? {
        if record.len() != header.width {
            let problem = TableProblem::Ragged {
                expected: header.width,
                found: Cells(record.len()),
            };
            return Err(source.error(Some(line_of(&record, block)), problem));
        }
        row(&record);
    }
    Ok(())
}

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 16)
        .from_reader(text.as_bytes())
}

fn read_row(
    source: &Source<'_>,
    reader: &mut Reader<&[u8]>,
    record: &mut StringRecord,
) -> Result<bool, TableError> {
    // of a text in memory, with rows of any length allowed, there is no error to expect
    reader
        .read_record(record)
        .map_err(|error| source.error(None, TableProblem::Io(std::io::Error::other(error))))
}

/// The line on which a row begins; blank lines before it are part of its position.
fn line_of(record: &StringRecord, block: &Block) -> u64 {
    let begin = record
        .position()
        .and_then(|position| usize::try_from(position.byte()).ok())
        .unwrap_or_default();
    let bytes = block.text.as_bytes();
    let blank = bytes
        .get(begin..)
        .unwrap_or_default()
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    block.line + lines_in(bytes.get(..begin + blank).unwrap_or_default())
}
