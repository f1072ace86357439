//! Reading a [`Value`] from text.
//!
//! `serde_json` rounds whole numbers beyond 64 bits and does not know the NaN and Infinity that
//! Python's `json` writes, so numbers are read here; strings are left to it.

use std::collections::HashMap;

use super::{MARK, Value};

/// Why a text is no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {reason}")]
pub struct ValueError {
    /// Where reading failed, in bytes from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

/// Lists and maps in one another deeper than this are refused.
const DEEPEST: usize = 128;

pub(super) fn parse(text: &str) -> Result<Value, ValueError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.white();
    if reader.at < text.len() {
        return Err(reader.error("there is more after the value"));
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: usize) -> Result<Value, ValueError> {
        if depth > DEEPEST {
            return Err(self.error("more than 128 lists and maps in one another"));
        }
        self.white();
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err(self.error("the value is missing")),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, ValueError> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        let mut places = Places::default();
        self.at += 1;
        self.white();
        if self.take(b'}') {
            return Ok(Value::Map(entries));
        }
        loop {
            self.white();
            if self.peek() != Some(b'"') {
                return Err(self.error("a name in quotes is missing"));
            }
            let name = self.string()?;
            self.white();
            if !self.take(b':') {
                return Err(self.error("`:` is missing"));
            }
            let value = self.value(depth + 1)?;
            // as Python does, the last of several counts
            let known = places.of(&name, &entries);
            match known.and_then(|place| entries.get_mut(place)) {
                Some((_, known)) => *known = value,
                None => entries.push((name, value)),
            }
            self.white();
            if self.take(b'}') {
                return Ok(marked(entries));
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `}` is missing"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, ValueError> {
        let mut values = Vec::new();
        self.at += 1;
        self.white();
        if self.take(b']') {
            return Ok(Value::List(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.white();
            if self.take(b']') {
                return Ok(Value::List(values));
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `]` is missing"));
            }
        }
    }

    fn string(&mut self) -> Result<String, ValueError> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.bytes().enumerate().skip(1).find(|(_, byte)| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else {
            return Err(self.error("the text has no end"));
        };
        let quoted = rest.get(..=end).unwrap_or_default();
        let text = serde_json::from_str(quoted)
            .map_err(|error| self.error(&format!("the text is not JSON: {error}")))?;
        self.at += end + 1;
        Ok(text)
    }

    fn number(&mut self) -> Result<Value, ValueError> {
        let rest = self.rest();
        if rest.starts_with("-Infinity") {
            return self.word();
        }
        let end = rest
            .find(|character: char| !matches!(character, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let digits = rest.get(..end).unwrap_or_default();
        let value = if digits.contains(['.', 'e', 'E']) {
            is_json_number(digits)
                .then(|| digits.parse().ok().map(Value::Float))
                .flatten()
        } else {
            is_json_number(digits)
                .then(|| digits.parse().ok().map(Value::Integer))
                .flatten()
        };
        let Some(value) = value else {
            return Err(self.error(&format!(
                "`{digits}` is no number of JSON, or has more than 128 bits"
            )));
        };
        self.at += end;
        Ok(value)
    }

    fn word(&mut self) -> Result<Value, ValueError> {
        let words = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        let rest = self.rest();
        for (word, value) in words {
            let follows = rest.strip_prefix(word);
            if follows.is_some_and(|follows| !follows.starts_with(|it: char| it.is_alphanumeric()))
            {
                self.at += word.len();
                return Ok(value);
            }
        }
        let shown: String = rest.chars().take(20).collect();
        Err(self.error(&format!("`{shown}` is no value")))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn white(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, reason: &str) -> ValueError {
        ValueError {
            column: self.at + 1,
            reason: reason.to_owned(),
        }
    }
}

/// Finds names among entries; of many it keeps an index, so that a map of any size takes linear time.
#[derive(Default)]
struct Places {
    index: HashMap<String, usize>,
}

/// Entries that are quicker looked through than looked up.
const FEW: usize = 32;

impl Places {
    /// The place of a name that is there; a name that is not is taken to come next.
    fn of(&mut self, name: &str, entries: &[(String, Value)]) -> Option<usize> {
        if entries.len() < FEW {
            return entries.iter().position(|(known, _)| known == name);
        }
        if self.index.is_empty() {
            let names = entries.iter().map(|(name, _)| name.clone());
            self.index = names.zip(0..).collect();
        }
        let known = self.index.get(name).copied();
        if known.is_none() {
            self.index.insert(name.to_owned(), entries.len());
        }
        known
    }
}

/// Whether digits are a number by the grammar of JSON (RFC 8259).
fn is_json_number(digits: &str) -> bool {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(all_digits)
}

/// A map, or the number that it stands for.
fn marked(entries: Vec<(String, Value)>) -> Value {
    if let [(name, Value::Text(number))] = entries.as_slice()
        && name == MARK
    {
        match number.as_str() {
            "NaN" => return Value::Float(f64::NAN),
            "Infinity" => return Value::Float(f64::INFINITY),
            "-Infinity" => return Value::Float(f64::NEG_INFINITY),
            _ => {}
        }
    }
    Value::Map(entries)
}
