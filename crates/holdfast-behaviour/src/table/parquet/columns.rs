//! The columns of a Parquet file, one after another, each row group by row group.

use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use ::parquet::file::reader::FileReader;
use ::parquet::schema::types::SchemaDescriptor;
use holdfast_model::LeftOutColumn;

use super::super::error::TableProblem;
use super::super::gathering::{Cell, Finished, Gathered, Kind, Part, PartColumn};
use super::super::{TableOptions, wanted};
use super::failed;
use super::meaning::{Meaning, decimal, decimal_of, half};

/// Reads the wanted columns.
pub(super) fn read(
    reader: &dyn FileReader,
    options: &TableOptions,
) -> Result<Finished, TableProblem> {
    let schema = reader.metadata().file_metadata().schema_descr();
    let (wanted, mut left_out) = choose(schema, options);
    let mut gathered = Gathered::default();
    // a table without rows has its columns all the same
    gathered.add(part(&wanted, 0, |_, _| Ok(()))?, &options.limits)?;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(|it| failed(&it))?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(usize::MAX);
        let part = part(&wanted, rows, |place, cells| {
            cells.read(group.get_column_reader(place).map_err(|it| failed(&it))?)
        })?;
        gathered.add(part, &options.limits)?;
    }
    let mut finished = gathered.finish();
    left_out.append(&mut finished.left_out);
    finished.left_out = left_out;
    Ok(finished)
}

/// A column that is read.
struct Wanted {
    place: usize,
    name: String,
    meaning: Meaning,
    kind: Kind,
}

/// The columns that are read, and those that are wanted and cannot be.
fn choose(schema: &SchemaDescriptor, options: &TableOptions) -> (Vec<Wanted>, Vec<LeftOutColumn>) {
    let mut wanted = Vec::new();
    let mut left_out: Vec<LeftOutColumn> = Vec::new();
    for (place, column) in schema.columns().iter().enumerate() {
        let Some(name) = column.path().parts().first() else {
            continue;
        };
        if !wanted::is_wanted(name, options) {
            continue;
        }
        match Meaning::of(column) {
            Ok(meaning) => wanted.push(Wanted {
                place,
                name: name.clone(),
                meaning,
                kind: if meaning.is_text() || options.categorical.contains(name) {
                    Kind::Texts
                } else {
                    Kind::Numbers
                },
            }),
            // a structure has several columns of one name
            Err(reason) if left_out.last().is_none_or(|last| last.column != *name) => {
                left_out.push(LeftOutColumn {
                    column: name.clone(),
                    reason: format!("it {reason}"),
                });
            }
            Err(_) => {}
        }
    }
    (wanted, left_out)
}

/// The rows of a row group.
fn part(
    wanted: &[Wanted],
    rows: usize,
    mut read: impl FnMut(usize, &mut Cells) -> Result<(), TableProblem>,
) -> Result<Part, TableProblem> {
    let mut part = Part {
        rows,
        ..Part::default()
    };
    for column in wanted {
        let mut cells = Cells {
            column: PartColumn::new(column.kind),
            meaning: column.meaning,
            rows,
        };
        read(column.place, &mut cells)?;
        part.columns.push((column.name.clone(), cells.column));
    }
    Ok(part)
}

/// Values that are read at once.
const AT_ONCE: usize = 1 << 16;

struct Cells {
    column: PartColumn,
    meaning: Meaning,
    rows: usize,
}

