//! Events of the parser → a tree, with the rules of TOML on who may define what.

use std::borrow::Cow;

use toml_datetime::Datetime;
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::EventReceiver;
use toml_parser::{ErrorSink, ParseError, Source, Span};

use super::{ArrayId, Chain, Entry, Kind, LONG, TableId, Tree, Value};

/// Builds a [`Tree`]. After an error, which it has reported then, it goes on without sense; the tree
/// is thrown away.
pub(super) struct Builder<'i> {
    tree: Tree<'i>,
    source: Source<'i>,
    /// The table that the last header opened.
    section: TableId,
    /// Where the header that is being read began.
    header: usize,
    /// The parts of the key that is being read.
    path: Vec<Key<'i>>,
    /// Where the next value goes, after a key.
    slot: Option<(TableId, Key<'i>)>,
    /// The arrays and inline tables around the place that is being read.
    around: Vec<Nested>,
}

struct Key<'i> {
    text: Cow<'i, str>,
    span: Span,
}

#[derive(Clone, Copy)]
enum Nested {
    Array(ArrayId),
    Table(TableId),
}

impl<'i> Builder<'i> {
    pub(super) fn new(source: Source<'i>, tokens: usize) -> Self {
        let mut tree = Tree::default();
        // a key, a sign, a value and the spaces and the comma between them
        tree.entries.reserve(tokens / 6);
        tree.tables.push(Chain {
            kind: Kind::Headed,
            ..Chain::default()
        });
        Self {
            tree,
            source,
            section: Tree::ROOT,
            header: 0,
            path: Vec::new(),
            slot: None,
            around: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Tree<'i> {
        self.tree
    }

    /// Goes from `table` along all but the last part of a dotted key.
    fn dotted(&mut self, mut table: TableId, errors: &mut dyn ErrorSink) -> Option<()> {
        let mut path = std::mem::take(&mut self.path);
        let last = path.pop()?;
        for key in path {
            let start = key.span.start();
            let span = key.span;
            table = match self.tree.find(table, &key.text) {
                None => self.tree.add_table(table, key, start, Kind::Dotted),
                Some(found) => match self.tree.table_at(found) {
                    Some((below, Kind::Implied | Kind::Dotted)) => {
                        self.tree.set_kind(below, Kind::Dotted);
                        below
                    }
                    _ => return twice(span, errors),
                },
            };
        }
        self.slot = Some((table, last));
        Some(())
    }

    /// Goes from the root along all but the last part of a header.
    fn parent(&mut self, path: Vec<Key<'i>>, errors: &mut dyn ErrorSink) -> Option<TableId> {
        let mut table = Tree::ROOT;
        for key in path {
            let span = key.span;
            let Some(found) = self.tree.find(table, &key.text) else {
                table = self.tree.add_table(table, key, self.header, Kind::Implied);
                continue;
            };
            table = match self.tree.table_at(found) {
                Some((_, Kind::Inline)) => return twice(span, errors),
                Some((below, _)) => below,
                None => match self.tree.last_of_headers(found) {
                    Some((_, below)) => below,
                    None => return twice(span, errors),
                },
            };
        }
        Some(table)
    }

    /// `[a.b]`
    fn open_table(&mut self, errors: &mut dyn ErrorSink) -> Option<TableId> {
        let mut path = std::mem::take(&mut self.path);
        let last = path.pop()?;
        let parent = self.parent(path, errors)?;
        let span = last.span;
        let Some(found) = self.tree.find(parent, &last.text) else {
            let start = self.header;
            return Some(self.tree.add_table(parent, last, start, Kind::Headed));
        };
        let Some((table, Kind::Implied)) = self.tree.table_at(found) else {
            return twice(span, errors);
        };
        self.tree.set_kind(table, Kind::Headed);
        self.tree.set_start(table, self.header);
        Some(table)
    }

    /// `[[a.b]]`
    fn open_element(&mut self, errors: &mut dyn ErrorSink) -> Option<TableId> {
        let mut path = std::mem::take(&mut self.path);
        let last = path.pop()?;
        let parent = self.parent(path, errors)?;
        let span = last.span;
        let start = self.header;
        let array = match self.tree.find(parent, &last.text) {
            None => {
                let array = self.tree.new_array(Kind::Headers, start);
                self.tree.add(parent, last, start, Value::Array(array));
                array
            }
            Some(found) => match self.tree.last_of_headers(found) {
                Some((array, _)) => array,
                None => return twice(span, errors),
            },
        };
        let table = self.tree.new_table(Kind::Headed, start);
        self.tree.append(array, start, Value::Table(table));
        Some(table)
    }

    /// Puts a value where the last key or the array around it wants it.
    fn put(&mut self, start: usize, value: Value<'i>, errors: &mut dyn ErrorSink) -> Option<()> {
        if let Some((table, key)) = self.slot.take() {
            if self.tree.find(table, &key.text).is_some() {
                return twice(key.span, errors);
            }
            self.tree.add(table, key, start, value);
        } else if let Some(Nested::Array(array)) = self.around.last() {
            self.tree.append(*array, start, value);
        }
        Some(())
    }

    /// The table that keys are read into.
    fn base(&self) -> TableId {
        match self.around.last() {
            Some(Nested::Table(table)) => *table,
            Some(Nested::Array(_)) | None => self.section,
        }
    }
}

/// Reports a key that is there already; nothing comes of it.
fn twice<T>(span: Span, errors: &mut dyn ErrorSink) -> Option<T> {
    errors.report_error(ParseError::new("this key is given twice").with_unexpected(span));
    None
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, span: Span, _errors: &mut dyn ErrorSink) {
        self.path.clear();
        self.header = span.start();
    }

