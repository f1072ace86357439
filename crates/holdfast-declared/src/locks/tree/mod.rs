//! Text as nodes of fixed size that point into it: what TOML and the plain kind of YAML become.
//!
//! A lock of one environment has tens of thousands of values, nearly all of them strings that stand
//! in the text as they are. A tree of maps copies and sorts them; this one keeps where they begin
//! and end, which makes reading a lock several times as fast. Types are read from it with serde
//! ([`Tree::deserialize`]), manifests are walked by hand ([`Cursor`]).
//!
//! The builder knows no syntax: [`toml`] and [`yaml`] do. Depth and size are limited there.

mod cursor;
mod deserialize;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod toml;
pub(crate) mod yaml;

use std::collections::HashMap;

pub(crate) use cursor::Cursor;
pub(crate) use text::{Pairs, Text};

/// Containers deeper than this are refused; a lock needs five.
pub(crate) const DEPTH_LIMIT: usize = 64;

/// A table with more children than this gets an index of its keys.
const INDEX_ABOVE: u32 = 16;

/// Position of a node in its tree.
type Index = u32;

/// Stands for no node.
const NONE: Index = Index::MAX;

/// The table that the whole text is.
pub(crate) const ROOT: Index = 0;

/// Text that stands in the file as it is, or was decoded from an escaped form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Slice {
    /// From one offset to another.
    Borrowed(u32, u32),
    /// Position among the decoded strings.
    Owned(u32),
}

impl Slice {
    const EMPTY: Self = Self::Borrowed(0, 0);
}

/// The children of a table or an array, as a list that can still grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Children {
    first: Index,
    last: Index,
    count: u32,
}

impl Children {
    const NONE: Self = Self {
        first: NONE,
        last: NONE,
        count: 0,
    };
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    Table(Children),
    Array(Children),
    String(Slice),
    /// A YAML scalar without quotes: what it is depends on what is asked for.
    Plain(Slice),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    /// A date or time of TOML, as written.
    Datetime(Slice),
}

impl Value {
    pub(crate) const TABLE: Self = Self::Table(Children::NONE);
    pub(crate) const ARRAY: Self = Self::Array(Children::NONE);
}

#[derive(Debug, Clone, Copy)]
struct Node {
    key: Slice,
    value: Value,
    /// Where the value begins.
    offset: u32,
    /// Where the key begins, or the value where there is none.
    key_offset: u32,
    next: Index,
}

/// A text and its nodes. The first node is the table that the whole text is.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    text: &'a str,
    nodes: Vec<Node>,
    owned: Vec<String>,
    /// Children by key, of the tables with many.
    indexes: HashMap<Index, HashMap<String, Index>>,
}

/// Why a text has no tree, or a tree not the shape that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct TreeError {
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// Where, in bytes, as far as is known.
    pub(crate) offset: Option<usize>,
}

impl TreeError {
    pub(crate) fn at(offset: usize, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            offset: Some(offset),
        }
    }

    /// The error of a JSON reader, which tells line and column in bytes.
    pub(crate) fn json(text: &str, error: &serde_json::Error) -> Self {
        let before: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let message = error.to_string();
        // its message ends in the place
        let message = message
            .split_once(" at line ")
            .map_or(message.as_str(), |(message, _)| message);
        // before or behind the byte in question, as the case may be
        let offset = before + error.column().saturating_sub(1);
        let rest = text.as_bytes().get(offset..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
        Self {
            message: message.to_owned(),
            offset: Some(offset + blanks.count()),
        }
    }

    /// The same error, at `offset` unless its place is known better.
    fn or_at(mut self, offset: u32) -> Self {
        self.offset.get_or_insert(offset as usize);
        self
    }
}

/// The key under which a value is added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) slice: Slice,
    pub(crate) offset: u32,
}

impl<'a> Tree<'a> {
    /// A tree with an empty root table. The text is at most 4 GiB long: readers refuse far less.
    pub(crate) fn new(text: &'a str) -> Self {
        let root = Node {
            key: Slice::EMPTY,
            value: Value::TABLE,
            offset: 0,
            key_offset: 0,
            next: NONE,
        };
        Self {
            text,
            nodes: vec![root],
            owned: Vec::new(),
            indexes: HashMap::new(),
        }
    }

