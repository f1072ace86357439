//! A place in a text that moves forward.

use super::SyntaxError;

/// Reads a text from left to right; offsets are in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn skip_whitespace(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub(crate) fn eat(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.offset += wanted.len_utf8();
        }
        found
    }

    /// Eats whitespace and a word that ends where it ends: `or` is not the beginning of `order`.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let trimmed = self.rest().trim_start();
        let Some(after) = trimmed.strip_prefix(word) else {
            return false;
        };
        let longer = |next: char| next.is_alphanumeric() || matches!(next, '_' | '.' | '-');
        if after.starts_with(longer) {
            return false;
        }
        self.offset = self.text.len() - after.len();
        true
    }

    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|character| !wanted(character))
            .unwrap_or(rest.len());
        self.offset += end;
        rest.get(..end).unwrap_or_default()
    }

    /// An error that says what is here instead of `expected`.
    pub(crate) fn unexpected(&self, expected: &str) -> SyntaxError {
        let message = match self.peek() {
            None => format!("expected {expected}, found the end"),
            Some(found) => format!("expected {expected}, found `{}`", found.escape_debug()),
        };
        SyntaxError::new(self.offset, message)
    }

    /// Nothing but whitespace may follow.
    pub(crate) fn expect_end(&mut self, expected: &str) -> Result<(), SyntaxError> {
        self.skip_whitespace();
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }
}
