//! TOML 1.1 as a [`Tree`], from the events of `toml_parser`, which is what the `toml` crate itself
//! is built on.

use std::borrow::Cow;
use std::collections::HashMap;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

use super::{DEPTH_LIMIT, Index, Key, ROOT, Slice, Tree, TreeError, Value};

/// More tokens than this are refused: 24 bytes each, they are what most memory goes into. A lock of
/// 1.6 MB has 350,000.
const TOKEN_LIMIT: usize = 8_000_000;

/// Reads a TOML document.
pub(crate) fn parse(text: &str) -> Result<Tree<'_>, TreeError> {
    let source = Source::new(text);
    // a token is four bytes long on average
    let mut tokens = Vec::with_capacity((text.len() / 4).min(TOKEN_LIMIT));
    tokens.extend(source.lex().take(TOKEN_LIMIT));
    if tokens.len() == TOKEN_LIMIT {
        return Err(TreeError {
            message: format!("the file has more than {TOKEN_LIMIT} tokens"),
            offset: None,
        });
    }
    let mut first_error: Option<ParseError> = None;
    let mut builder = Builder::new(text);
    {
        let mut guard = RecursionGuard::new(&mut builder, depth_limit());
        let mut receiver = ValidateWhitespace::new(&mut guard, source);
        parse_document(&tokens, &mut receiver, &mut first_error);
    }
    let tree = builder.tree;
    match first_error {
        None => Ok(tree),
        Some(error) => Err(refused(&error)),
    }
}

fn depth_limit() -> u32 {
    u32::try_from(DEPTH_LIMIT).unwrap_or(u32::MAX)
}

fn refused(error: &ParseError) -> TreeError {
    let mut message = error.description().to_owned();
    if let Some(expected) = error.expected().filter(|expected| !expected.is_empty()) {
        let names: Vec<String> = expected.iter().map(described).collect();
        message = format!("{message}, expected {}", names.join(" or "));
    }
    TreeError {
        message,
        offset: error
            .unexpected()
            .or_else(|| error.context())
            .map(|span| span.start()),
    }
}

fn described(expected: &toml_parser::Expected) -> String {
    match expected {
        toml_parser::Expected::Literal("\n") => "a new line".to_owned(),
        toml_parser::Expected::Literal(text) => format!("`{text}`"),
        toml_parser::Expected::Description(text) => (*text).to_owned(),
        _ => "something else".to_owned(),
    }
}

/// How a table or array came to be, which decides what may still be added to it. Those that are not
/// noted are written in braces or brackets, and complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Named on the way to another table: `[a.b]` makes `a`.
    Path,
    /// By its own header.
    Header,
    /// By a dotted key.
    Dotted,
    /// `[[…]]`: the array itself.
    Tables,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    Table,
    ArrayElement,
}

const DUPLICATE: &str = "duplicate key";

