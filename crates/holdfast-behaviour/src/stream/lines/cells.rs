//! Cells of a line: of a JSON object by its key, of a CSV row (RFC 4180, on one line) by its place.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::LineError;

/// The text of the value under a key; where a key stands several times, the last counts.
pub(super) fn of_object<'l>(line: &'l [u8], key: &str) -> Result<&'l [u8], LineError> {
    let mut reader = serde_json::Deserializer::from_slice(line);
    let found = reader
        .deserialize_map(Wanted(key))
        .and_then(|found| reader.end().map(|()| found))
        .map_err(|error| LineError::NoObject(error.to_string()))?;
    let raw = found.ok_or_else(|| LineError::NoKey(key.to_owned()))?;
    Ok(raw.get().as_bytes())
}

/// The keys of an object, in the order of the line.
pub(super) fn keys(line: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(line);
    let keys = reader.deserialize_map(Keys)?;
    reader.end()?;
    Ok(keys)
}

struct Wanted<'k>(&'k str);

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_wanted) = map.next_key_seed(Is(self.0))? {
            if is_wanted {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a key is this one, without keeping it.
struct Is<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys = Vec::new();
        while let Some(key) = map.next_key()? {
            keys.push(key);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(keys)
    }
}

/// The cell at a place, from 0, without its quotes.
pub(super) fn of_row(
    line: &[u8],
    separator: char,
    place: usize,
) -> Result<Cow<'_, [u8]>, LineError> {
    let mut rest = Some(line);
    for _ in 0..place {
        let (_, after) = cell(rest.ok_or(LineError::Missing)?, separator)?;
        rest = after;
    }
    Ok(cell(rest.ok_or(LineError::Missing)?, separator)?.0)
}

/// All cells of a row.
pub(super) fn row(line: &[u8], separator: char) -> Result<Vec<String>, LineError> {
    let mut cells = Vec::new();
    let mut rest = Some(line);
    while let Some(left) = rest {
        let (found, after) = cell(left, separator)?;
        cells.push(String::from_utf8_lossy(&found).into_owned());
        rest = after;
    }
    Ok(cells)
}

/// A cell, and what comes behind its separator.
type Cell<'l> = (Cow<'l, [u8]>, Option<&'l [u8]>);

fn cell(line: &[u8], separator: char) -> Result<Cell<'_>, LineError> {
    let separator = u8::try_from(separator).unwrap_or(b',');
    let line = match separator {
        b'\t' => line,
        _ => line.trim_ascii_start(),
    };
    if let Some(quoted) = line.strip_prefix(b"\"") {
        return quoted_cell(quoted, separator);
    }
    Ok(match memchr::memchr(separator, line) {
        Some(end) => {
            let (cell, after) = line.split_at_checked(end).unwrap_or((line, b""));
            (Cow::Borrowed(cell.trim_ascii()), after.get(1..))
        }
        None => (Cow::Borrowed(line.trim_ascii()), None),
    })
}

/// A cell behind its first quote; two quotes within stand for one.
fn quoted_cell(line: &[u8], separator: u8) -> Result<Cell<'_>, LineError> {
    let mut text = Vec::new();
    let mut rest = line;
    loop {
        let end = memchr::memchr(b'"', rest).ok_or(LineError::OpenQuote)?;
        let (part, after) = rest.split_at_checked(end).ok_or(LineError::OpenQuote)?;
        text.extend_from_slice(part);
        let after = after.get(1..).unwrap_or_default();
        if let Some(more) = after.strip_prefix(b"\"") {
            text.push(b'"');
            rest = more;
            continue;
        }
        let next = memchr::memchr(separator, after).and_then(|place| after.get(place + 1..));
        return Ok((Cow::Owned(text.trim_ascii().to_vec()), next));
    }
}