    /// The table that the whole text is.
    pub(crate) fn root(&self) -> Cursor<'_, 'a> {
        Cursor::new(self, ROOT)
    }

    /// Keeps a decoded string.
    pub(crate) fn keep(&mut self, decoded: String) -> Slice {
        let position = u32::try_from(self.owned.len()).unwrap_or(u32::MAX);
        self.owned.push(decoded);
        Slice::Owned(position)
    }

    /// What a slice of this tree says.
    pub(crate) fn str(&self, slice: Slice) -> &str {
        match slice {
            Slice::Borrowed(start, end) => self.borrowed(start, end),
            Slice::Owned(position) => self.owned.get(position as usize).map_or("", String::as_str),
        }
    }

    fn borrowed(&self, start: u32, end: u32) -> &'a str {
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    fn node(&self, index: Index) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    pub(crate) fn value(&self, index: Index) -> Option<Value> {
        self.node(index).map(|node| node.value)
    }

    fn children(&self, index: Index) -> Option<Children> {
        match self.value(index)? {
            Value::Table(children) | Value::Array(children) => Some(children),
            Value::String(_)
            | Value::Plain(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => None,
        }
    }

    /// The last element of an array.
    pub(crate) fn last(&self, array: Index) -> Option<Index> {
        self.children(array)
            .map(|children| children.last)
            .filter(|last| *last != NONE)
    }

    /// The child of a table under `key`.
    pub(crate) fn find(&self, table: Index, key: &str) -> Option<Index> {
        let children = self.children(table)?;
        if let Some(index) = self.indexes.get(&table) {
            return index.get(key).copied();
        }
        let mut child = children.first;
        while let Some(node) = self.node(child) {
            if self.str(node.key) == key {
                return Some(child);
            }
            child = node.next;
        }
        None
    }

    /// Adds a value to a table; the key must be new.
    pub(crate) fn insert(
        &mut self,
        table: Index,
        key: Key,
        value: Value,
        offset: u32,
    ) -> Result<Index, TreeError> {
        if self.find(table, self.str(key.slice)).is_some() {
            let name = self.str(key.slice);
            return Err(TreeError::at(
                key.offset as usize,
                format!("duplicate key `{name}`"),
            ));
        }
        let index = self.append(table, key, value, offset);
        self.note_in_index(table, key, index);
        Ok(index)
    }

    /// Adds a value to an array.
    pub(crate) fn push(&mut self, array: Index, value: Value, offset: u32) -> Index {
        let key = Key {
            slice: Slice::EMPTY,
            offset,
        };
        self.append(array, key, value, offset)
    }

    fn append(&mut self, parent: Index, key: Key, value: Value, offset: u32) -> Index {
        let index = Index::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(Node {
            key: key.slice,
            value,
            offset,
            key_offset: key.offset,
            next: NONE,
        });
        let mut last = NONE;
        if let Some(Node {
            value: Value::Table(children) | Value::Array(children),
            ..
        }) = self.nodes.get_mut(parent as usize)
        {
            last = children.last;
            children.last = index;
            children.count += 1;
            if children.first == NONE {
                children.first = index;
            }
        }
        if let Some(node) = self.nodes.get_mut(last as usize) {
            node.next = index;
        }
        index
    }

    /// Keeps looking up a key in a large table from taking time proportional to its size.
    fn note_in_index(&mut self, table: Index, key: Key, child: Index) {
        let count = self.children(table).map_or(0, |children| children.count);
        if count <= INDEX_ABOVE {
            return;
        }
        if let Some(mut index) = self.indexes.remove(&table) {
            index.insert(self.str(key.slice).to_owned(), child);
            self.indexes.insert(table, index);
            return;
        }
        let index = Cursor::new(self, table)
            .children()
            .map(|child| (child.key().to_owned(), child.index()))
            .collect();
        self.indexes.insert(table, index);
    }
}