/// Puts events together to a tree. What follows the first refusal is passed over: there will be no
/// tree.
struct Builder<'a> {
    text: &'a str,
    tree: Tree<'a>,
    origins: HashMap<Index, Origin>,
    /// The table that key-value pairs go to.
    current: Index,
    /// Depth of `current`.
    depth: usize,
    /// Arrays and inline tables that are open.
    open: Vec<Index>,
    /// The key being read, part by part.
    path: Vec<Key>,
    header: Option<Header>,
    /// Where the next value goes; none in an array.
    slot: Option<(Index, Key)>,
    failed: bool,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            tree: Tree::new(text),
            origins: HashMap::new(),
            current: ROOT,
            depth: 0,
            open: Vec::new(),
            path: Vec::new(),
            header: None,
            slot: None,
            failed: false,
        }
    }

    fn refuse(&mut self, error: &mut dyn ErrorSink, message: &'static str, span: Span) {
        self.failed = true;
        error.report_error(ParseError::new(message).with_unexpected(span));
    }

    fn raw(&self, span: Span, encoding: Option<Encoding>) -> Raw<'a> {
        let text = self.text.get(span.start()..span.end()).unwrap_or_default();
        Raw::new_unchecked(text, encoding, span)
    }

    /// The inside of a string that means what it says.
    fn verbatim(&self, span: Span, encoding: Option<Encoding>) -> Option<Slice> {
        let quote = match encoding? {
            Encoding::BasicString => b'"',
            Encoding::LiteralString => b'\'',
            Encoding::MlBasicString | Encoding::MlLiteralString => return None,
        };
        let (start, end) = (span.start() + 1, span.end().checked_sub(1)?);
        let inside = self.text.as_bytes().get(start..end)?;
        let special = inside.iter().fold(false, |special, byte| {
            special || *byte < 0x20 || *byte == b'\\' || *byte == 0x7f
        });
        let closed = self.text.as_bytes().get(end) == Some(&quote);
        (closed && !special).then(|| Slice::Borrowed(offset_of(start), offset_of(end)))
    }

    /// Adds a value where the document is.
    fn add(&mut self, value: Value, span: Span, error: &mut dyn ErrorSink) -> Option<Index> {
        let offset = offset_of(span.start());
        match self.slot.take() {
            Some((table, key)) => match self.tree.insert(table, key, value, offset) {
                Ok(index) => Some(index),
                Err(_) => {
                    let at = Span::new_unchecked(key.offset as usize, span.start());
                    self.refuse(error, DUPLICATE, at);
                    None
                }
            },
            None => {
                let array = self.open.last()?;
                Some(self.tree.push(*array, value, offset))
            }
        }
    }

    fn open_container(&mut self, value: Value, span: Span, error: &mut dyn ErrorSink) {
        if !self.failed
            && let Some(index) = self.add(value, span, error)
        {
            self.open.push(index);
        }
    }

    fn origin(&self, index: Index) -> Option<Origin> {
        self.origins.get(&index).copied()
    }

    /// The child of a table, or a new one.
    fn find_or_make(&mut self, table: Index, key: Key, value: Value, origin: Origin) -> Found {
        if let Some(found) = self.tree.find(table, self.tree.str(key.slice)) {
            return Found::There(found, self.origin(found));
        }
        match self.tree.insert(table, key, value, key.offset) {
            Ok(made) => {
                self.origins.insert(made, origin);
                Found::Made(made)
            }
            // it was looked for just now
            Err(_) => Found::There(table, None),
        }
    }

    /// The table that a part of a header leads to.
    fn step(&mut self, table: Index, key: Key) -> Result<Index, &'static str> {
        match self.find_or_make(table, key, Value::TABLE, Origin::Path) {
            Found::Made(made) => Ok(made),
            Found::There(array, Some(Origin::Tables)) => {
                self.tree.last(array).ok_or("the array has no table")
            }
            Found::There(table, Some(Origin::Path | Origin::Header | Origin::Dotted)) => Ok(table),
            Found::There(_, None) => Err("cannot extend what is complete, or no table"),
        }
    }

    fn enter_table(&mut self, table: Index, key: Key) -> Result<Index, &'static str> {
        match self.find_or_make(table, key, Value::TABLE, Origin::Header) {
            Found::Made(made) => Ok(made),
            Found::There(found, Some(Origin::Path)) => {
                self.origins.insert(found, Origin::Header);
                Ok(found)
            }
            Found::There(..) => Err(DUPLICATE),
        }
    }

    fn enter_element(&mut self, table: Index, key: Key) -> Result<Index, &'static str> {
        match self.find_or_make(table, key, Value::ARRAY, Origin::Tables) {
            Found::Made(array) | Found::There(array, Some(Origin::Tables)) => {
                Ok(self.tree.push(array, Value::TABLE, key.offset))
            }
            Found::There(..) => Err(DUPLICATE),
        }
    }

    /// The table that a part of a dotted key leads to.
    fn dotted(&mut self, table: Index, key: Key) -> Result<Index, &'static str> {
        match self.find_or_make(table, key, Value::TABLE, Origin::Dotted) {
            Found::Made(found) | Found::There(found, Some(Origin::Dotted | Origin::Path)) => {
                Ok(found)
            }
            Found::There(..) => Err("cannot extend a table that is defined elsewhere"),
        }
    }

    /// Makes the table that a header names the current one.
    fn header(&mut self, path: &[Key]) -> Result<Index, &'static str> {
        let (last, before) = path.split_last().ok_or("a header without a name")?;
        if path.len() > DEPTH_LIMIT {
            return Err(TOO_DEEP);
        }
        let mut table = ROOT;
        for key in before {
            table = self.step(table, *key)?;
        }
        match self.header.take() {
            Some(Header::ArrayElement) => self.enter_element(table, *last),
            Some(Header::Table) | None => self.enter_table(table, *last),
        }
    }

    fn finish_header(&mut self, span: Span, error: &mut dyn ErrorSink) {
        if self.failed {
            return;
        }
        let path = std::mem::take(&mut self.path);
        self.depth = path.len();
        self.slot = None;
        match self.header(&path) {
            Ok(table) => self.current = table,
            Err(message) => self.refuse(error, message, span),
        }
    }

    /// Where the value under a key goes.
    fn slot(&mut self, path: &[Key]) -> Result<(Index, Key), &'static str> {
        let (last, before) = path.split_last().ok_or("a value without a key")?;
        if self.depth + self.open.len() + path.len() > DEPTH_LIMIT {
            return Err(TOO_DEEP);
        }
        let mut table = self.open.last().copied().unwrap_or(self.current);
        for key in before {
            table = self.dotted(table, *key)?;
        }
        Ok((table, *last))
    }
}

