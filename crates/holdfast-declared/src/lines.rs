//! Offsets into a text as lines and columns, each in logarithmic time.
//!
//! [`Location::from_offset`] counts from the beginning; a reader that asks for the place of each of
//! 100,000 packages, perhaps all on one line, needs an index.

use holdfast_model::Location;

/// Characters are counted from here once per so many bytes.
const STRIDE: usize = 1024;

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// Characters before each multiple of [`STRIDE`] bytes; empty where every character is a byte.
    characters: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// An index of `text`.
    pub fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(newline, _)| newline + 1));
        let characters = if text.is_ascii() {
            Vec::new()
        } else {
            let mut before = 0;
            text.as_bytes()
                .chunks(STRIDE)
                .map(|chunk| {
                    let here = before;
                    before += characters_begun(chunk);
                    here
                })
                .collect()
        };
        Self {
            text,
            starts,
            characters,
        }
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The place of the byte at `offset` in `file`, whose content the text is.
    ///
    /// An offset past the end, or inside a character, means the nearest character before it.
    pub fn location(&self, file: &str, offset: usize) -> Location {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        Location::new(file, saturating(line), saturating(column))
    }

    fn characters_before(&self, offset: usize) -> usize {
        let chunk = offset / STRIDE;
        let Some(counted) = self.characters.get(chunk) else {
            // all ASCII, or the end of a text whose length is a multiple of the stride
            return match self.characters.last() {
                None => offset,
                Some(last) => {
                    let from = (self.characters.len() - 1) * STRIDE;
                    last + self.begun_between(from, offset)
                }
            };
        };
        counted + self.begun_between(chunk * STRIDE, offset)
    }

    fn begun_between(&self, from: usize, to: usize) -> usize {
        self.text
            .as_bytes()
            .get(from..to)
            .map_or(0, characters_begun)
    }
}

/// Characters whose first byte is among `bytes`.
fn characters_begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

fn saturating(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_index_agrees_with_counting(text in "(é|a|\n|漢){0,3000}", offset in 0_usize..9000) {
            let index = LineIndex::new(&text);
            prop_assert_eq!(
                index.location("a", offset),
                Location::from_offset("a", &text, offset)
            );
        }
    }

    #[test]
    fn the_end_of_a_text_of_whole_strides_has_a_place() {
        let text = "é".repeat(STRIDE / 2);
        let index = LineIndex::new(&text);
        assert_eq!(
            index.location("a", text.len()),
            Location::from_offset("a", &text, text.len())
        );
    }
}
