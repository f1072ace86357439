//! TOML, YAML and JSON manifests as one kind of tree, whose values know where they are written and
//! what they are called.
//!
//! Manifests are small and read by hand, so this tree owns its strings and is convenient; locks are
//! large and have a tree of their own. Depth and size are limited: neither building nor walking a
//! tree overflows the stack.

mod json;
mod toml;
mod yaml;

use std::borrow::Cow;

use holdfast_model::Location;

use crate::{LineIndex, ReadError, limits};

/// Containers inside containers that are read.
const DEPTH_LIMIT: usize = 80;

/// A parsed file.
pub(crate) struct Document<'t> {
    file: &'t str,
    index: LineIndex<'t>,
    root: Value,
}

/// A value and where it begins, in bytes.
#[derive(Debug, Clone, PartialEq)]
struct Value {
    content: Content,
    offset: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Null,
    Boolean(bool),
    /// A number or a date, as written.
    Number(String),
    String(String),
    /// A scalar of YAML without quotes: what it is depends on what is asked for.
    Plain(String),
    Array(Vec<Value>),
    Table(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    key: String,
    /// Where the key begins, in bytes.
    offset: usize,
    value: Value,
}

/// Why a text has no tree, and where, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ParseError {
    offset: usize,
    message: String,
}

impl ParseError {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
        }
    }

    fn too_deep(offset: usize) -> Self {
        Self::new(offset, format!("it nests deeper than {DEPTH_LIMIT} levels"))
    }
}

impl<'t> Document<'t> {
    /// Parses the text of a TOML file.
    pub(crate) fn toml(text: &'t str, file: &'t str) -> Result<Self, ReadError> {
        Self::new(text, file, "TOML", toml::parse)
    }

    /// Parses the text of a YAML file with one document.
    pub(crate) fn yaml(text: &'t str, file: &'t str) -> Result<Self, ReadError> {
        Self::new(text, file, "YAML", yaml::parse)
    }

    /// Parses the text of a JSON file.
    pub(crate) fn json(text: &'t str, file: &'t str) -> Result<Self, ReadError> {
        Self::new(text, file, "JSON", json::parse)
    }

    fn new(
        text: &'t str,
        file: &'t str,
        language: &str,
        parse: fn(&str) -> Result<Value, ParseError>,
    ) -> Result<Self, ReadError> {
        limits::check_manifest(text, file)?;
        let index = LineIndex::new(text);
        match parse(text) {
            Ok(root) => Ok(Self { file, index, root }),
            Err(error) => Err(ReadError::new(
                index.location(file, error.offset),
                format!("this is no {language}: {}", error.message),
            )),
        }
    }

    /// The whole file.
    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            file: self.file,
            index: &self.index,
            name: Cow::Borrowed(""),
            value: &self.root,
            offset: self.root.offset,
        }
    }
}

/// A value, with its name for messages, `project.dependencies[2]`.
#[derive(Clone)]
pub(crate) struct Node<'t> {
    file: &'t str,
    index: &'t LineIndex<'t>,
    name: Cow<'t, str>,
    value: &'t Value,
    offset: usize,
}

impl<'t> Node<'t> {
    /// Its name, e.g. `tool.uv.sources`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is written.
    pub(crate) fn location(&self) -> Location {
        self.index.location(self.file, self.offset)
    }

    /// The place of a byte of a string's content. Exact for a string on one line without escapes; the
    /// string's own place otherwise.
    pub(crate) fn location_inside(&self, in_content: usize) -> Location {
        let Some(content) = self.as_str() else {
            return self.location();
        };
        let begins_at = |start: usize| {
            let raw = self.index.text().get(start..start + content.len());
            raw == Some(content)
        };
        let quote = usize::from(!matches!(self.value.content, Content::Plain(_)));
        let start = self.value.offset + quote;
        if begins_at(start) {
            self.index.location(self.file, start + in_content)
        } else {
            self.location()
        }
    }

    /// An error at this place.
    pub(crate) fn error(&self, message: impl Into<String>) -> ReadError {
        ReadError::new(self.location(), message)
    }

    fn wrong_type(&self, expected: &str) -> ReadError {
        if self.name.is_empty() {
            self.error(format!("the file is no {expected}"))
        } else {
            self.error(format!("`{}` is no {expected}", self.name))
        }
    }

