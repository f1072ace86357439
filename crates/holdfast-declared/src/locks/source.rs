//! The text of a lock, and the places in it.

use holdfast_model::Location;

use super::tree::{Text, TreeError};
use crate::{LineIndex, ReadError};

/// A lock's text with what is needed to tell where something stands in it.
pub(crate) struct Source<'a> {
    file: &'a str,
    lines: LineIndex<'a>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &'a str, file: &'a str) -> Self {
        Self {
            file,
            lines: LineIndex::new(text),
        }
    }

    pub(crate) fn file(&self) -> &'a str {
        self.file
    }

    pub(crate) fn text(&self) -> &'a str {
        self.lines.text()
    }

    /// The place of a string of the text; its beginning for one that was decoded from an escaped form.
    ///
    /// Readers keep strings that are parts of the text itself, so where a string is in memory says
    /// where it stands. That is one subtraction, where carrying spans through serde costs as much as
    /// reading.
    pub(crate) fn of(&self, part: &Text<'_>) -> Location {
        let begin = self.text().as_ptr() as usize;
        match (part.as_ptr() as usize).checked_sub(begin) {
            Some(offset) if offset <= self.text().len() => self.at(offset),
            _ => Location::start_of(self.file),
        }
    }

    pub(crate) fn at(&self, offset: usize) -> Location {
        self.lines.location(self.file, offset)
    }

    /// The error for a text that is not what its name says.
    pub(crate) fn refuse(&self, format: &str, error: &TreeError, fix: &str) -> ReadError {
        let location = match error.offset {
            Some(offset) => self.at(offset),
            None => Location::start_of(self.file),
        };
        ReadError::new(location, format!("not a {format}: {}", error.message)).with_fix(fix)
    }

    /// The error at the beginning of the file.
    pub(crate) fn reject(&self, message: impl Into<String>, fix: &str) -> ReadError {
        ReadError::new(Location::start_of(self.file), message).with_fix(fix)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn a_part_of_the_text_says_where_it_stands() {
        let text = "é = 1\nname = \"x\"\n";
        let source = Source::new(text, "uv.lock");
        let part = Text(Cow::Borrowed(text.get(15..16).unwrap()));
        assert_eq!(source.of(&part), Location::new("uv.lock", 2, 9));
        let elsewhere = Text(Cow::Owned("x".to_owned()));
        assert_eq!(source.of(&elsewhere), Location::start_of("uv.lock"));
    }
}
