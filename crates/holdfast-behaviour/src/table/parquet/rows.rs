//! The rows of a Parquet file as values.

use ::parquet::file::reader::FileReader;
use ::parquet::record::{Field, Row};
use ::parquet::schema::types::Type;

use super::super::error::TableProblem;
use super::super::{TableOptions, wanted};
use super::failed;
use super::meaning::decimal;
use crate::Value;

/// Reads the wanted columns, row by row.
pub(super) fn read(
    reader: &dyn FileReader,
    options: &TableOptions,
) -> Result<Vec<Value>, TableProblem> {
    let schema = reader.metadata().file_metadata().schema();
    let fields = schema.get_fields().iter();
    let fields = fields.filter(|field| wanted::is_wanted(field.name(), options));
    let projection = Type::group_type_builder(schema.name())
        .with_fields(fields.cloned().collect())
        .build()
        .map_err(|it| failed(&it))?;
    let rows = reader
        .get_row_iter(Some(projection))
        .map_err(|it| failed(&it))?;
    let mut values = Vec::new();
    let mut count: u64 = 0;
    for row in rows {
        let row = row.map_err(|it| failed(&it))?;
        count += row.len() as u64;
        if count > options.limits.values {
            let limit = options.limits.values;
            return Err(TableProblem::ManyValues { limit });
        }
        values.push(map(&row)?);
    }
    Ok(values)
}

fn map(row: &Row) -> Result<Value, TableProblem> {
    let entry = |(name, field): (&String, &Field)| {
        let value = value(field).map_err(|reason| TableProblem::ParquetColumn {
            column: name.clone(),
            reason,
        })?;
        Ok((name.clone(), value))
    };
    row.get_column_iter()
        .map(entry)
        .collect::<Result<_, _>>()
        .map(Value::Map)
}

/// A field as a value; floats of fewer bits become the same double, decimals the nearest, and points
/// in time the whole number that is stored.
fn value(field: &Field) -> Result<Value, String> {
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => Value::Bool(*truth),
        Field::Byte(whole) => Value::Integer(i128::from(*whole)),
        Field::Short(whole) => Value::Integer(i128::from(*whole)),
        Field::Int(whole) | Field::Date(whole) | Field::TimeMillis(whole) => {
            Value::Integer(i128::from(*whole))
        }
        Field::Long(whole)
        | Field::TimeMicros(whole)
        | Field::TimestampMillis(whole)
        | Field::TimestampMicros(whole) => Value::Integer(i128::from(*whole)),
        Field::UByte(whole) => Value::Integer(i128::from(*whole)),
        Field::UShort(whole) => Value::Integer(i128::from(*whole)),
        Field::UInt(whole) => Value::Integer(i128::from(*whole)),
        Field::ULong(whole) => Value::Integer(i128::from(*whole)),
        Field::Float16(number) => Value::Float(number.to_f64()),
        Field::Float(number) => Value::Float(f64::from(*number)),
        Field::Double(number) => Value::Float(*number),
        Field::Decimal(number) => Value::Float(
            decimal(number.data(), number.scale()).ok_or("has a decimal of more than 128 bits")?,
        ),
        Field::Str(text) => Value::Text(text.clone()),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err("has bytes that are no text".to_owned()),
        },
        Field::Group(row) => map(row).map_err(|error| error.to_string())?,
        Field::ListInternal(list) => Value::List(
            list.elements()
                .iter()
                .map(value)
                .collect::<Result<_, _>>()?,
        ),
        Field::MapInternal(entries) => {
            let mut values = Vec::new();
            for (key, entry) in entries.entries() {
                let Value::Text(key) = value(key)? else {
                    return Err("has a map whose keys are no texts".to_owned());
                };
                values.push((key, value(entry)?));
            }
            Value::Map(values)
        }
    })
}
