//! TOML as the reader sees it: typed values, each with its place.
//!
//! The parser limits nesting; [`parse`] limits the number of tokens, and so memory.

use std::cell::{Cell, RefCell};

use holdfast_model::Location;
use jiff::Timestamp;
use jiff::civil;
use toml_datetime::{Datetime, Offset};

use crate::error::WRITE_AGAIN;
use crate::tree::{Entry, TableId, Tree, TreeError, Value};
use crate::{LockError, LockWarning};

/// The lock as text: makes locations, and collects warnings.
pub(crate) struct Source<'i> {
    file: &'i str,
    text: &'i str,
    /// Where the last location was, so that all packages together cost one walk over the text.
    cursor: Cell<Cursor>,
    /// What was passed over, and at which byte.
    warnings: RefCell<Vec<(usize, String)>>,
}

/// More warnings than this help nobody.
const WARNINGS: usize = 1000;

#[derive(Debug, Clone, Copy)]
struct Cursor {
    offset: usize,
    line: u32,
    column: u32,
}

impl Cursor {
    const START: Self = Self {
        offset: 0,
        line: 1,
        column: 1,
    };
}

impl<'i> Source<'i> {
    pub(crate) fn new(file: &'i str, text: &'i str) -> Self {
        Self {
            file,
            text,
            cursor: Cell::new(Cursor::START),
            warnings: RefCell::new(Vec::new()),
        }
    }

    /// The place of a byte.
    pub(crate) fn location(&self, offset: usize) -> Location {
        let offset = self.text.floor_char_boundary(offset);
        let mut cursor = self.cursor.get();
        if offset < cursor.offset {
            cursor = Cursor::START;
        }
        let passed = self.text.get(cursor.offset..offset).unwrap_or_default();
        let (last_line, lines) = match passed.rfind('\n') {
            None => (passed, 0),
            Some(newline) => {
                cursor.column = 1;
                let lines = passed.bytes().filter(|byte| *byte == b'\n').count();
                (passed.get(newline + 1..).unwrap_or_default(), lines)
            }
        };
        cursor.line = cursor.line.saturating_add(saturating(lines));
        cursor.column = cursor
            .column
            .saturating_add(saturating(last_line.chars().count()));
        cursor.offset = offset;
        self.cursor.set(cursor);
        Location::new(self.file, cursor.line, cursor.column)
    }

    /// The place after the last character.
    pub(crate) fn end(&self) -> Location {
        self.location(self.text.trim_end().len())
    }

    /// An error that writing the lock again mends.
    pub(crate) fn error(&self, offset: usize, message: String) -> LockError {
        LockError {
            location: self.location(offset),
            message,
            fix: Some(WRITE_AGAIN.to_owned()),
        }
    }

    /// Notes what was passed over.
    pub(crate) fn warn(&self, offset: usize, message: String) {
        let mut warnings = self.warnings.borrow_mut();
        if warnings.len() < WARNINGS {
            warnings.push((offset, message));
        }
    }

    /// The warnings in the order of the file, so that their places, too, cost one walk.
    pub(crate) fn take_warnings(&self) -> Vec<LockWarning> {
        let mut warnings = self.warnings.take();
        warnings.sort();
        warnings
            .into_iter()
            .map(|(offset, message)| LockWarning {
                location: self.location(offset),
                message,
            })
            .collect()
    }
}

fn saturating(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Parses the whole lock.
pub(crate) fn parse<'i>(source: &Source<'i>) -> Result<Tree<'i>, LockError> {
    refuse_too_many_tokens(source)?;
    Tree::parse(source.text).map_err(|TreeError { start, message }| {
        let message = if start >= source.text.trim_end().len() {
            format!("the lock ends too early: {message}")
        } else {
            format!("this is not TOML: {message}")
        };
        source.error(start, message)
    })
}

/// The parser keeps every token: a file of brackets would take a hundred times its size. Text in
/// quotes is one token, so no lock comes near this.
fn refuse_too_many_tokens(source: &Source<'_>) -> Result<(), LockError> {
    const UNCOUNTED: usize = 2 << 20;
    const MOST: usize = 4 << 20;
    if source.text.len() <= UNCOUNTED {
        return Ok(());
    }
    let tokens = toml_parser::Source::new(source.text).lex().take(MOST + 1);
    if tokens.count() > MOST {
        return Err(source.error(0, "the file has too many parts to be a lock".to_owned()));
    }
    Ok(())
}

