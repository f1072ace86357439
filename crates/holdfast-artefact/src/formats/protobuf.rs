//! Protocol buffers' wire format: fields one after another, without a schema. Lengths are checked;
//! nothing is read of a field that nobody asks for.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

use super::bytes::{Bytes, Fault, Parsed};

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Its number.
    pub(super) number: u32,
    /// What it holds.
    pub(super) value: Value,
    /// Where it begins.
    pub(super) offset: u64,
    /// Where it ends: what is read next, however much of it was read.
    end: u64,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// A number of variable length.
    Varint(u64),
    /// Four or eight bytes.
    Fixed,
    /// A text, bytes or a message, between these places.
    Bytes(Span),
}

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Where it begins.
    pub(super) start: u64,
    /// Where it ends.
    pub(super) end: u64,
}

impl Span {
    /// Its length in bytes.
    pub(super) fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// How deep messages may lie in one another.
pub(super) const DEPTH: usize = 64;
/// The longest text that is kept, in bytes.
const LONGEST_TEXT: u64 = 4096;

/// Reads the fields of a message, one after another.
pub(super) struct Message {
    next: u64,
    end: u64,
}

impl Message {
    /// The message in this part of the file.
    pub(super) fn new(span: Span) -> Self {
        Self {
            next: span.start,
            end: span.end,
        }
    }

    /// The next field; nothing at the end.
    pub(super) fn field(&mut self, bytes: &mut Bytes<'_>) -> Parsed<Option<Field>> {
        if self.next >= self.end {
            return Ok(None);
        }
        bytes.seek(self.next)?;
        let offset = self.next;
        let tag = varint(bytes)?;
        let number = u32::try_from(tag >> 3).unwrap_or_default();
        if number == 0 || number >= 1 << 29 {
            return Err(Fault::malformed("a field has no number"));
        }
        let value = match tag & 7 {
            0 => Value::Varint(varint(bytes)?),
            1 => {
                bytes.skip(8)?;
                Value::Fixed
            }
            5 => {
                bytes.skip(4)?;
                Value::Fixed
            }
            2 => {
                let length = varint(bytes)?;
                let start = bytes.position();
                let end = start.checked_add(length).ok_or_else(Fault::truncated)?;
                Value::Bytes(Span { start, end })
            }
            kind => {
                let what = format!("a field has the wire type {kind}");
                return Err(Fault::malformed(what));
            }
        };
        let end = match value {
            Value::Bytes(span) => span.end,
            Value::Varint(_) | Value::Fixed => bytes.position(),
        };
        if end > self.end {
            return Err(if end > bytes.size() {
                Fault::truncated()
            } else {
                Fault::malformed("a field is longer than what it is in")
            });
        }
        self.next = end;
        Ok(Some(Field {
            number,
            value,
            offset,
            end,
        }))
    }
}

impl Field {
    /// A text or message that it holds; nothing where it holds a number.
    pub(super) fn span(&self) -> Option<Span> {
        match self.value {
            Value::Bytes(span) => Some(span),
            Value::Varint(_) | Value::Fixed => None,
        }
    }

    /// The number that it holds; 0 where it holds something else.
    pub(super) fn number_or_zero(&self) -> u64 {
        match self.value {
            Value::Varint(number) => number,
            Value::Fixed | Value::Bytes(_) => 0,
        }
    }

    /// The text that it holds, as far as it is kept; empty where it holds something else.
    pub(super) fn text(&self, bytes: &mut Bytes<'_>) -> Parsed<String> {
        match self.span() {
            Some(span) => text(bytes, span, LONGEST_TEXT),
            None => Ok(String::new()),
        }
    }

