//! An attribute: its name, its type, its shape, its value; and the heap in which long texts are.

use super::super::bytes::{Fault, Parsed};
use super::super::protobuf::Span;
use super::{Attribute, LONGEST_NAME, Reader, Text};

/// The names of attributes that are of interest.
const NAMES: [&str; 4] = [
    "keras_version",
    "backend",
    "model_config",
    "training_config",
];
/// How many attributes of these names are kept: there should be one of each.
const MOST: usize = 64;

/// Classes of types.
const FIXED_TEXT: u8 = 3;
const VARIABLE: u8 = 9;

impl Reader<'_, '_, '_> {
    /// Reads an attribute's message; keeps it where it is a text of interest.
    pub(super) fn attribute(&mut self, span: Span) -> Parsed<()> {
        let version = self.bytes.byte()?;
        let flags = self.bytes.byte()?;
        let name_length = self.bytes.number(2)?;
        let type_length = self.bytes.number(2)?;
        let shape_length = self.bytes.number(2)?;
        let padded = |length: u64| match version {
            1 => length.next_multiple_of(8),
            _ => length,
        };
        match version {
            1 | 2 => {}
            3 => self.bytes.skip(1)?,
            _ => {
                let what = format!("version {version} of attributes");
                return Err(Fault::unsupported(what));
            }
        }
        let name_start = self.bytes.position();
        let name = self.bytes.text(name_length, LONGEST_NAME)?;
        let name = name.trim_end_matches('\0');
        if !NAMES.contains(&name) || self.attributes.len() >= MOST {
            return Ok(());
        }
        if version > 1 && flags & 1 != 0 {
            let what = format!("the type of the attribute `{name}` is kept elsewhere");
            return Err(Fault::unsupported(what));
        }
        let type_start = name_start + padded(name_length);
        let value = type_start + padded(type_length) + padded(shape_length);
        self.bytes.seek(type_start)?;
        let class = self.bytes.byte()?;
        let kind = self.bytes.byte()?;
        self.bytes.skip(2)?;
        let length = u64::from(self.bytes.u32()?);
        self.bytes.seek(value)?;
        let value = match class & 0x0f {
            FIXED_TEXT => Text::Here(Span {
                start: value,
                end: value.saturating_add(length).min(span.end),
            }),
            // of letters, and not of other things
            VARIABLE if kind & 0x0f == 1 => {
                self.bytes.skip(4)?;
                let Some(heap) = self.address()? else {
                    return Ok(());
                };
                let index = u64::from(self.bytes.u32()?);
                Text::Heap { heap, index }
            }
            _ => {
                let what = format!("the attribute `{name}` is no text");
                return Err(Fault::unsupported(what));
            }
        };
        let name = name.to_owned();
        self.attributes.push(Attribute { name, value });
        Ok(())
    }

    /// Where a text lies in a heap.
    pub(super) fn in_heap(&mut self, heap: u64, wanted: u64) -> Parsed<Span> {
        self.bytes.seek(heap)?;
        if &self.bytes.array::<4>()? != b"GCOL" {
            return Err(Fault::malformed("a text lies where no heap is"));
        }
        self.bytes.skip(4)?;
        let size = self.bytes.number(self.length_width)?;
        let end = heap.saturating_add(size).min(self.bytes.size());
        while self.bytes.position().saturating_add(16) <= end {
            self.inspection.step(self.bytes.position())?;
            let index = self.bytes.number(2)?;
            self.bytes.skip(6)?;
            let length = self.bytes.number(self.length_width)?;
            let start = self.bytes.position();
            if index == wanted {
                let end = start
                    .checked_add(length)
                    .filter(|end| *end <= self.bytes.size());
                let end = end.ok_or_else(Fault::truncated)?;
                return Ok(Span { start, end });
            }
            if index == 0 {
                break;
            }
            let padded = length.checked_next_multiple_of(8);
            self.bytes.skip(padded.ok_or_else(Fault::truncated)?)?;
        }
        Err(Fault::malformed("a text is not in its heap"))
    }
}
