//! JSON (RFC 8259) with places, which `serde_json` does not tell. A key that is there twice has its
//! last value, as in JavaScript.

use std::collections::HashMap;

use super::{Content, DEPTH_LIMIT, Entry, ParseError, Value};

pub(super) fn parse(text: &str) -> Result<Value, ParseError> {
    let mut reader = Reader { text, offset: 0 };
    let value = reader.value(0)?;
    reader.skip_whitespace();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.unexpected("the end")),
    }
}

struct Reader<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.offset += 1;
        }
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.offset += 1;
        }
        found
    }

    fn unexpected(&self, expected: &str) -> ParseError {
        let message = match self.rest().chars().next() {
            None => format!("expected {expected}, found the end"),
            Some('/') => format!("expected {expected}; JSON has no comments"),
            Some(found) => format!("expected {expected}, found `{}`", found.escape_debug()),
        };
        ParseError::new(self.offset, message)
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.skip_whitespace();
        let offset = self.offset;
        if depth > DEPTH_LIMIT {
            return Err(ParseError::too_deep(offset));
        }
        let content = match self.peek() {
            Some(b'{') => self.table(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Content::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Content::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Value { content, offset })
    }

    fn word(&mut self) -> Result<Content, ParseError> {
        for (word, content) in [
            ("null", Content::Null),
            ("true", Content::Boolean(true)),
            ("false", Content::Boolean(false)),
        ] {
            if self.rest().starts_with(word) {
                self.offset += word.len();
                return Ok(content);
            }
        }
        Err(self.unexpected("a value"))
    }

    fn array(&mut self, depth: usize) -> Result<Content, ParseError> {
        self.offset += 1;
        let mut items = Vec::new();
        self.skip_whitespace();
        if self.eat(b']') {
            return Ok(Content::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_whitespace();
            if self.eat(b']') {
                return Ok(Content::Array(items));
            }
            if !self.eat(b',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn table(&mut self, depth: usize) -> Result<Content, ParseError> {
        self.offset += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut positions: HashMap<String, usize> = HashMap::new();
        self.skip_whitespace();
        if self.eat(b'}') {
            return Ok(Content::Table(entries));
        }
        loop {
            self.skip_whitespace();
            let offset = self.offset;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_whitespace();
            if !self.eat(b':') {
                return Err(self.unexpected("`:`"));
            }
            let value = self.value(depth + 1)?;
            let entry = Entry { key, offset, value };
            let earlier = positions.get(&entry.key).copied();
            if let Some(earlier) = earlier.and_then(|at| entries.get_mut(at)) {
                *earlier = entry;
            } else {
                positions.insert(entry.key.clone(), entries.len());
                entries.push(entry);
            }
            self.skip_whitespace();
            if self.eat(b'}') {
                return Ok(Content::Table(entries));
            }
            if !self.eat(b',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn number(&mut self) -> Result<String, ParseError> {
        let start = self.offset;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(self
            .text
            .get(start..self.offset)
            .unwrap_or_default()
            .to_owned())
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let start = self.offset;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.offset += 1;
        }
        if self.offset == start {
            return Err(self.unexpected("a digit"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, ParseError> {
        let start = self.offset;
        self.offset += 1;
        let mut content = String::new();
        loop {
            let rest = self.rest();
            let end = rest
                .find(|character: char| character < ' ' || matches!(character, '"' | '\\'))
                .ok_or_else(|| {
                    ParseError::new(start, "the text that begins here has no closing `\"`")
                })?;
            content.push_str(rest.get(..end).unwrap_or_default());
            self.offset += end;
            if self.eat(b'"') {
                return Ok(content);
            }
            if !self.eat(b'\\') {
                return Err(self.unexpected("text, in which line breaks and the like are escaped"));
            }
            content.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let error = self.unexpected("an escape such as `\\n`");
        let escape = self.peek().ok_or_else(|| error.clone())?;
        self.offset += 1;
        Ok(match escape {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(error),
        })
    }

    /// `\uXXXX`, or two of them for a character beyond the first 65,536.
    fn unicode(&mut self) -> Result<char, ParseError> {
        let start = self.offset;
        let first = self.hexadecimal()?;
        let code = if (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u") {
            self.offset += 2;
            let second = self.hexadecimal()?;
            let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
            low.map(|low| 0x10000 + ((first - 0xD800) << 10) + low)
        } else {
            Some(first)
        };
        code.and_then(char::from_u32)
            .ok_or_else(|| ParseError::new(start, "half of a character"))
    }

    fn hexadecimal(&mut self) -> Result<u32, ParseError> {
        let error = self.unexpected("four hexadecimal digits");
        let digits = self.rest().get(..4).ok_or_else(|| error.clone())?;
        let value = digits.chars().try_fold(0, |value, digit| {
            digit.to_digit(16).map(|digit| value * 16 + digit)
        });
        self.offset += digits.len();
        value.ok_or(error)
    }
}
