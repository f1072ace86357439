//! YAML 1.2 from the events of `granit-parser`, the parser under serde-saphyr.
//!
//! Serde would turn `python: 3.10` into the number 3.1; the events keep what is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Content, DEPTH_LIMIT, Entry, ParseError, Value};

/// Values that a document may have, those that aliases repeat included.
const VALUE_LIMIT: usize = 1_000_000;

pub(super) fn parse(text: &str) -> Result<Value, ParseError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let offset = error.marker().byte_offset().unwrap_or_default();
            ParseError::new(offset, error.kind().to_string())
        })?;
        builder.take(event, offset(&span))?;
    }
    Ok(builder.root.unwrap_or(Value {
        content: Content::Null,
        offset: 0,
    }))
}

fn offset(span: &Span) -> usize {
    span.start.byte_offset().unwrap_or_default()
}

/// A mapping or sequence that is not yet complete.
struct Open {
    offset: usize,
    anchor: usize,
    kind: Kind,
}

enum Kind {
    Sequence(Vec<Value>),
    /// Entries, and the key whose value comes next.
    Mapping(Vec<Entry>, Option<(String, usize)>),
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Value>,
    /// What anchors stand for, with the number of values in it.
    anchors: BTreeMap<usize, (Value, usize)>,
    documents: usize,
    values: usize,
}

impl Builder {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enumeration is open; what is not listed holds no value"
    )]
    fn take(&mut self, event: Event<'_>, offset: usize) -> Result<(), ParseError> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(ParseError::new(offset, "there is more than one document"));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let content = scalar(text, style, tag.as_deref());
                self.complete(Value { content, offset }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin(offset, anchor, Kind::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, _) => {
                self.begin(offset, anchor, Kind::Mapping(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(offset),
            Event::Alias(anchor) => self.alias(anchor, offset),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, offset: usize, anchor: usize, kind: Kind) -> Result<(), ParseError> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err(ParseError::too_deep(offset));
        }
        self.open.push(Open {
            offset,
            anchor,
            kind,
        });
        Ok(())
    }

    fn end(&mut self, offset: usize) -> Result<(), ParseError> {
        let Some(open) = self.open.pop() else {
            return Err(ParseError::new(
                offset,
                "nothing is open that could end here",
            ));
        };
        let content = match open.kind {
            Kind::Sequence(items) => Content::Array(items),
            Kind::Mapping(entries, _) => Content::Table(merged(entries)?),
        };
        let value = Value {
            content,
            offset: open.offset,
        };
        self.complete(value, open.anchor)
    }

    fn alias(&mut self, anchor: usize, offset: usize) -> Result<(), ParseError> {
        let Some((value, size)) = self.anchors.get(&anchor) else {
            return Err(ParseError::new(
                offset,
                "an alias inside what it stands for",
            ));
        };
        // counted before it is copied: aliases of aliases multiply
        self.values += size;
        let value = value.clone();
        self.check_count(offset)?;
        self.complete(value, 0)
    }

    fn check_count(&self, offset: usize) -> Result<(), ParseError> {
        if self.values > VALUE_LIMIT {
            return Err(ParseError::new(
                offset,
                format!("it has more than {VALUE_LIMIT} values, aliases counted"),
            ));
        }
        Ok(())
    }

    /// Puts a value where it belongs: into what is open, as a key or a value.
    fn complete(&mut self, value: Value, anchor: usize) -> Result<(), ParseError> {
        self.values += 1;
        self.check_count(value.offset)?;
        if anchor != 0 {
            let size = size(&value);
            // what an anchor keeps is a copy too
            self.values += size;
            self.check_count(value.offset)?;
            self.anchors.insert(anchor, (value.clone(), size));
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(value),
            Some(Kind::Sequence(items)) => items.push(value),
            Some(Kind::Mapping(entries, pending)) => match pending.take() {
                Some((key, offset)) => entries.push(Entry { key, offset, value }),
                None => *pending = Some((key_text(&value)?, value.offset)),
            },
        }
        Ok(())
    }
}

fn key_text(value: &Value) -> Result<String, ParseError> {
    match &value.content {
        Content::String(text) | Content::Plain(text) | Content::Number(text) => Ok(text.clone()),
        Content::Boolean(value) => Ok(value.to_string()),
        Content::Null => Ok(String::new()),
        Content::Array(_) | Content::Table(_) => Err(ParseError::new(
            value.offset,
            "a list or a mapping cannot be a key here",
        )),
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Content {
    let is_text = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
    if style != ScalarStyle::Plain || is_text {
        return Content::String(text.into_owned());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        _ => Content::Plain(text.into_owned()),
    }
}

/// Values in a value, itself included.
fn size(value: &Value) -> usize {
    match &value.content {
        Content::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Content::Table(entries) => 1 + entries.iter().map(|it| size(&it.value)).sum::<usize>(),
        Content::Null
        | Content::Boolean(_)
        | Content::Number(_)
        | Content::String(_)
        | Content::Plain(_) => 1,
    }
}

/// Refuses keys that are there twice, and puts in what `<<` brings along.
fn merged(entries: Vec<Entry>) -> Result<Vec<Entry>, ParseError> {
    let mut seen: HashSet<String> = HashSet::with_capacity(entries.len());
    let mut own = Vec::with_capacity(entries.len());
    let mut brought = Vec::new();
    for entry in entries {
        match (entry.key.as_str(), entry.value.content) {
            ("<<", Content::Table(more)) => brought.extend(more),
            ("<<", Content::Array(several)) => {
                for one in several {
                    if let Content::Table(more) = one.content {
                        brought.extend(more);
                    }
                }
            }
            (_, content) => {
                if !seen.insert(entry.key.clone()) {
                    return Err(ParseError::new(
                        entry.offset,
                        format!("the key `{}` is there twice", entry.key),
                    ));
                }
                let value = Value {
                    content,
                    offset: entry.value.offset,
                };
                own.push(Entry { value, ..entry });
            }
        }
    }
    for entry in brought {
        if seen.insert(entry.key.clone()) {
            own.push(entry);
        }
    }
    Ok(own)
}