    /// The value of a key, where this is a table and has it.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let Content::Table(entries) = &self.value.content else {
            return None;
        };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        Some(self.child(entry, entry.value.offset))
    }

    /// The value at a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<Self> {
        path.iter()
            .try_fold(self.clone(), |node, key| node.get(key))
    }

    fn child(&self, entry: &'t Entry, offset: usize) -> Self {
        let name = if self.name.is_empty() {
            entry.key.clone()
        } else {
            format!("{}.{}", self.name, entry.key)
        };
        Self {
            name: Cow::Owned(name),
            value: &entry.value,
            offset,
            ..self.clone()
        }
    }

    /// Whether this is a table.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.value.content, Content::Table(_))
    }

    /// Whether this is an array.
    pub(crate) fn is_array(&self) -> bool {
        matches!(self.value.content, Content::Array(_))
    }

    /// Whether nothing is written here.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value.content, Content::Null)
    }

    /// The keys and values of a table, in the order of the file. Each value's place is its key's.
    pub(crate) fn entries(&self) -> Result<Vec<(&'t str, Self)>, ReadError> {
        let Content::Table(entries) = &self.value.content else {
            return Err(self.wrong_type("table"));
        };
        Ok(entries
            .iter()
            .map(|entry| (entry.key.as_str(), self.child(entry, entry.offset)))
            .collect())
    }

    /// The elements of an array.
    pub(crate) fn items(&self) -> Result<Vec<Self>, ReadError> {
        let Content::Array(items) = &self.value.content else {
            return Err(self.wrong_type("array"));
        };
        Ok(items
            .iter()
            .enumerate()
            .map(|(position, value)| Self {
                name: Cow::Owned(format!("{}[{position}]", self.name)),
                value,
                offset: value.offset,
                ..self.clone()
            })
            .collect())
    }

    /// The elements of an array, or the one value that stands for it.
    pub(crate) fn items_or_self(&self) -> Result<Vec<Self>, ReadError> {
        if self.is_array() {
            self.items()
        } else {
            Ok(vec![self.clone()])
        }
    }

    /// The content of a string.
    pub(crate) fn as_str(&self) -> Option<&'t str> {
        match &self.value.content {
            Content::String(text) | Content::Plain(text) => Some(text),
            Content::Null
            | Content::Boolean(_)
            | Content::Number(_)
            | Content::Array(_)
            | Content::Table(_) => None,
        }
    }

    /// The content of a string, or an error that says it is none.
    pub(crate) fn string(&self) -> Result<&'t str, ReadError> {
        self.as_str().ok_or_else(|| self.wrong_type("string"))
    }

    /// The value of a boolean.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match &self.value.content {
            Content::Boolean(value) => Some(*value),
            Content::Plain(text) => match text.as_str() {
                "true" | "True" | "TRUE" | "yes" | "on" => Some(true),
                "false" | "False" | "FALSE" | "no" | "off" => Some(false),
                _ => None,
            },
            Content::Null
            | Content::Number(_)
            | Content::String(_)
            | Content::Array(_)
            | Content::Table(_) => None,
        }
    }

    /// Whether this is the boolean `true`.
    pub(crate) fn is_true(&self) -> bool {
        self.as_bool() == Some(true)
    }

    /// A string, number or boolean as text; nothing for anything that holds others.
    pub(crate) fn scalar(&self) -> Option<String> {
        match &self.value.content {
            Content::String(text) | Content::Plain(text) | Content::Number(text) => {
                Some(text.clone())
            }
            Content::Boolean(value) => Some(value.to_string()),
            Content::Null | Content::Array(_) | Content::Table(_) => None,
        }
    }

    /// The string at a key; an error where there is something else.
    pub(crate) fn optional_string(&self, key: &str) -> Result<Option<&'t str>, ReadError> {
        self.present(key).map(|node| node.string()).transpose()
    }

    /// The elements of the array at a key; none where the key is not there.
    pub(crate) fn optional_items(&self, key: &str) -> Result<Vec<Self>, ReadError> {
        self.present(key)
            .map_or(Ok(Vec::new()), |node| node.items())
    }

    /// The entries of the table at a key; none where the key is not there.
    pub(crate) fn optional_entries(&self, key: &str) -> Result<Vec<(&'t str, Self)>, ReadError> {
        self.present(key)
            .map_or(Ok(Vec::new()), |node| node.entries())
    }

    fn present(&self, key: &str) -> Option<Self> {
        self.get(key).filter(|node| !node.is_null())
    }
}

#[cfg(test)]
mod tests;
