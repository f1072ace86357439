//! Apache Parquet, by the `parquet` crate of arrow-rs without arrow.
//!
//! What the crate is given is checked first: that what the metadata says lies within the file, and
//! is not more than is read. On some damaged files it panics all the same; that is caught, and is an
//! error as any other.

mod columns;
mod meaning;
mod nesting;
mod quiet;
mod rows;

use std::io::Read as _;

use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use bytes::Bytes;

use super::error::{TableError, TableProblem};
use super::source::Content;
use super::{Compression, Layout, Source, Table, TableLimits, TableOptions, content, wanted};
use crate::Value;

/// Reads a table for its columns.
pub(super) fn read(source: &Source<'_>, options: &TableOptions) -> Result<Table, TableError> {
    guarded(source, || {
        let reader = open(source, options)?;
        let finished =
            columns::read(&*reader, options).map_err(|problem| source.error(None, problem))?;
        Ok(Table {
            rows: finished.rows,
            columns: finished.columns,
            left_out: finished.left_out,
            notes: finished.notes,
        })
    })
}

/// Reads a table for its rows; lists, maps and structures are kept.
pub(super) fn records(
    source: &Source<'_>,
    options: &TableOptions,
) -> Result<Vec<Value>, TableError> {
    guarded(source, || {
        let reader = open(source, options)?;
        rows::read(&*reader, options).map_err(|problem| source.error(None, problem))
    })
}

fn guarded<T>(
    source: &Source<'_>,
    read: impl FnOnce() -> Result<T, TableError>,
) -> Result<T, TableError> {
    quiet::run(read).unwrap_or_else(|| {
        let reason = "the file is damaged".to_owned();
        Err(source.error(None, TableProblem::Parquet { reason }))
    })
}

/// What begins and ends a file.
const MAGIC: &[u8] = b"PAR1";

fn open(source: &Source<'_>, options: &TableOptions) -> Result<Box<dyn FileReader>, TableError> {
    let error = |problem| source.error(None, problem);
    look(source)?;
    let (reader, length) = match source.content()? {
        Content::File(file) => {
            let metadata = file.metadata().map_err(|it| error(TableProblem::Io(it)))?;
            (reader(file.into_parts().0), metadata.len())
        }
        Content::Bytes(bytes) => (reader(Bytes::copy_from_slice(bytes)), bytes.len() as u64),
    };
    let reader = reader.map_err(|it| error(failed(&it)))?;
    check(reader.metadata(), length, &options.limits).map_err(error)?;
    let schema = reader.metadata().file_metadata().schema();
    let names = schema.get_fields().iter();
    wanted::check(source, options, names.map(|field| field.name()))?;
    Ok(reader)
}

fn reader(bytes: impl ChunkReader + 'static) -> Result<Box<dyn FileReader>, ParquetError> {
    let is_flat = nesting::depth(&metadata(&bytes)?).is_some_and(|depth| depth <= DEEPEST);
    if !is_flat {
        let reason = format!("its columns lie more than {DEEPEST} deep, or are damaged");
        return Err(ParquetError::General(reason));
    }
    Ok(Box::new(SerializedFileReader::new(bytes)?))
}

/// Structures in one another beyond which a schema is refused.
const DEEPEST: usize = 128;

/// The metadata at the end of the file: before their length and the magic bytes.
fn metadata(bytes: &impl ChunkReader) -> Result<Bytes, ParquetError> {
    let truncated = || ParquetError::EOF("it ends early, without its metadata".to_owned());
    let end = bytes.len().checked_sub(8).ok_or_else(truncated)?;
    let tail = bytes.get_bytes(end, 8)?;
    let (length, magic) = tail.split_first_chunk::<4>().ok_or_else(truncated)?;
    if magic != MAGIC {
        return Err(truncated());
    }
    let length = u32::from_le_bytes(*length);
    let begin = end.checked_sub(u64::from(length)).ok_or_else(truncated)?;
    bytes.get_bytes(begin, usize::try_from(length).unwrap_or(usize::MAX))
}

/// Looks at the first bytes: they tell what the file is if not Parquet.
fn look(source: &Source<'_>) -> Result<(), TableError> {
    let mut first = Vec::new();
    source
        .open(Compression::None)?
        .take(content::TOLD_BY as u64)
        .read_to_end(&mut first)
        .map_err(|error| source.error(None, TableProblem::Io(error)))?;
    if first.is_empty() {
        return Err(source.error(None, TableProblem::Empty));
    }
    if first.starts_with(MAGIC) {
        return Ok(());
    }
    content::check(source, Layout::Parquet, &first)?;
    let reason = "it does not begin with `PAR1`".to_owned();
    Err(source.error(None, TableProblem::Parquet { reason }))
}

/// Checks that what the metadata says lies within the file, and is not more than is read.
fn check(
    metadata: &ParquetMetaData,
    length: u64,
    limits: &TableLimits,
) -> Result<(), TableProblem> {
    let outside = || TableProblem::Parquet {
        reason: "its metadata points out of the file".to_owned(),
    };
    if metadata.file_metadata().schema_descr().num_columns() > limits.columns {
        let limit = limits.columns;
        return Err(TableProblem::ManyColumns { limit });
    }
    let mut rows: u64 = 0;
    for group in metadata.row_groups() {
        rows = u64::try_from(group.num_rows())
            .ok()
            .and_then(|more| rows.checked_add(more))
            .ok_or_else(outside)?;
        for column in group.columns() {
            let start = column
                .dictionary_page_offset()
                .unwrap_or_else(|| column.data_page_offset());
            let end = start
                .checked_add(column.compressed_size())
                .and_then(|end| u64::try_from(end).ok())
                .ok_or_else(outside)?;
            if start < 0 || column.compressed_size() < 0 || column.num_values() < 0 || end > length
            {
                return Err(outside());
            }
        }
    }
    if rows > limits.values {
        let limit = limits.values;
        return Err(TableProblem::ManyValues { limit });
    }
    Ok(())
}

fn failed(error: &ParquetError) -> TableProblem {
    let reason = if let ParquetError::General(reason) | ParquetError::EOF(reason) = error {
        reason.clone()
    } else {
        error.to_string()
    };
    TableProblem::Parquet { reason }
}
