//! Tables of data: CSV, JSON lines, Parquet; for drift column by column, as inputs row by row.
//!
//! The readers are total: on any bytes they give a table or an error that says where and why, in
//! memory that is bounded by [`TableLimits`]. Text is read in blocks, several at once, and only the
//! columns that are wanted are kept. What is read and how types are told stands in
//! `docs/formats/tables.md`.

mod blocks;
mod cells;
mod content;
mod csv;
mod error;
mod format;
mod gathering;
mod json_lines;
#[cfg(feature = "parquet")]
mod parquet;
mod source;
mod wanted;

use std::collections::HashMap;

use holdfast_model::LeftOutColumn;
use rayon::prelude::*;

pub use error::{Cells, TableError, TableProblem};
pub use format::{Compression, Layout, TableFormat};
pub use source::Source;

use self::blocks::Block;
use self::gathering::{Gathered, Kind, Part};
use crate::Value;

/// A table, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Rows.
    pub rows: usize,
    /// The columns, in the order of the file.
    pub columns: Vec<Column>,
    /// The columns that are neither numbers nor categories, in the order of the file.
    pub left_out: Vec<LeftOutColumn>,
    /// What a person should know of how columns were taken, each in one line.
    pub notes: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; a cell without a number is NaN.
    Numbers(Vec<f64>),
    /// Categories.
    Categories {
        /// The names, in the order in which they first stand in the file.
        names: Vec<String>,
        /// For each row the place of its name in `names`; nothing where the cell has no value.
        codes: Vec<Option<u32>>,
    },
}

/// What is wanted of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// The columns that are read; all, where none is named.
    pub columns: Vec<String>,
    /// Columns that are not read unless they are named in `columns`; they need not be there.
    pub ignored: Vec<String>,
    /// Columns that are categories, whatever is in them: codes and labels that look like numbers. They
    /// need not be there.
    pub categorical: Vec<String>,
    /// How much is read.
    pub limits: TableLimits,
}

/// How much of a table is read; beyond it is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableLimits {
    /// Bytes of a row.
    pub row: usize,
    /// Columns, wanted or not.
    pub columns: usize,
    /// Values in the wanted columns together; each takes eight bytes of memory.
    pub values: u64,
    /// Different categories of a column; a column with more is left out, not refused.
    pub categories: usize,
}

impl Default for TableLimits {
    /// 64 MiB a row, 100,000 columns, 2³⁰ values, a million categories.
    fn default() -> Self {
        Self {
            row: 64 << 20,
            columns: 100_000,
            values: 1 << 30,
            categories: 1_000_000,
        }
    }
}

/// Reads a table for its columns.
pub fn read(
    source: &Source<'_>,
    format: TableFormat,
    options: &TableOptions,
) -> Result<Table, TableError> {
    match format.layout {
        Layout::Csv | Layout::Tsv => csv::read(source, format, options),
        Layout::JsonLines => json_lines::read(source, format, options),
        Layout::Parquet => parquet::read(source, options),
    }
}

/// Reads a table for its rows: each a map in the order of the columns, whole numbers as such, cells
/// without a value null. Of JSON lines, where no columns are asked for, a row is whatever stands on its
/// line: a list or a text as well.
pub fn records(
    source: &Source<'_>,
    format: TableFormat,
    options: &TableOptions,
) -> Result<Vec<Value>, TableError> {
    match format.layout {
        Layout::Csv | Layout::Tsv => csv::records(source, format, options),
        Layout::JsonLines => json_lines::records(source, format, options),
        Layout::Parquet => parquet::records(source, options),
    }
}

/// What stands in for Parquet's reader where the program was built without it.
#[cfg(not(feature = "parquet"))]
mod parquet {
    use super::{Source, Table, TableError, TableOptions, TableProblem, Value};

    pub(super) fn read(source: &Source<'_>, _: &TableOptions) -> Result<Table, TableError> {
        Err(source.error(None, TableProblem::NoParquet))
    }

    pub(super) fn records(source: &Source<'_>, _: &TableOptions) -> Result<Vec<Value>, TableError> {
        Err(source.error(None, TableProblem::NoParquet))
    }
}

/// What each column is taken for; numbers, where it is not told.
type Kinds = HashMap<String, Kind>;

fn told(options: &TableOptions) -> Kinds {
    options
        .categorical
        .iter()
        .map(|name| (name.clone(), Kind::Texts))
        .collect()
}

/// Reads all blocks, as many at once as there are cores to read them, and puts their rows together.
/// `parse` reads the rows of one block.
fn gather(
    mut next: impl FnMut() -> Result<Option<Block>, TableError>,
    source: &Source<'_>,
    limits: &TableLimits,
    parse: impl Fn(&Block) -> Result<Part, TableError> + Sync,
) -> Result<Gathered, TableError> {
    let at_once = 4 * rayon::current_num_threads();
    let mut gathered = Gathered::default();
    loop {
        let mut batch = Vec::with_capacity(at_once);
        while batch.len() < at_once
            && let Some(block) = next()?
        {
            batch.push(block);
        }
        if batch.is_empty() {
            return Ok(gathered);
        }
        let parts: Vec<Result<Part, TableError>> = batch.par_iter().map(&parse).collect();
        for part in parts {
            gathered
                .add(part?, limits)
                .map_err(|problem| source.error(None, problem))?;
        }
    }
}

/// Reads, and once more with what was learnt, until no column was taken for numbers by mistake.
fn settle(
    mut kinds: Kinds,
    mut pass: impl FnMut(&mut Kinds) -> Result<Gathered, TableError>,
) -> Result<Gathered, TableError> {
    loop {
        let gathered = pass(&mut kinds)?;
        if gathered.mistaken.is_empty() {
            return Ok(gathered);
        }
        let mistaken = gathered.mistaken.iter();
        kinds.extend(mistaken.map(|name| (name.clone(), Kind::Texts)));
    }
}

#[cfg(test)]
mod tests;
