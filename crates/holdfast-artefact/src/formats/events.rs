//! Values in one another (JSON, UBJSON) as a sequence of events, so that no tree of them is built.

use super::bytes::{Fault, Parsed};

/// What comes next in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// An object begins.
    Object,
    /// An array begins.
    Array,
    /// The innermost object or array ends.
    End,
    /// The name of an object's member; its value comes next.
    Key(String),
    /// A value that holds no others.
    Value(Scalar),
}

/// A value that holds no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    /// A text, cut at [`LONGEST_TEXT`].
    Text(String),
    /// A number, as it is written.
    Number(String),
    /// `true`, `false`, `null`.
    Word(&'static str),
}

impl Scalar {
    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Word(_) => None,
        }
    }

    /// As it is printed.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Word(word) => word,
        }
    }
}

/// How many bytes of a text are kept.
pub(super) const LONGEST_TEXT: usize = 1 << 16;
/// How deep values may lie in one another where they are looked at.
pub(super) const DEPTH: usize = 512;

/// A document that is read.
pub(super) trait Events {
    /// What comes next; nothing behind the outermost value.
    fn next(&mut self) -> Parsed<Option<Event>>;

    /// Passes over a member's value, behind its key.
    fn skip(&mut self) -> Parsed<()>;

    /// The place of what comes next, in bytes.
    fn position(&self) -> u64;
}

/// The keys that lead to a value; an element of an array is behind an empty one.
pub(super) type Path<'a> = &'a [String];

/// Looks at a document's values.
pub(super) trait Visitor {
    /// Whether a member of the object at `path` is looked at.
    fn enters(&mut self, path: Path<'_>, key: &str) -> bool;

    /// A value that holds no others.
    fn value(&mut self, path: Path<'_>, value: &Scalar);

    /// An object or array begins.
    fn opened(&mut self, _path: Path<'_>, _offset: u64) {}

    /// An object or array ends.
    fn closed(&mut self, _path: Path<'_>) {}
}

/// Shows a document to a visitor.
pub(super) fn walk(events: &mut dyn Events, visitor: &mut dyn Visitor) -> Parsed<()> {
    let mut path: Vec<String> = Vec::new();
    // of each open object or array, whether it is an object
    let mut open: Vec<bool> = Vec::new();
    loop {
        let offset = events.position();
        let Some(event) = events.next()? else {
            return Ok(());
        };
        match event {
            Event::Key(key) => {
                if visitor.enters(&path, &key) {
                    path.push(key);
                } else {
                    events.skip()?;
                }
                continue;
            }
            Event::Object | Event::Array => {
                if open.len() >= DEPTH {
                    let what = format!("values lie more than {DEPTH} deep in one another");
                    return Err(Fault::limit(what));
                }
                visitor.opened(&path, offset);
                open.push(event == Event::Object);
                if event == Event::Array {
                    path.push(String::new());
                }
                continue;
            }
            Event::End => {
                if open.pop() == Some(false) {
                    path.pop();
                }
                visitor.closed(&path);
            }
            Event::Value(value) => visitor.value(&path, &value),
        }
        // a member's value has ended
        if open.last() == Some(&true) {
            path.pop();
        }
    }
}

/// Whether a path is this one.
pub(super) fn is(path: Path<'_>, keys: &[&str]) -> bool {
    path.len() == keys.len() && path.iter().zip(keys).all(|(own, key)| own == key)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::bytes::Bytes;
    use super::super::json_events::JsonEvents;
    use super::*;

    #[derive(Default)]
    struct Shown(Vec<String>);

    impl Visitor for Shown {
        fn enters(&mut self, _path: Path<'_>, key: &str) -> bool {
            key != "skipped"
        }

        fn value(&mut self, path: Path<'_>, value: &Scalar) {
            self.0.push(format!("{}={}", path.join("."), value.shown()));
        }

        fn closed(&mut self, path: Path<'_>) {
            self.0.push(format!("end {}", path.join(".")));
        }
    }

    #[test]
    fn values_have_paths() {
        let text = r#" {"a": [1, {"b": "x"}, []], "skipped": {"c": "]}\""}, "d": null} "#;
        let mut source = Cursor::new(text);
        let mut events = JsonEvents::new(Bytes::new(&mut source).unwrap());
        let mut shown = Shown::default();
        walk(&mut events, &mut shown).unwrap();
        let expected = [
            "a.=1", "a..b=x", "end a.", "end a.", "end a", "d=null", "end ",
        ];
        assert_eq!(shown.0, expected);
    }
}
