//! YAML: the plain kind that lock writers write as a [`Tree`], everything else by serde-saphyr.
//!
//! `conda-lock` and `pixi` write block mappings and block sequences of scalars on one line. Those are
//! read here in a tenth of the time. At the first thing that is anything else (an anchor, a flow
//! collection, an escape, a scalar over several lines, a tab) this reader steps back and the general
//! one reads the whole text. A test holds the two against each other on mutated locks.

use serde::Deserialize;

use super::{DEPTH_LIMIT, Index, Key, ROOT, Slice, Tree, TreeError, Value};

/// Events of a document at most: what the largest lock that is read has.
const EVENT_LIMIT: usize = 8_000_000;

/// Reads a type from a YAML document.
pub(crate) fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, TreeError> {
    // what has another shape than was asked for is the general reader's to judge as well
    if let Some(tree) = plain(text)
        && let Ok(read) = tree.deserialize()
    {
        return Ok(read);
    }
    general(text)
}

/// Reads a type as YAML of any kind.
pub(crate) fn general<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, TreeError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: EVENT_LIMIT,
            max_nodes: EVENT_LIMIT,
            max_depth: DEPTH_LIMIT,
            max_documents: 1,
            max_anchors: 1_000,
            max_aliases: 10_000,
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let offset = error
            .location()
            .and_then(|location| location.span().byte_offset())
            .and_then(|offset| usize::try_from(offset).ok());
        let message = error.without_snippet().to_string();
        // its message repeats the place
        let message = message
            .split_once(" at line ")
            .map_or(message.as_str(), |(message, _)| message);
        let message = if message.starts_with("budget breached") {
            "it has too many values, aliases counted"
        } else {
            message
        };
        TreeError {
            message: message.to_owned(),
            offset,
        }
    })
}

/// A mapping or sequence that is open, and the column of its entries.
#[derive(Debug, Clone, Copy)]
struct Frame {
    column: usize,
    node: Index,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mapping,
    Sequence,
}

/// A key whose value is on the lines below it, or nothing.
#[derive(Debug, Clone, Copy)]
struct Pending {
    column: usize,
    mapping: Index,
    key: Key,
}

struct Reader<'a> {
    text: &'a str,
    tree: Tree<'a>,
    open: Vec<Frame>,
    pending: Option<Pending>,
}

/// The tree of a plain document; nothing where it is not plain, broken ones included.
pub(crate) fn plain(text: &str) -> Option<Tree<'_>> {
    let mut reader = Reader {
        text,
        tree: Tree::new(text),
        open: vec![Frame {
            column: 0,
            node: ROOT,
            kind: Kind::Mapping,
        }],
        pending: None,
    };
    let mut start = 0;
    let mut any = false;
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let begin = content.len() - content.trim_start_matches(' ').len();
        let content = content.get(begin..)?.trim_end_matches(' ');
        if !content.is_empty() && !content.starts_with('#') {
            reader.line(begin, content, start + begin)?;
            any = true;
        }
        start += line.len();
    }
    reader.settle()?;
    any.then_some(reader.tree)
}

