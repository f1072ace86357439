//! TOML as a tree that costs little: all entries of a lock in one list, linked.
//!
//! The `toml` crate gives each table a map of its own; for a lock of 400 packages that is five
//! megabytes of mostly empty nodes, and three of the five milliseconds that a new process takes to
//! read it. Here the same events become two lists. What the parser does not check is checked by
//! [`Builder`]: that no key is given twice and no table opened twice. The tests hold every answer
//! against the `toml` crate's.

mod builder;

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml_datetime::Datetime;
use toml_parser::parser::{RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{Expected, ParseError};

use self::builder::Builder;

/// Arrays and inline tables may be nested this deep.
const DEPTH: u32 = 80;

/// A parsed document.
#[derive(Debug, Default)]
pub(crate) struct Tree<'i> {
    tables: Vec<Chain>,
    arrays: Vec<Chain>,
    entries: Vec<Entry<'i>>,
    /// Entries of tables that are too long for a walk, by table and key.
    long: BTreeMap<(TableId, Cow<'i, str>), usize>,
}

/// A table of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TableId(usize);

/// An array of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArrayId(usize);

/// The first and last entry of a table or array.
#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    ends: Option<(usize, usize)>,
    length: usize,
    kind: Kind,
    /// The byte where it begins.
    start: usize,
}

/// How a table or array came to be, which decides who may add to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    /// A table that only a longer header or key named so far.
    #[default]
    Implied,
    /// A table with a header of its own.
    Headed,
    /// A table that dotted keys made.
    Dotted,
    /// A table or array in braces or brackets: complete.
    Inline,
    /// An array of `[[headers]]`.
    Headers,
}

/// A value with its key, where it has one, and where both are written.
#[derive(Debug)]
pub(crate) struct Entry<'i> {
    key: Cow<'i, str>,
    key_start: usize,
    value: Value<'i>,
    start: usize,
    next: Option<usize>,
}

/// A value.
#[derive(Debug)]
pub(crate) enum Value<'i> {
    String(Cow<'i, str>),
    /// Digits without underscores, and their base.
    Integer(Cow<'i, str>, u32),
    /// No lock has one: only that it is one is told.
    Float,
    Boolean(bool),
    Datetime(Datetime),
    Array(ArrayId),
    Table(TableId),
}

/// Tables of more entries are looked up in [`Tree::long`].
const LONG: usize = 24;

/// Why text is not TOML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeError {
    pub(crate) start: usize,
    pub(crate) message: String,
}

impl<'i> Tree<'i> {
    /// Parses a document.
    pub(crate) fn parse(text: &'i str) -> Result<Self, TreeError> {
        let source = toml_parser::Source::new(text);
        let tokens = source.lex().into_vec();
        let mut errors: Option<ParseError> = None;
        let mut builder = Builder::new(source, tokens.len());
        {
            let mut checked = ValidateWhitespace::new(&mut builder, source);
            let mut guarded = RecursionGuard::new(&mut checked, DEPTH);
            parse_document(&tokens, &mut guarded, &mut errors);
        }
        match errors {
            None => Ok(builder.finish()),
            Some(error) => Err(TreeError {
                start: error.unexpected().map_or(0, |span| span.start()),
                message: describe(&error),
            }),
        }
    }

    /// The document itself.
    pub(crate) const ROOT: TableId = TableId(0);

    /// The entry of a key.
    pub(crate) fn get(&self, table: TableId, key: &str) -> Option<&Entry<'i>> {
        self.find(table, key)
            .and_then(|found| self.entries.get(found))
    }

    /// The entries of a table, in the order of the file.
    pub(crate) fn entries(&self, table: TableId) -> impl Iterator<Item = &Entry<'i>> {
        self.chain(self.tables.get(table.0))
    }

    /// The items of an array, in the order of the file.
    pub(crate) fn items(&self, array: ArrayId) -> impl Iterator<Item = &Entry<'i>> {
        self.chain(self.arrays.get(array.0))
    }

    /// The byte where a table begins: its header, brace or first key.
    pub(crate) fn table_start(&self, table: TableId) -> usize {
        self.tables.get(table.0).map_or(0, |chain| chain.start)
    }

    fn chain(&self, chain: Option<&Chain>) -> impl Iterator<Item = &Entry<'i>> {
        let first = chain.and_then(|chain| chain.ends).map(|(first, _)| first);
        std::iter::successors(first.and_then(|first| self.entries.get(first)), |entry| {
            entry.next.and_then(|next| self.entries.get(next))
        })
    }

    fn find(&self, table: TableId, key: &str) -> Option<usize> {
        let chain = self.tables.get(table.0)?;
        if chain.length > LONG {
            return self.long.get(&(table, Cow::Borrowed(key))).copied();
        }
        let mut position = chain.ends.map(|(first, _)| first);
        while let Some(index) = position {
            let entry = self.entries.get(index)?;
            if entry.key == key {
                return Some(index);
            }
            position = entry.next;
        }
        None
    }
}

impl<'i> Entry<'i> {
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The byte where the key begins.
    pub(crate) fn key_start(&self) -> usize {
        self.key_start
    }

    pub(crate) fn value(&self) -> &Value<'i> {
        &self.value
    }

    /// The byte where the value begins.
    pub(crate) fn start(&self) -> usize {
        self.start
    }
}

/// What the parser says, as one line.
fn describe(error: &ParseError) -> String {
    let mut message = error.description().to_owned();
    let expected = error.expected().unwrap_or_default();
    for (position, expected) in expected.iter().enumerate() {
        message.push_str(if position == 0 { ", expected " } else { " or " });
        match expected {
            Expected::Literal("\n") => message.push_str("a new line"),
            Expected::Literal(literal) => {
                message.push('`');
                message.push_str(literal);
                message.push('`');
            }
            Expected::Description(description) => message.push_str(description),
            _ => message.push_str("something else"),
        }
    }
    message
}

#[cfg(test)]
mod tests;