const TOO_DEEP: &str = "tables are nested too deeply";

enum Found {
    Made(Index),
    There(Index, Option<Origin>),
}

fn offset_of(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.path.clear();
        self.open.clear();
        self.header = Some(Header::Table);
    }

    fn std_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.finish_header(span, error);
    }

    fn array_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.path.clear();
        self.open.clear();
        self.header = Some(Header::ArrayElement);
    }

    fn array_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.finish_header(span, error);
    }

    fn inline_table_open(&mut self, span: Span, error: &mut dyn ErrorSink) -> bool {
        self.open_container(Value::TABLE, span, error);
        true
    }

    fn inline_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.open.pop();
    }

    fn array_open(&mut self, span: Span, error: &mut dyn ErrorSink) -> bool {
        self.open_container(Value::ARRAY, span, error);
        true
    }

    fn array_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.open.pop();
    }

    fn simple_key(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let offset = offset_of(span.start());
        let slice = self.verbatim(span, kind).unwrap_or_else(|| {
            let mut decoded = Cow::Borrowed("");
            self.raw(span, kind).decode_key(&mut decoded, error);
            if kind.is_none() {
                Slice::Borrowed(offset, offset_of(span.end()))
            } else {
                self.tree.keep(decoded.into_owned())
            }
        });
        self.path.push(Key { slice, offset });
    }

    fn key_val_sep(&mut self, span: Span, error: &mut dyn ErrorSink) {
        if self.failed {
            return;
        }
        let mut path = std::mem::take(&mut self.path);
        match self.slot(&path) {
            Ok(slot) => self.slot = Some(slot),
            Err(message) => self.refuse(error, message, span),
        }
        path.clear();
        // its memory serves the next key
        self.path = path;
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        if self.failed {
            return;
        }
        if let Some(slice) = self.verbatim(span, kind) {
            self.add(Value::String(slice), span, error);
            return;
        }
        let mut decoded = Cow::Borrowed("");
        let kind = self.raw(span, kind).decode_scalar(&mut decoded, error);
        let value = match kind {
            ScalarKind::String => Some(Value::String(self.tree.keep(decoded.into_owned()))),
            ScalarKind::Boolean(truth) => Some(Value::Boolean(truth)),
            ScalarKind::DateTime => Some(Value::Datetime(self.tree.keep(decoded.into_owned()))),
            ScalarKind::Float => decoded.parse().ok().map(Value::Float),
            ScalarKind::Integer(radix) => i64::from_str_radix(&decoded, radix.value())
                .ok()
                .map(Value::Integer),
        };
        match value {
            Some(value) => {
                self.add(value, span, error);
            }
            None => self.refuse(error, "the number is too large", span),
        }
    }
}
