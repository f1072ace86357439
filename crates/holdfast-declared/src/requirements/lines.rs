//! Physical lines joined to logical ones, as pip joins them.
//!
//! pip splits where Python's `str.splitlines` does, which is at more characters than editors show as
//! line breaks; splitting at fewer would let a file hide a requirement in what looks like a comment.

/// A logical line: the content without its comment, and the comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogicalLine {
    /// Without comment and surrounding whitespace; empty where there is only a comment.
    pub(super) content: String,
    /// The comment with its `#`.
    pub(super) comment: Option<String>,
    /// Where parts of the content come from: offsets in the content and in the file, ascending.
    pieces: Vec<(usize, usize)>,
}

impl LogicalLine {
    /// The offset in the file of an offset in the content.
    pub(super) fn offset(&self, in_content: usize) -> usize {
        let after = self
            .pieces
            .partition_point(|(content, _)| *content <= in_content);
        self.pieces
            .get(after.saturating_sub(1))
            .map_or(0, |(content, file)| {
                file + in_content.saturating_sub(*content)
            })
    }
}

/// A line break of Python's `str.splitlines`.
fn is_break(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The physical lines with their offsets.
fn physical(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    text.split_inclusive(is_break).filter_map(move |line| {
        let start = offset;
        offset += line.len();
        let content = line.trim_end_matches(is_break);
        // the `\n` of `\r\n` is a line of its own here; blank lines mean nothing to pip
        (line != "\n" || !text.get(..start).unwrap_or_default().ends_with('\r'))
            .then_some((start, content))
    })
}

/// The logical lines of a file, one at a time. A blank line is one without content and comment.
pub(super) fn logical(text: &str) -> impl Iterator<Item = LogicalLine> {
    let mut physical = physical(text);
    std::iter::from_fn(move || next_logical(&mut physical))
}

fn next_logical<'t>(physical: &mut impl Iterator<Item = (usize, &'t str)>) -> Option<LogicalLine> {
    let mut open = Joined::default();
    for (offset, line) in physical {
        let is_comment = line.trim_start().starts_with('#');
        if line.ends_with('\\') && !is_comment {
            let stripped = line.trim_matches('\\');
            let leading = line.len() - line.trim_start_matches('\\').len();
            open.push(stripped, offset + leading);
            continue;
        }
        if is_comment {
            // keeps the comment apart from what the backslash before it joins it to
            open.push(" ", offset);
        }
        open.push(line, offset);
        return Some(open.finish());
    }
    (!open.pieces.is_empty()).then(|| open.finish())
}

#[derive(Default)]
struct Joined {
    text: String,
    pieces: Vec<(usize, usize)>,
}

impl Joined {
    fn push(&mut self, part: &str, offset: usize) {
        self.pieces.push((self.text.len(), offset));
        self.text.push_str(part);
    }

    fn finish(self) -> LogicalLine {
        let (content, comment) = match comment_start(&self.text) {
            Some(start) => self
                .text
                .split_at_checked(start)
                .map_or((self.text.as_str(), None), |(content, comment)| {
                    (content, Some(comment.to_owned()))
                }),
            None => (self.text.as_str(), None),
        };
        let leading = content.len() - content.trim_start().len();
        let pieces = self
            .pieces
            .iter()
            .map(|(content, file)| match content.checked_sub(leading) {
                Some(content) => (content, *file),
                None => (0, file + (leading - content)),
            })
            .collect();
        LogicalLine {
            content: content.trim().to_owned(),
            comment,
            pieces,
        }
    }
}

/// Where a comment begins: a `#` at the start or after whitespace.
fn comment_start(text: &str) -> Option<usize> {
    let mut after_space = true;
    text.char_indices().find_map(|(offset, character)| {
        let found = after_space && character == '#';
        after_space = character.is_whitespace();
        found.then_some(offset)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contents(text: &str) -> Vec<String> {
        logical(text).map(|line| line.content).collect()
    }

    #[test]
    fn a_backslash_joins_and_a_comment_ends() {
        assert_eq!(
            contents("a==1 \\\n  --hash=x  # note\nb#c\n# only \\\nd"),
            ["a==1   --hash=x", "b#c", "", "d"]
        );
        // pip: the comment line ends the continuation
        assert_eq!(contents("a \\\n# note\nb"), ["a", "b"]);
        assert_eq!(contents("a \\"), ["a"]);
    }

    #[test]
    fn lines_break_where_python_breaks_them() {
        assert_eq!(
            contents("a\r\nb\rc\u{2028}d\x0ce\u{85}f"),
            ["a", "b", "c", "d", "e", "f"]
        );
        assert_eq!(contents("# fine\u{2028}evil==1"), ["", "evil==1"]);
        assert_eq!(logical("a\r\n\r\nb").count(), 3);
    }

    #[test]
    fn offsets_lead_back_to_the_file() {
        let text = "  a==1 \\\n    --hash=x\n";
        let line = logical(text).next().unwrap();
        assert_eq!(line.offset(0), 2);
        let hash = line.content.find("--hash").unwrap();
        assert_eq!(line.offset(hash), text.find("--hash").unwrap());
    }

    proptest! {
        #[test]
        fn every_offset_leads_to_the_same_character(text in "[ab#\\\\\n\r\u{2028} é]{0,40}") {
            for line in logical(&text) {
                for (offset, character) in line.content.char_indices() {
                    let in_file = line.offset(offset);
                    // the space that keeps a comment apart is of our making
                    if character != ' ' {
                        prop_assert!(text[in_file..].starts_with(character));
                    }
                }
            }
        }
    }
}
