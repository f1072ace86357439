//! UBJSON (draft 12) as events: JSON's values in binary, numbers big-endian.
//!
//! <https://ubjson.org/>. Counts are checked against the bytes that are left.

use super::bytes::{Bytes, Fault, Order, Parsed};
use super::events::{DEPTH, Event, Events, LONGEST_TEXT, Scalar};

/// A UBJSON document that is read.
pub(super) struct UbjsonEvents<'a> {
    bytes: Bytes<'a>,
    open: Vec<Open>,
    /// A value comes next: the outermost one, or a member's.
    value: bool,
}

/// An object or array that is open.
struct Open {
    is_object: bool,
    /// How many items are still to come; absent where an end is marked.
    left: Option<u64>,
    /// The type of all items, where they have no markers of their own.
    kind: Option<u8>,
}

/// Arrays of more numbers are passed over.
const SHORT: u64 = 16;

impl<'a> UbjsonEvents<'a> {
    /// The value that begins at the place of `bytes`.
    pub(super) fn new(mut bytes: Bytes<'a>) -> Self {
        bytes.order = Order::Big;
        Self {
            bytes,
            open: Vec::new(),
            value: true,
        }
    }

    /// The next marker; those that mean nothing are passed over.
    fn marker(&mut self) -> Parsed<u8> {
        loop {
            let marker = self.bytes.byte()?;
            if marker != b'N' {
                return Ok(marker);
            }
        }
    }

    /// A count or length: a number with its marker.
    fn count(&mut self) -> Parsed<u64> {
        let marker = self.bytes.byte()?;
        let number = match marker {
            b'U' => i64::from(self.bytes.byte()?),
            b'i' | b'I' | b'l' | b'L' => self.integer(marker)?,
            _ => return Err(Fault::malformed("a length is no number")),
        };
        u64::try_from(number).map_err(|_negative| Fault::malformed("a length is negative"))
    }

    fn integer(&mut self, marker: u8) -> Parsed<i64> {
        let width = width(marker).unwrap_or(8);
        let bits = self.bytes.number(width)?;
        let shift = 64 - 8 * u32::try_from(width).unwrap_or(8);
        Ok((bits << shift).cast_signed() >> shift)
    }

    fn text(&mut self) -> Parsed<String> {
        let length = self.count()?;
        self.bytes.text(length, LONGEST_TEXT as u64)
    }

    fn item(&mut self, marker: u8) -> Parsed<Event> {
        Ok(Event::Value(match marker {
            b'{' | b'[' => return self.begin(marker == b'{'),
            b'Z' => Scalar::Word("null"),
            b'T' => Scalar::Word("true"),
            b'F' => Scalar::Word("false"),
            b'i' | b'I' | b'l' | b'L' => Scalar::Number(self.integer(marker)?.to_string()),
            b'U' => Scalar::Number(self.bytes.byte()?.to_string()),
            b'd' => Scalar::Number(f32::from_bits(self.bytes.u32()?).to_string()),
            b'D' => Scalar::Number(f64::from_bits(self.bytes.u64()?).to_string()),
            b'C' => Scalar::Text(char::from(self.bytes.byte()?).to_string()),
            b'S' => Scalar::Text(self.text()?),
            b'H' => Scalar::Number(self.text()?),
            _ => return Err(Fault::malformed(format!("there is no type {marker:#04x}"))),
        }))
    }

    fn begin(&mut self, is_object: bool) -> Parsed<Event> {
        if self.open.len() >= DEPTH {
            let what = format!("values lie more than {DEPTH} deep in one another");
            return Err(Fault::limit(what));
        }
        let mut kind = None;
        if self.bytes.peek()? == Some(b'$') {
            self.bytes.consume(1);
            kind = Some(self.bytes.byte()?);
        }
        let mut left = None;
        if self.bytes.peek()? == Some(b'#') {
            self.bytes.consume(1);
            left = Some(self.count()?);
        } else if kind.is_some() {
            return Err(Fault::malformed("a type of items without their number"));
        }
        if let Some(count) = left {
            left = Some(self.counted(count, kind, is_object)?);
        }
        self.open.push(Open {
            is_object,
            left,
            kind,
        });
        Ok(if is_object {
            Event::Object
        } else {
            Event::Array
        })
    }

    /// How many items are looked at, of as many as there are; the others are passed over.
    fn counted(&mut self, count: u64, kind: Option<u8>, is_object: bool) -> Parsed<u64> {
        let least = match kind {
            // values without bytes: nothing follows, however many there are
            Some(b'Z' | b'T' | b'F' | b'N') if !is_object => return Ok(0),
            Some(kind) if !is_object => width(kind).unwrap_or(1) as u64,
            _ => 1,
        };
        let length = count
            .checked_mul(least)
            .filter(|length| *length <= self.bytes.left());
        let Some(length) = length else {
            let left = self.bytes.left();
            return Err(Fault::malformed(format!(
                "it claims {count} values in {left} bytes"
            )));
        };
        if !is_object && count > SHORT && kind.is_some_and(|kind| width(kind).is_some()) {
            self.bytes.skip(length)?;
            return Ok(0);
        }
        Ok(count)
    }
}

/// Bytes of a value, where all of its type have as many.
fn width(kind: u8) -> Option<usize> {
    match kind {
        b'i' | b'U' | b'C' => Some(1),
        b'I' => Some(2),
        b'l' | b'd' => Some(4),
        b'L' | b'D' => Some(8),
        _ => None,
    }
}

impl Events for UbjsonEvents<'_> {
    fn next(&mut self) -> Parsed<Option<Event>> {
        let kind = self.open.last().and_then(|open| open.kind);
        if std::mem::take(&mut self.value) {
            let marker = match kind {
                Some(kind) => kind,
                None => self.marker()?,
            };
            return self.item(marker).map(Some);
        }
        let Some(open) = self.open.last_mut() else {
            return Ok(None);
        };
        let is_object = open.is_object;
        let is_end = match &mut open.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => {
                while self.bytes.peek()? == Some(b'N') {
                    self.bytes.consume(1);
                }
                let end = if is_object { b'}' } else { b']' };
                let is_end = self.bytes.peek()? == Some(end);
                self.bytes.consume(usize::from(is_end));
                is_end
            }
        };
        if is_end {
            self.open.pop();
            return Ok(Some(Event::End));
        }
        if is_object {
            let key = self.text()?;
            self.value = true;
            return Ok(Some(Event::Key(key)));
        }
        let marker = match kind {
            Some(kind) => kind,
            None => self.marker()?,
        };
        self.item(marker).map(Some)
    }

    fn skip(&mut self) -> Parsed<()> {
        let depth = self.open.len();
        loop {
            match self.next()? {
                Some(Event::Value(_) | Event::End) if self.open.len() <= depth => return Ok(()),
                Some(_) => {}
                None => return Err(Fault::truncated()),
            }
        }
    }

    fn position(&self) -> u64 {
        self.bytes.position()
    }
}