impl Reader<'_> {
    /// Reads a line: its column, what follows the indentation, and where that begins.
    fn line(&mut self, column: usize, content: &str, offset: usize) -> Option<()> {
        let item = content.strip_prefix("- ");
        if content == "-" || content.starts_with("---") || content.starts_with("...") {
            return None;
        }
        self.open_pending(column, item.is_some(), offset)?;
        loop {
            let top = self.open.last()?;
            let ends = top.column > column
                || (top.column == column && top.kind == Kind::Sequence && item.is_none());
            if !ends {
                break;
            }
            self.open.pop();
        }
        let top = *self.open.last()?;
        if top.column != column {
            return None;
        }
        match (top.kind, item) {
            (Kind::Mapping, None) => self.pair(top, content, offset),
            (Kind::Sequence, Some(rest)) => self.item(top, rest, offset + 2),
            (Kind::Mapping, Some(_)) | (Kind::Sequence, None) => None,
        }
    }

    /// Decides by the line below it what the value of a key is.
    fn open_pending(&mut self, column: usize, is_item: bool, offset: usize) -> Option<()> {
        let Some(pending) = self.pending.take() else {
            return Some(());
        };
        let (value, kind) = if is_item && column >= pending.column {
            (Value::ARRAY, Kind::Sequence)
        } else if column > pending.column {
            (Value::TABLE, Kind::Mapping)
        } else {
            self.pending = Some(pending);
            return self.settle();
        };
        if self.open.len() >= DEPTH_LIMIT {
            return None;
        }
        let offset = u32::try_from(offset).ok()?;
        let node = self
            .tree
            .insert(pending.mapping, pending.key, value, offset)
            .ok()?;
        self.open.push(Frame { column, node, kind });
        Some(())
    }

    /// A key without a value has the value null.
    fn settle(&mut self) -> Option<()> {
        if let Some(pending) = self.pending.take() {
            let value = Value::Plain(Slice::Borrowed(pending.key.offset, pending.key.offset));
            self.tree
                .insert(pending.mapping, pending.key, value, pending.key.offset)
                .ok()?;
        }
        Some(())
    }

    /// An item of a sequence: a scalar, or a mapping that begins on the same line.
    fn item(&mut self, sequence: Frame, rest: &str, offset: usize) -> Option<()> {
        if rest.starts_with(' ') || rest.starts_with("- ") || rest == "-" {
            return None;
        }
        let begin = u32::try_from(offset).ok()?;
        if split_pair(rest).is_some() {
            if self.open.len() >= DEPTH_LIMIT {
                return None;
            }
            let node = self.tree.push(sequence.node, Value::TABLE, begin);
            let mapping = Frame {
                column: sequence.column + 2,
                node,
                kind: Kind::Mapping,
            };
            self.open.push(mapping);
            return self.pair(mapping, rest, offset);
        }
        let value = self.scalar(rest, offset)?;
        self.tree.push(sequence.node, value, begin);
        Some(())
    }

    /// A key and its value, if it is on the same line.
    fn pair(&mut self, mapping: Frame, content: &str, offset: usize) -> Option<()> {
        let (written, rest) = split_pair(content)?;
        let slice = match self.scalar(written, offset)? {
            Value::String(slice) => slice,
            Value::Plain(slice) if is_plain_key(written) => slice,
            Value::Table(_)
            | Value::Array(_)
            | Value::Plain(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => return None,
        };
        let key = Key {
            slice,
            offset: u32::try_from(offset).ok()?,
        };
        let value = rest.trim_start_matches(' ');
        if value.is_empty() {
            self.pending = Some(Pending {
                column: mapping.column,
                mapping: mapping.node,
                key,
            });
            return Some(());
        }
        let offset = offset + content.len() - value.len();
        let value = self.scalar(value, offset)?;
        let offset = u32::try_from(offset).ok()?;
        self.tree.insert(mapping.node, key, value, offset).ok()?;
        Some(())
    }

    /// A scalar on one line, or an empty collection.
    fn scalar(&mut self, text: &str, offset: usize) -> Option<Value> {
        debug_assert!(
            self.text
                .get(offset..)
                .is_some_and(|rest| rest.starts_with(text))
        );
        let slice = |from: usize, to: usize| {
            Some(Slice::Borrowed(
                u32::try_from(offset + from).ok()?,
                u32::try_from(offset + to).ok()?,
            ))
        };
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return None;
        }
        match text {
            "[]" => return Some(Value::ARRAY),
            "{}" => return Some(Value::TABLE),
            _ => {}
        }
        if let Some(inside) = text.strip_prefix('\'') {
            let inside = inside.strip_suffix('\'')?;
            if !inside.contains('\'') {
                return Some(Value::String(slice(1, 1 + inside.len())?));
            }
            let unescaped = inside.replace("''", "\u{0}");
            if unescaped.contains('\'') {
                return None;
            }
            return Some(Value::String(
                self.tree.keep(unescaped.replace('\u{0}', "'")),
            ));
        }
        if let Some(inside) = text.strip_prefix('"') {
            let inside = inside.strip_suffix('"')?;
            let simple = !inside.contains(['"', '\\']);
            return simple
                .then(|| slice(1, 1 + inside.len()))
                .flatten()
                .map(Value::String);
        }
        is_plain_scalar(text)
            .then(|| slice(0, text.len()))
            .flatten()
            .map(Value::Plain)
    }
}

/// Whether a text means itself wherever it stands in a block.
fn is_plain_scalar(text: &str) -> bool {
    let first = text.bytes().next().unwrap_or_default();
    let begins = first.is_ascii_alphanumeric() || b"_./~<=^$+(;".contains(&first) || first >= 0x80;
    begins
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        // characters that end lines or mark orders elsewhere in Unicode
        && !text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
}

/// Keys that are not `null`, a number or a merge: those the general reader judges.
fn is_plain_key(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-+/".contains(&byte))
        && text
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
        )
}

/// Divides `key: value` and `key:`. A quoted key may hold anything.
fn split_pair(text: &str) -> Option<(&str, &str)> {
    let quote = text
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"'));
    if let Some(quote) = quote {
        let inside = text.get(1..)?;
        let end = inside.find(quote)? + 2;
        let (key, rest) = text.split_at_checked(end)?;
        let rest = rest.strip_prefix(':')?;
        return (rest.is_empty() || rest.starts_with(' ')).then_some((key, rest));
    }
    match text.find(": ") {
        Some(colon) => {
            let (key, rest) = text.split_at_checked(colon)?;
            Some((key, rest.get(1..)?))
        }
        None => text.strip_suffix(':').map(|key| (key, "")),
    }
}