impl Cells {
    fn read(&mut self, column: ColumnReader) -> Result<(), TableProblem> {
        let meaning = self.meaning;
        match column {
            ColumnReader::BoolColumnReader(reader) => self.all(reader, |truth| {
                Cell::Text(if *truth { "true" } else { "false" })
            }),
            ColumnReader::Int32ColumnReader(reader) => self.all(reader, move |whole| {
                numeric(match meaning {
                    Meaning::Unsigned => Some(f64::from(whole.cast_unsigned())),
                    Meaning::Number
                    | Meaning::Seconds(_)
                    | Meaning::Decimal(_)
                    | Meaning::Half
                    | Meaning::Text
                    | Meaning::Truth => of_whole(i64::from(*whole), meaning),
                })
            }),
            ColumnReader::Int64ColumnReader(reader) => {
                self.all(reader, move |whole| numeric(of_whole(*whole, meaning)))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                self.all(reader, |stamp| numeric(Some(seconds(stamp))))
            }
            ColumnReader::FloatColumnReader(reader) => {
                self.all(reader, |number| numeric(Some(f64::from(*number))))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                self.all(reader, |number| numeric(Some(*number)))
            }
            ColumnReader::ByteArrayColumnReader(reader) => self
                .all(reader, move |bytes: &ByteArray| {
                    of_bytes(bytes.data(), meaning)
                }),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => self
                .all(reader, move |bytes: &FixedLenByteArray| {
                    of_bytes(bytes.data(), meaning)
                }),
        }
    }

    /// Reads all values of a row group, of which there must be as many as it has rows.
    fn all<T: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<T>,
        cell: impl for<'v> Fn(&'v T::T) -> Cell<'v>,
    ) -> Result<(), TableProblem> {
        let mut values: Vec<T::T> = Vec::new();
        let mut levels: Vec<i16> = Vec::new();
        let mut left = self.rows;
        while left > 0 {
            values.clear();
            levels.clear();
            let (rows, there, _) = reader
                .read_records(left.min(AT_ONCE), Some(&mut levels), None, &mut values)
                .map_err(|it| failed(&it))?;
            if rows == 0 {
                break;
            }
            let mut next = values.iter().take(there);
            // without levels, nothing is null
            let is_there = |row: usize| levels.get(row).is_none_or(|level| *level > 0);
            for row in 0..rows {
                let value = if is_there(row) { next.next() } else { None };
                let value = value.map_or(Cell::Missing, &cell);
                let text = match &value {
                    Cell::Number(number) => Some(*number),
                    Cell::Missing | Cell::Text(_) | Cell::Other(_) => None,
                };
                self.column
                    .push(None, value, || text.map(shown).unwrap_or_default());
            }
            left = left.saturating_sub(rows);
        }
        if left == 0 {
            return Ok(());
        }
        Err(TableProblem::Parquet {
            reason: format!("a column ends {left} values before its row group does"),
        })
    }
}

/// A number as the name of a category.
fn shown(number: f64) -> String {
    format!("{number}")
}

fn numeric<'c>(number: Option<f64>) -> Cell<'c> {
    match number {
        Some(number) if !number.is_nan() => Cell::Number(number),
        Some(_) | None => Cell::Missing,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest double is what is asked for"
)]
fn of_whole(whole: i64, meaning: Meaning) -> Option<f64> {
    match meaning {
        Meaning::Seconds(in_one) => Some(whole as f64 / in_one),
        Meaning::Decimal(scale) => decimal_of(i128::from(whole), scale),
        Meaning::Unsigned => Some(whole.cast_unsigned() as f64),
        Meaning::Number | Meaning::Half | Meaning::Text | Meaning::Truth => Some(whole as f64),
    }
}

fn of_bytes(bytes: &[u8], meaning: Meaning) -> Cell<'_> {
    match (meaning, bytes) {
        (Meaning::Decimal(scale), _) => numeric(decimal(bytes, scale)),
        (Meaning::Half, [low, high]) => numeric(Some(half(u16::from_le_bytes([*low, *high])))),
        (Meaning::Text, _) => match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text),
            Err(_) => Cell::Other("bytes that are no text"),
        },
        _ => Cell::Missing,
    }
}

/// The days of 1970-01-01 in the count that INT96 has (Julian).
const EPOCH: f64 = 2_440_588.0;

fn seconds(stamp: &Int96) -> f64 {
    let [low, high, day] = *stamp.data() else {
        return f64::NAN;
    };
    let nanoseconds = f64::from(high) * 4_294_967_296.0 + f64::from(low);
    (f64::from(day) - EPOCH) * 86_400.0 + nanoseconds / 1e9
}