/// A table of the lock and the path of keys that leads to it.
#[derive(Clone, Copy)]
pub(crate) struct Table<'t> {
    source: &'t Source<'t>,
    tree: &'t Tree<'t>,
    path: &'t str,
    id: TableId,
}

/// A text of the lock and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(crate) value: &'t str,
    pub(crate) start: usize,
}

impl<'t> Table<'t> {
    /// The whole lock.
    pub(crate) fn root(source: &'t Source<'t>, tree: &'t Tree<'t>) -> Self {
        Self {
            source,
            tree,
            path: "",
            id: Tree::ROOT,
        }
    }

    pub(crate) fn source(&self) -> &'t Source<'t> {
        self.source
    }

    /// Where it begins: the byte of its header or brace.
    pub(crate) fn start(&self) -> usize {
        self.tree.table_start(self.id)
    }

    /// The key with the path that leads to it.
    pub(crate) fn name_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            format!("`{key}`")
        } else {
            format!("`{}.{key}`", self.path)
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where the value of a key begins; the table where there is none.
    pub(crate) fn start_of(&self, key: &str) -> usize {
        self.get(key).map_or_else(|| self.start(), Entry::start)
    }

    /// The keys and where each is written.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Text<'t>> + use<'t> {
        self.tree.entries(self.id).map(|entry| Text {
            value: entry.key(),
            start: entry.key_start(),
        })
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<Text<'t>>, LockError> {
        self.get(key)
            .map(|entry| self.as_text(entry, key))
            .transpose()
    }

    pub(crate) fn required_text(&self, key: &str) -> Result<Text<'t>, LockError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>, LockError> {
        let Some(entry) = self.get(key) else {
            return Ok(None);
        };
        let Value::Boolean(boolean) = entry.value() else {
            return Err(self.wrong_type(entry, key, "`true` or `false`"));
        };
        Ok(Some(*boolean))
    }

    /// A number of at least 0.
    pub(crate) fn count(&self, key: &str) -> Result<Option<u64>, LockError> {
        let wanted = "a whole number of at least 0";
        let Some(entry) = self.get(key) else {
            return Ok(None);
        };
        let Value::Integer(digits, radix) = entry.value() else {
            return Err(self.wrong_type(entry, key, wanted));
        };
        match u64::from_str_radix(digits, *radix) {
            Ok(count) => Ok(Some(count)),
            Err(_) => Err(self.wrong(entry, key, &format!("is not {wanted}: `{digits}`"))),
        }
    }

    pub(crate) fn timestamp(&self, key: &str) -> Result<Option<Timestamp>, LockError> {
        let wanted = "a date and time in UTC";
        let Some(entry) = self.get(key) else {
            return Ok(None);
        };
        let Value::Datetime(datetime) = entry.value() else {
            return Err(self.wrong_type(entry, key, wanted));
        };
        match to_timestamp(datetime) {
            Some(timestamp) => Ok(Some(timestamp)),
            None => Err(self.wrong(entry, key, &format!("is not {wanted}: `{datetime}`"))),
        }
    }

    /// The texts of an array; none where the key is absent.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<Text<'t>>, LockError> {
        self.items(key)?
            .map(|item| self.as_text(item, key))
            .collect()
    }

    /// A table below this one.
    pub(crate) fn table(&self, key: &str, path: &'t str) -> Result<Option<Self>, LockError> {
        self.get(key)
            .map(|entry| self.as_table(entry, key, path))
            .transpose()
    }

    /// The tables of an array; none where the key is absent.
    pub(crate) fn tables(&self, key: &str, path: &'t str) -> Result<Vec<Self>, LockError> {
        self.items(key)?
            .map(|item| self.as_table(item, key, path))
            .collect()
    }

    fn get(&self, key: &str) -> Option<&'t Entry<'t>> {
        self.tree.get(self.id, key)
    }

    fn items(&self, key: &str) -> Result<impl Iterator<Item = &'t Entry<'t>> + use<'t>, LockError> {
        let mut array = None;
        if let Some(entry) = self.get(key) {
            let Value::Array(id) = entry.value() else {
                return Err(self.wrong_type(entry, key, "an array"));
            };
            array = Some(*id);
        }
        let tree = self.tree;
        Ok(array.into_iter().flat_map(|array| tree.items(array)))
    }

    fn as_text(&self, entry: &'t Entry<'t>, key: &str) -> Result<Text<'t>, LockError> {
        let Value::String(text) = entry.value() else {
            return Err(self.wrong_type(entry, key, "a string"));
        };
        Ok(Text {
            value: text,
            start: entry.start(),
        })
    }

    fn as_table(&self, entry: &'t Entry<'t>, key: &str, path: &'t str) -> Result<Self, LockError> {
        let Value::Table(id) = entry.value() else {
            return Err(self.wrong_type(entry, key, "a table"));
        };
        Ok(Self {
            path,
            id: *id,
            ..*self
        })
    }

    pub(crate) fn missing(&self, key: &str) -> LockError {
        let name = self.name_of(key);
        self.source
            .error(self.start(), format!("{name} is missing"))
    }

    fn wrong_type(&self, entry: &Entry<'_>, key: &str, wanted: &str) -> LockError {
        let found = type_name(entry.value());
        self.wrong(entry, key, &format!("must be {wanted}, not {found}"))
    }

    fn wrong(&self, entry: &Entry<'_>, key: &str, problem: &str) -> LockError {
        let name = self.name_of(key);
        self.source
            .error(entry.start(), format!("{name} {problem}"))
    }
}

fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(..) => "an integer",
        Value::Float => "a float",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "an array",
        Value::Table(_) => "a table",
    }
}

/// A time without an offset is taken as UTC, which the standard says it must be.
fn to_timestamp(datetime: &Datetime) -> Option<Timestamp> {
    let date = datetime.date?;
    let time = datetime.time?;
    let offset_minutes = match datetime.offset {
        None | Some(Offset::Z) => 0,
        Some(Offset::Custom { minutes }) => minutes,
    };
    let civil = civil::DateTime::new(
        i16::try_from(date.year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
        i8::try_from(time.hour).ok()?,
        i8::try_from(time.minute).ok()?,
        // a leap second is the end of its minute
        i8::try_from(time.second.unwrap_or_default().min(59)).ok()?,
        i32::try_from(time.nanosecond.unwrap_or_default()).ok()?,
    )
    .ok()?;
    jiff::tz::Offset::from_seconds(i32::from(offset_minutes) * 60)
        .ok()?
        .to_timestamp(civil)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_those_of_a_walk_from_the_start() {
        let text = "é = 1\n\nnämé = 'x'\r\nz";
        let source = Source::new("f", text);
        for offset in [0, 3, 12, 7, 20, text.len(), 1, 999] {
            assert_eq!(
                source.location(offset),
                Location::from_offset("f", text, offset),
                "{offset}"
            );
        }
    }

    #[test]
    fn a_file_of_brackets_is_refused_before_it_is_parsed() {
        let text = "[".repeat(7 << 20);
        let error = parse(&Source::new("f", &text)).unwrap_err();
        assert!(error.message.contains("too many parts"), "{error}");
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(parse(&Source::new("f", &deep)).is_err());
    }

    #[test]
    fn times_are_read_in_utc() {
        let text = "a = 2024-05-01T12:00:00.5+02:00\nb = 2024-05-01T12:00:60\nc = 2024-05-01\n";
        let source = Source::new("f", text);
        let document = parse(&source).unwrap();
        let table = Table::root(&source, &document);
        let time = |key| table.timestamp(key).map(|time| time.unwrap().to_string());
        assert_eq!(time("a").unwrap(), "2024-05-01T10:00:00.5Z");
        assert_eq!(time("b").unwrap(), "2024-05-01T12:00:59Z");
        let error = time("c").unwrap_err();
        assert_eq!(error.location.to_string(), "f:3:5");
    }
}