    fn std_table_close(&mut self, _span: Span, errors: &mut dyn ErrorSink) {
        if let Some(table) = self.open_table(errors) {
            self.section = table;
        }
    }

    fn array_table_open(&mut self, span: Span, _errors: &mut dyn ErrorSink) {
        self.path.clear();
        self.header = span.start();
    }

    fn array_table_close(&mut self, _span: Span, errors: &mut dyn ErrorSink) {
        if let Some(table) = self.open_element(errors) {
            self.section = table;
        }
    }

    fn inline_table_open(&mut self, span: Span, errors: &mut dyn ErrorSink) -> bool {
        let table = self.tree.new_table(Kind::Inline, span.start());
        let _ = self.put(span.start(), Value::Table(table), errors);
        self.around.push(Nested::Table(table));
        true
    }

    fn inline_table_close(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.around.pop();
    }

    fn array_open(&mut self, span: Span, errors: &mut dyn ErrorSink) -> bool {
        let array = self.tree.new_array(Kind::Inline, span.start());
        let _ = self.put(span.start(), Value::Array(array), errors);
        self.around.push(Nested::Array(array));
        true
    }

    fn array_close(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.around.pop();
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, errors: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        if let Some(raw) = raw(&self.source, span, encoding) {
            raw.decode_key(&mut text, errors);
        }
        self.path.push(Key { text, span });
    }

    fn key_val_sep(&mut self, _span: Span, errors: &mut dyn ErrorSink) {
        let base = self.base();
        let _ = self.dotted(base, errors);
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, errors: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        let Some(raw) = raw(&self.source, span, encoding) else {
            return;
        };
        let value = match raw.decode_scalar(&mut text, errors) {
            ScalarKind::String => Value::String(text),
            ScalarKind::Boolean(boolean) => Value::Boolean(boolean),
            ScalarKind::DateTime => match text.parse::<Datetime>() {
                Ok(datetime) => Value::Datetime(datetime),
                Err(error) => {
                    let error = ParseError::new(error.to_string()).with_unexpected(span);
                    return errors.report_error(error);
                }
            },
            ScalarKind::Float => Value::Float,
            ScalarKind::Integer(radix) => Value::Integer(text, radix.value()),
        };
        let _ = self.put(span.start(), value, errors);
    }
}

