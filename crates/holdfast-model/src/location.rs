//! Where in the project's files something was written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in a file.
///
/// `file` is relative to the directory that was checked, with forward slashes. `line` and `column`
/// count from 1, in characters; a finding about a whole file points at its line 1, column 1.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Location {
    /// The file, relative to the directory that was checked, with forward slashes.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
}

impl Location {
    /// A place in `file`.
    pub fn new(file: impl Into<String>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column,
        }
    }

    /// The whole of `file`: its first character.
    pub fn start_of(file: impl Into<String>) -> Self {
        Self::new(file, 1, 1)
    }

    /// The place of the byte at `offset` in `text`, the content of `file`.
    ///
    /// An offset past the end, or inside a character, means the nearest character before it.
    pub fn from_offset(file: impl Into<String>, text: &str, offset: usize) -> Self {
        let before = text.get(..text.floor_char_boundary(offset)).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before
            .get(line_start..)
            .map_or(0, |rest| rest.chars().count())
            + 1;
        Self::new(file, saturating(line), saturating(column))
    }
}

fn saturating(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns_in_characters() {
        let text = "é = 1\nnumpy>=1\n";
        assert_eq!(
            Location::from_offset("a", text, 0),
            Location::new("a", 1, 1)
        );
        assert_eq!(
            Location::from_offset("a", text, 3),
            Location::new("a", 1, 3)
        );
        assert_eq!(
            Location::from_offset("a", text, 7),
            Location::new("a", 2, 1)
        );
        assert_eq!(
            Location::from_offset("a", text, 1),
            Location::new("a", 1, 1)
        );
        assert_eq!(
            Location::from_offset("a", text, 999),
            Location::new("a", 3, 1)
        );
    }
}
