//! The header of an object: its messages, in blocks that follow one another.

use std::collections::HashSet;

use super::super::bytes::{Fault, Parsed};
use super::super::protobuf::Span;
use super::Reader;

/// How many blocks a header may have.
const MOST_BLOCKS: usize = 1024;

/// Kinds of messages.
const ATTRIBUTE: u64 = 0x0c;
const CONTINUATION: u64 = 0x10;
const ATTRIBUTE_INFO: u64 = 0x15;

/// How messages are written.
#[derive(Clone, Copy)]
enum Layout {
    First,
    /// The second version, and whether messages have a number.
    Second {
        numbered: bool,
    },
}

impl Layout {
    /// Bytes before a message's content.
    fn prefix(self) -> u64 {
        match self {
            Self::First => 8,
            Self::Second { numbered } => 4 + 2 * u64::from(numbered),
        }
    }
}

impl Reader<'_, '_, '_> {
    /// Reads the messages of the object at a place, for its attributes.
    pub(super) fn header(&mut self, place: u64) -> Parsed<()> {
        self.bytes.seek(place)?;
        let (layout, first) = if self.bytes.peek()? == Some(b'O') {
            self.second()?
        } else {
            self.first()?
        };
        let mut blocks = vec![first];
        let mut seen = HashSet::new();
        while let Some(block) = blocks.pop() {
            if !seen.insert(block.start) {
                continue;
            }
            if seen.len() > MOST_BLOCKS {
                let what = format!("a header of more than {MOST_BLOCKS} blocks");
                return Err(Fault::limit(what));
            }
            self.messages(block, layout, &mut blocks)?;
        }
        Ok(())
    }

    fn first(&mut self) -> Parsed<(Layout, Span)> {
        let version = self.bytes.byte()?;
        if version != 1 {
            return Err(Fault::malformed("the root group has no header"));
        }
        self.bytes.skip(7)?;
        let length = self.bytes.u32()?;
        self.bytes.skip(4)?;
        let span = self.block(length.into())?;
        Ok((Layout::First, span))
    }

    fn second(&mut self) -> Parsed<(Layout, Span)> {
        if &self.bytes.array::<4>()? != b"OHDR" || self.bytes.byte()? != 2 {
            return Err(Fault::malformed("the root group has no header"));
        }
        let flags = self.bytes.byte()?;
        let times = if flags & 0x20 == 0 { 0 } else { 16 };
        let phases = if flags & 0x10 == 0 { 0 } else { 4 };
        self.bytes.skip(times + phases)?;
        let length = self.bytes.number(1 << (flags & 3))?;
        let span = self.block(length)?;
        let numbered = flags & 4 != 0;
        Ok((Layout::Second { numbered }, span))
    }

    /// The next `length` bytes.
    fn block(&mut self, length: u64) -> Parsed<Span> {
        let start = self.bytes.position();
        let end = start.checked_add(length);
        let end = end.filter(|end| *end <= self.bytes.size());
        let end = end.ok_or_else(Fault::truncated)?;
        Ok(Span { start, end })
    }

    fn messages(&mut self, block: Span, layout: Layout, blocks: &mut Vec<Span>) -> Parsed<()> {
        let mut next = block.start;
        // what is left may be shorter than any message
        while next.saturating_add(layout.prefix()) <= block.end {
            self.inspection.step(next)?;
            self.bytes.seek(next)?;
            let kind = self.bytes.number(if matches!(layout, Layout::First) {
                2
            } else {
                1
            })?;
            let size = self.bytes.number(2)?;
            let flags = self.bytes.byte()?;
            let start = next + layout.prefix();
            let end = start + size;
            if end > block.end {
                return Err(Fault::malformed("a message is longer than its block"));
            }
            self.bytes.seek(start)?;
            let is_shared = flags & 2 != 0;
            match kind {
                ATTRIBUTE if !is_shared => self.attribute(Span { start, end })?,
                ATTRIBUTE => return Err(Fault::unsupported("attributes that objects share")),
                ATTRIBUTE_INFO => self.attribute_info()?,
                CONTINUATION => blocks.push(self.continuation(layout)?),
                _ => {}
            }
            next = end;
        }
        Ok(())
    }

    /// Attributes that are kept apart, where there are many.
    fn attribute_info(&mut self) -> Parsed<()> {
        self.bytes.skip(1)?;
        let flags = self.bytes.byte()?;
        self.bytes.skip(if flags & 1 == 0 { 0 } else { 2 })?;
        if self.address()?.is_some() {
            let what = "attributes of the root group in a heap of their own";
            self.inspection.unread(
                holdfast_model::UnreadReason::Unsupported(what.to_owned()),
                self.bytes.position(),
            );
        }
        Ok(())
    }

    fn continuation(&mut self, layout: Layout) -> Parsed<Span> {
        let place = self.address()?.ok_or_else(Fault::truncated)?;
        let length = self.bytes.number(self.length_width)?;
        self.bytes.seek(place)?;
        let mut span = self.block(length)?;
        if matches!(layout, Layout::Second { .. }) {
            if &self.bytes.array::<4>()? != b"OCHK" || span.length() < 8 {
                return Err(Fault::malformed("a header goes on where nothing is"));
            }
            span.start += 4;
            // a checksum
            span.end -= 4;
        }
        Ok(span)
    }
}
