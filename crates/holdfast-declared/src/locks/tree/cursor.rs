//! Walking a tree by hand.

use std::borrow::Cow;

use super::{Index, NONE, Node, Slice, Tree, Value};

/// A node of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'t, 'a> {
    tree: &'t Tree<'a>,
    index: Index,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(super) fn new(tree: &'t Tree<'a>, index: Index) -> Self {
        Self { tree, index }
    }

    pub(super) fn index(self) -> Index {
        self.index
    }

    pub(super) fn tree(self) -> &'t Tree<'a> {
        self.tree
    }

    fn node(self) -> Option<&'t Node> {
        self.tree.node(self.index)
    }

    /// What the node is.
    pub(crate) fn value(self) -> Value {
        self.node().map_or(Value::TABLE, |node| node.value)
    }

    /// Where the value begins, in bytes.
    pub(crate) fn offset(self) -> usize {
        self.node().map_or(0, |node| node.offset as usize)
    }

    /// Where the key begins, or the value where there is none, in bytes.
    pub(crate) fn key_offset(self) -> usize {
        self.node().map_or(0, |node| node.key_offset as usize)
    }

    /// The key under which the node is found; empty in an array.
    pub(crate) fn key(self) -> &'t str {
        self.node().map_or("", |node| self.tree.str(node.key))
    }

    /// The node's children, in the order of the file; none for a scalar.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> + 't
    where
        'a: 't,
    {
        let first = self
            .tree
            .children(self.index)
            .map_or(NONE, |children| children.first);
        let tree = self.tree;
        let mut next = first;
        std::iter::from_fn(move || {
            let node = tree.node(next)?;
            let child = Cursor::new(tree, next);
            next = node.next;
            Some(child)
        })
    }

    /// The child of a table under `key`.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        match self.value() {
            Value::Table(_) => self
                .tree
                .find(self.index, key)
                .map(|index| Self::new(self.tree, index)),
            Value::Array(_)
            | Value::String(_)
            | Value::Plain(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => None,
        }
    }

    /// The descendant under a path of keys.
    pub(crate) fn path(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |cursor, key| cursor.get(key))
    }

    /// The text of a string.
    pub(crate) fn as_str(self) -> Option<&'t str> {
        match self.value() {
            Value::String(slice) | Value::Plain(slice) => Some(self.tree.str(slice)),
            Value::Table(_)
            | Value::Array(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => None,
        }
    }

    /// Whether the node is a table.
    pub(crate) fn is_table(self) -> bool {
        matches!(self.value(), Value::Table(_))
    }

    /// Whether the node is an array.
    pub(crate) fn is_array(self) -> bool {
        matches!(self.value(), Value::Array(_))
    }

    /// The key, borrowed from the text where it stands there as it is.
    pub(super) fn key_slice(self) -> Cow<'a, str> {
        self.node()
            .map_or(Cow::Borrowed(""), |node| self.slice(node.key))
    }

    /// What a slice says, borrowed from the text where it stands there as it is.
    pub(super) fn slice(self, slice: Slice) -> Cow<'a, str> {
        match slice {
            Slice::Borrowed(start, end) => Cow::Borrowed(self.tree.borrowed(start, end)),
            Slice::Owned(_) => Cow::Owned(self.tree.str(slice).to_owned()),
        }
    }
}
