//! Lines of text: made harmless, measured and wrapped.
//!
//! What is printed comes from files that nobody here wrote. A control character in it could move the
//! cursor or hide a line, so none reaches the terminal.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

use crate::style::{Role, Style};

/// Prose wider than this is hard to read, however wide the terminal is.
pub(crate) const PROSE: usize = 100;

/// Prose narrower than this is not worth a column.
const NARROWEST: usize = 24;

/// The columns that `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The width that prose may take, after an indentation.
pub(crate) fn prose_width(style: &Style, indent: usize) -> usize {
    style.width.min(PROSE).saturating_sub(indent).max(NARROWEST)
}

/// `text` on one line, without anything that a terminal would obey, or white space around it.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text
        .chars()
        .any(|character| is_white(character) || is_unsafe(character))
    {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if is_white(character) {
            harmless.push(' ');
        } else {
            push_visible(&mut harmless, character);
        }
    }
    Cow::Owned(harmless)
}

/// Writes `character`, or its number where a terminal would obey it.
pub(crate) fn push_visible(text: &mut String, character: char) {
    if is_unsafe(character) {
        text.extend(character.escape_unicode());
    } else {
        text.push(character);
    }
}

/// White space that would end the line or move the cursor.
fn is_white(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}')
}

/// Control characters, and those that change the direction of writing.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// A space at which no line is broken.
const NO_BREAK: char = '\u{a0}';

/// Code longer than this may be broken after all.
const UNBROKEN_CODE: usize = 48;

/// `text` as one word for [`wrap`].
pub(crate) fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// Prose in lines of at most `columns`; a word that is longer has a line of its own. Code in
/// backticks is one word, so that it can be copied.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.trim().lines() {
        let paragraph = plain(paragraph);
        let paragraph = code_unbroken(&paragraph);
        let mut line = String::new();
        let mut used = 0;
        for word in
            paragraph.split(|character: char| character.is_whitespace() && character != NO_BREAK)
        {
            let word = word.trim().replace(NO_BREAK, " ");
            let needed = width(&word);
            if needed == 0 {
                line.push_str(&word);
                continue;
            }
            if used > 0 && used + 1 + needed > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word);
            used += needed;
        }
        lines.push(line);
    }
    lines
}

fn code_unbroken(text: &str) -> Cow<'_, str> {
    if !text.contains('`') {
        return Cow::Borrowed(text);
    }
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    let parts = parts.iter().enumerate().map(|(position, part)| {
        let is_code = position % 2 == 1 && position < last;
        if is_code && part.len() <= UNBROKEN_CODE {
            Cow::Owned(unbroken(part))
        } else {
            Cow::Borrowed(*part)
        }
    });
    Cow::Owned(parts.collect::<Vec<_>>().join("`"))
}

/// Text that grows line by line.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// A line that is already harmless and perhaps coloured, without spaces at its end.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end_matches(' '));
        self.text.push('\n');
    }

    /// A blank line, unless it would be the first or the second in a row.
    pub(crate) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A heading at the margin, after a blank line.
    pub(crate) fn heading(&mut self, indent: usize, heading: &str, style: &Style) {
        self.blank();
        let heading = style.paint(Role::Strong, heading);
        self.line(&format!("{}{heading}", " ".repeat(indent)));
    }

    /// Prose, wrapped and indented.
    pub(crate) fn prose(&mut self, indent: usize, text: &str, style: &Style) {
        self.labelled(indent, ("", Role::Plain), text, style);
    }

    /// Prose behind a label that stands on its first line; the others are indented as far.
    pub(crate) fn labelled(
        &mut self,
        indent: usize,
        (label, role): (&str, Role),
        text: &str,
        style: &Style,
    ) {
        let label_width = if label.is_empty() {
            0
        } else {
            width(label) + 1
        };
        let lines = wrap(text, prose_width(style, indent + label_width));
        for (number, line) in lines.iter().enumerate() {
            if line.is_empty() {
                continue;
            }
            let indentation = if number == 0 {
                indent
            } else {
                indent + label_width
            };
            self.text.push_str(&" ".repeat(indentation));
            if number == 0 && !label.is_empty() {
                self.text.push_str(&style.paint(role, label));
                self.text.push(' ');
            }
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// All of it; ends with one line break unless it is empty.
    pub(crate) fn finish(mut self) -> String {
        let length = self.text.trim_end_matches('\n').len();
        if length > 0 {
            self.text.truncate(length + 1);
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(plain("a\u{1b}[2Jb\r\nc\u{7}"), "a\\u{1b}[2Jb  c\\u{7}");
        assert_eq!(plain("admin\u{202e}txt"), "admin\\u{202e}txt");
        assert_eq!(plain("  plain é 漢  "), "plain é 漢");
    }

    #[test]
    fn prose_is_wrapped_by_the_width_of_its_characters() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("漢字 漢字 漢字", 9), ["漢字 漢字", "漢字"]);
        assert_eq!(wrap("a verylongword b", 4), ["a", "verylongword", "b"]);
        assert_eq!(wrap("", 4), [""; 0]);
        assert_eq!(wrap("two\nlines", 40), ["two", "lines"]);
        assert_eq!(wrap("run `a b c` now", 9), ["run", "`a b c`", "now"]);
    }

    #[test]
    fn labels_hang() {
        let mut page = Page::default();
        page.blank();
        let text = "write an upper bound, so that it stays";
        page.labelled(2, ("fix:", Role::Strong), text, &Style::plain(32));
        assert_eq!(
            page.finish(),
            "  fix: write an upper bound, so\n       that it stays\n"
        );
    }
}