    /// The numbers of a repeated field, packed or not; at most `most`.
    pub(super) fn numbers(&self, bytes: &mut Bytes<'_>, most: usize) -> Parsed<Vec<u64>> {
        let span = match self.value {
            Value::Varint(number) => return Ok(vec![number]),
            Value::Fixed => return Ok(Vec::new()),
            Value::Bytes(span) => span,
        };
        let mut numbers = Vec::new();
        bytes.seek(span.start)?;
        while bytes.position() < span.end && numbers.len() < most {
            numbers.push(varint(bytes)?);
        }
        Ok(numbers)
    }
}

/// A part of the file as a text, of which at most `keep` bytes are kept.
pub(super) fn text(bytes: &mut Bytes<'_>, span: Span, keep: u64) -> Parsed<String> {
    bytes.seek(span.start)?;
    bytes.text(span.length(), keep)
}

/// A number of variable length, at most ten bytes.
fn varint(bytes: &mut Bytes<'_>) -> Parsed<u64> {
    let mut number = 0_u64;
    for place in 0..10_u32 {
        let byte = bytes.byte()?;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Fault::malformed("a number is longer than ten bytes"))
}

/// What a field at the start of a file looks like, where only the start is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadField<'a> {
    /// Its number.
    pub(super) number: u32,
    /// Its wire type.
    pub(super) kind: u8,
    /// Its number, or its length.
    pub(super) value: u64,
    /// Its bytes, as far as they are in the head.
    pub(super) bytes: &'a [u8],
}

/// The fields that begin in the head of a file of `size` bytes; nothing where one cannot be.
pub(super) fn head_fields(head: &[u8], size: u64) -> Option<Vec<HeadField<'_>>> {
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(rest) = head.get(at..).filter(|rest| !rest.is_empty()) {
        // a field that begins in the last bytes of the head may be cut
        if rest.len() < 20 && (head.len() as u64) < size {
            break;
        }
        let (tag, length) = head_varint(rest)?;
        let mut used = length;
        let (value, bytes) = match tag & 7 {
            0 | 2 => {
                let (value, length) = head_varint(rest.get(used..)?)?;
                used += length;
                (value, rest.get(used..)?)
            }
            1 | 5 => (if tag & 7 == 1 { 8 } else { 4 }, rest.get(used..)?),
            _ => return None,
        };
        if tag & 7 != 0 {
            let start = at as u64 + used as u64;
            if start.checked_add(value)? > size {
                return None;
            }
            let length = usize::try_from(value).unwrap_or(usize::MAX);
            used = used.saturating_add(length);
        }
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0)?;
        let kept = usize::try_from(value)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        fields.push(HeadField {
            number,
            kind: u8::try_from(tag & 7).unwrap_or_default(),
            value,
            bytes: bytes.get(..kept).unwrap_or_default(),
        });
        at = at.saturating_add(used);
    }
    Some(fields)
}

fn head_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    None
}

/// Writes messages, for tests.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Writing(pub(super) Vec<u8>);

#[cfg(test)]
impl Writing {
    fn put(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    pub(super) fn number(mut self, field: u32, number: u64) -> Self {
        self.put(u64::from(field) << 3);
        self.put(number);
        self
    }

    pub(super) fn bytes(mut self, field: u32, bytes: impl AsRef<[u8]>) -> Self {
        self.put(u64::from(field) << 3 | 2);
        self.put(bytes.as_ref().len() as u64);
        self.0.extend(bytes.as_ref());
        self
    }

    pub(super) fn message(self, field: u32, message: Self) -> Self {
        self.bytes(field, message.0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn fields(bytes: &[u8]) -> Parsed<Vec<Field>> {
        let mut source = Cursor::new(bytes);
        let mut bytes = Bytes::new(&mut source)?;
        let end = bytes.size();
        let mut message = Message::new(Span { start: 0, end });
        let mut found = Vec::new();
        while let Some(field) = message.field(&mut bytes)? {
            found.push(field);
        }
        Ok(found)
    }

    #[test]
    fn fields_are_read_and_passed_over() {
        let bytes = Writing::default()
            .number(1, 300)
            .bytes(2, "abc")
            .number(3, u64::MAX)
            .0;
        let found = fields(&bytes).unwrap();
        assert_eq!(found[0].number_or_zero(), 300);
        assert_eq!(found[1].span().unwrap().length(), 3);
        assert_eq!(found[2].number_or_zero(), u64::MAX);
    }

    #[test]
    fn broken_fields_are_errors() {
        for bytes in [
            &b"\x0a\x05ab"[..],
            b"\x0b",
            b"\x00\x00",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0d\x01",
        ] {
            assert!(fields(bytes).is_err(), "{bytes:?}");
        }
    }
}