/// The text of an event, with how it is quoted.
fn raw<'i>(
    source: &Source<'i>,
    span: Span,
    encoding: Option<Encoding>,
) -> Option<toml_parser::Raw<'i>> {
    let text = source.input().get(span.start()..span.end())?;
    Some(toml_parser::Raw::new_unchecked(text, encoding, span))
}

impl<'i> Tree<'i> {
    fn new_table(&mut self, kind: Kind, start: usize) -> TableId {
        self.tables.push(Chain {
            kind,
            start,
            ..Chain::default()
        });
        TableId(self.tables.len() - 1)
    }

    fn new_array(&mut self, kind: Kind, start: usize) -> ArrayId {
        self.arrays.push(Chain {
            kind,
            start,
            ..Chain::default()
        });
        ArrayId(self.arrays.len() - 1)
    }

    fn add_table(&mut self, parent: TableId, key: Key<'i>, start: usize, kind: Kind) -> TableId {
        let table = self.new_table(kind, start);
        self.add(parent, key, start, Value::Table(table));
        table
    }

    /// Adds an entry to a table; the caller knows that the key is new.
    fn add(&mut self, table: TableId, key: Key<'i>, start: usize, value: Value<'i>) {
        let position = self.entries.len();
        let chain = self.tables.get_mut(table.0);
        let length = link(chain, &mut self.entries, position);
        self.entries.push(Entry {
            key: key.text,
            key_start: key.span.start(),
            value,
            start,
            next: None,
        });
        if length == LONG + 1 {
            self.index_all(table);
        } else if length > LONG
            && let Some(entry) = self.entries.get(position)
        {
            self.long.insert((table, entry.key.clone()), position);
        }
    }

    fn index_all(&mut self, table: TableId) {
        let mut position = self.tables.get(table.0).and_then(|chain| chain.ends);
        while let Some((index, last)) = position {
            let Some(entry) = self.entries.get(index) else {
                break;
            };
            self.long.insert((table, entry.key.clone()), index);
            position = entry.next.map(|next| (next, last));
        }
    }

    fn append(&mut self, array: ArrayId, start: usize, value: Value<'i>) {
        let position = self.entries.len();
        let chain = self.arrays.get_mut(array.0);
        link(chain, &mut self.entries, position);
        self.entries.push(Entry {
            key: Cow::Borrowed(""),
            key_start: start,
            value,
            start,
            next: None,
        });
    }

    fn table_at(&self, entry: usize) -> Option<(TableId, Kind)> {
        match self.entries.get(entry)?.value {
            Value::Table(table) => Some((table, self.tables.get(table.0)?.kind)),
            Value::String(_)
            | Value::Integer(..)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_) => None,
        }
    }

    /// The array of `[[headers]]` at an entry, and its last table.
    fn last_of_headers(&self, entry: usize) -> Option<(ArrayId, TableId)> {
        let Value::Array(array) = self.entries.get(entry)?.value else {
            return None;
        };
        let chain = self.arrays.get(array.0)?;
        if chain.kind != Kind::Headers {
            return None;
        }
        let (_, last) = chain.ends?;
        self.table_at(last).map(|(table, _)| (array, table))
    }

    fn set_kind(&mut self, table: TableId, kind: Kind) {
        if let Some(chain) = self.tables.get_mut(table.0) {
            chain.kind = kind;
        }
    }

    fn set_start(&mut self, table: TableId, start: usize) {
        if let Some(chain) = self.tables.get_mut(table.0) {
            chain.start = start;
        }
    }
}

/// Makes the entry at `position`, which comes next, the last of a chain; answers its new length.
fn link(chain: Option<&mut Chain>, entries: &mut [Entry<'_>], position: usize) -> usize {
    let Some(chain) = chain else { return 0 };
    chain.ends = match chain.ends {
        None => Some((position, position)),
        Some((first, last)) => {
            if let Some(last) = entries.get_mut(last) {
                last.next = Some(position);
            }
            Some((first, position))
        }
    };
    chain.length += 1;
    chain.length
}
