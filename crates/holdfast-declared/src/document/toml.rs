//! TOML by `toml_edit`, which refuses nesting deeper than 80.

use std::ops::Range;

use toml_edit::{Item, Table, TableLike};

use super::{Content, DEPTH_LIMIT, Entry, ParseError, Value};

pub(super) fn parse(text: &str) -> Result<Value, ParseError> {
    let document = toml_edit::Document::parse(text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or_default();
        ParseError::new(error.span().map_or(0, |span| span.start), message)
    })?;
    Ok(Value {
        content: Content::Table(entries(document.as_table(), 0, 0)?),
        offset: 0,
    })
}

fn entries(table: &dyn TableLike, offset: usize, depth: usize) -> Result<Vec<Entry>, ParseError> {
    if depth > DEPTH_LIMIT {
        return Err(ParseError::too_deep(offset));
    }
    table
        .iter()
        .filter_map(|(name, _)| table.get_key_value(name))
        .map(|(key, found)| {
            let begin = key.span().map_or(offset, |span| span.start);
            Ok(Entry {
                key: key.get().to_owned(),
                offset: begin,
                value: item(found, begin, depth + 1)?,
            })
        })
        .collect()
}

fn start(span: Option<Range<usize>>, fallback: usize) -> usize {
    span.map_or(fallback, |span| span.start)
}

fn item(found: &Item, fallback: usize, depth: usize) -> Result<Value, ParseError> {
    match found {
        Item::None => Ok(Value {
            content: Content::Null,
            offset: fallback,
        }),
        Item::Value(found) => value(found, fallback, depth),
        Item::Table(table) => of_table(table, fallback, depth),
        Item::ArrayOfTables(tables) => {
            let items = tables
                .iter()
                .map(|table| of_table(table, fallback, depth + 1))
                .collect::<Result<_, _>>()?;
            Ok(Value {
                content: Content::Array(items),
                offset: start(tables.span(), fallback),
            })
        }
    }
}

/// A table's place is its header's; the place of a key for one without, as in `a.b = 1`.
fn of_table(table: &Table, fallback: usize, depth: usize) -> Result<Value, ParseError> {
    let offset = start(table.span(), fallback);
    Ok(Value {
        content: Content::Table(entries(table, offset, depth)?),
        offset,
    })
}

fn value(found: &toml_edit::Value, fallback: usize, depth: usize) -> Result<Value, ParseError> {
    use toml_edit::Value as Toml;
    let offset = start(found.span(), fallback);
    if depth > DEPTH_LIMIT {
        return Err(ParseError::too_deep(offset));
    }
    let content = match found {
        Toml::String(text) => Content::String(text.value().clone()),
        Toml::Integer(number) => Content::Number(number.value().to_string()),
        Toml::Float(number) => Content::Number(number.value().to_string()),
        Toml::Datetime(date) => Content::Number(date.value().to_string()),
        Toml::Boolean(boolean) => Content::Boolean(*boolean.value()),
        Toml::Array(array) => Content::Array(
            array
                .iter()
                .map(|element| value(element, offset, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Toml::InlineTable(table) => Content::Table(entries(table, offset, depth)?),
    };
    Ok(Value { content, offset })
}
