//! JSON as Python's `json.dumps` writes it, byte for byte: hashes of it are what Poetry, Pipenv and
//! PDM keep in their locks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::locks::tree::{Cursor, Value};

/// What divides entries, and keys from values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Python's default: `, ` and `: `.
    Spaced,
    /// `separators=(",", ":")`.
    Compact,
}

/// A value to be written: parts of a TOML file, put together anew.
#[derive(Debug, Clone)]
pub(super) enum Json<'t, 'a> {
    Node(Cursor<'t, 'a>),
    Object(BTreeMap<String, Self>),
    Array(Vec<Self>),
    Text(String),
    Integer(i64),
    Boolean(bool),
    Null,
}

impl Json<'_, '_> {
    /// An object of named values.
    pub(super) fn object<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Object(
            entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    /// An object without entries.
    pub(super) fn empty() -> Self {
        Self::Object(BTreeMap::new())
    }

    /// SHA-256 of the text in hexadecimal, keys sorted; nothing where Python could not write it.
    pub(super) fn sha256(&self, layout: Layout) -> Option<String> {
        self.text(layout).map(|text| sha256(&text))
    }

    /// The text, keys sorted; nothing where Python could not write it.
    pub(super) fn text(&self, layout: Layout) -> Option<String> {
        let mut writer = Writer {
            out: String::new(),
            layout,
        };
        writer.value(self)?;
        Some(writer.out)
    }
}

/// SHA-256 of a text in hexadecimal.
pub(super) fn sha256(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    holdfast_model::Digest::sha256(&digest).hex().to_owned()
}

struct Writer {
    out: String,
    layout: Layout,
}

impl Writer {
    fn comma(&mut self) {
        self.out.push_str(match self.layout {
            Layout::Spaced => ", ",
            Layout::Compact => ",",
        });
    }

    fn colon(&mut self) {
        self.out.push_str(match self.layout {
            Layout::Spaced => ": ",
            Layout::Compact => ":",
        });
    }

    fn value(&mut self, value: &Json<'_, '_>) -> Option<()> {
        match value {
            Json::Node(cursor) => self.node(*cursor)?,
            Json::Object(entries) => {
                self.out.push('{');
                for (position, (key, value)) in entries.iter().enumerate() {
                    if position > 0 {
                        self.comma();
                    }
                    self.string(key);
                    self.colon();
                    self.value(value)?;
                }
                self.out.push('}');
            }
            Json::Array(items) => {
                self.out.push('[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        self.comma();
                    }
                    self.value(item)?;
                }
                self.out.push(']');
            }
            Json::Text(text) => self.string(text),
            Json::Integer(number) => {
                // writing to a String cannot fail
                let _ = write!(self.out, "{number}");
            }
            Json::Boolean(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Json::Null => self.out.push_str("null"),
        }
        Some(())
    }

    /// The tree limits its depth.
    fn node(&mut self, cursor: Cursor<'_, '_>) -> Option<()> {
        match cursor.value() {
            Value::Table(_) => {
                // by code points, which is how UTF-8 sorts as well
                let mut entries: Vec<Cursor<'_, '_>> = cursor.children().collect();
                entries.sort_by_key(|entry| entry.key());
                self.out.push('{');
                for (position, entry) in entries.into_iter().enumerate() {
                    if position > 0 {
                        self.comma();
                    }
                    self.string(entry.key());
                    self.colon();
                    self.node(entry)?;
                }
                self.out.push('}');
            }
            Value::Array(_) => {
                self.out.push('[');
                for (position, item) in cursor.children().enumerate() {
                    if position > 0 {
                        self.comma();
                    }
                    self.node(item)?;
                }
                self.out.push(']');
            }
            Value::String(_) | Value::Plain(_) => self.string(cursor.as_str()?),
            Value::Integer(number) => {
                // writing to a String cannot fail
                let _ = write!(self.out, "{number}");
            }
            Value::Float(number) => self.out.push_str(&float(number)),
            Value::Boolean(truth) => self.out.push_str(if truth { "true" } else { "false" }),
            // `json.dumps` refuses dates
            Value::Datetime(_) => return None,
        }
        Some(())
    }

    /// Everything but ASCII is escaped, in UTF-16.
    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                ' '..='~' => self.out.push(character),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        let _ = write!(self.out, "\\u{unit:04x}");
                    }
                }
            }
        }
        self.out.push('"');
    }
}

/// Python's `repr` of a float.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let text = format!("{number:?}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locks::tree::toml;

    #[test]
    fn values_are_written_as_python_writes_them() {
        let tree = toml::parse(
            "b = [1, 2.0, 1e16, 1e-5, 0.0001, true, nan]\na = \"é\\n\\t\\\"\\u0001😀\\u007f\"\n[c]\n",
        )
        .unwrap();
        let json = Json::Node(tree.root());
        assert_eq!(
            json.text(Layout::Spaced).unwrap(),
            r#"{"a": "\u00e9\n\t\"\u0001\ud83d\ude00\u007f", "b": [1, 2.0, 1e+16, 1e-05, 0.0001, true, NaN], "c": {}}"#
        );
        assert!(
            json.text(Layout::Compact)
                .unwrap()
                .starts_with(r#"{"a":"\u00e9"#)
        );
    }

    #[test]
    fn python_cannot_write_dates() {
        let tree = toml::parse("a = 2020-01-01\n").unwrap();
        assert_eq!(Json::Node(tree.root()).text(Layout::Spaced), None);
    }
}
