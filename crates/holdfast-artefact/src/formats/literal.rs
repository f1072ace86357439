//! Literals of Python, as NumPy writes them into the header of an array: texts, numbers, tuples,
//! lists and dictionaries. Bounded in depth; nothing is evaluated.

use std::fmt;

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// `'<f8'`.
    Text(String),
    /// A number that is not negative.
    Number(u64),
    /// A tuple or a list.
    Sequence(Vec<Literal>),
    /// A dictionary, in its order.
    Dict(Vec<(Literal, Literal)>),
    /// `None`, `True`, a negative number.
    Other(String),
}

impl Literal {
    /// Whether it is this text.
    pub(super) fn is_text(&self, text: &str) -> bool {
        matches!(self, Self::Text(own) if own == text)
    }

    /// A sequence of numbers.
    pub(super) fn numbers(&self) -> Option<Vec<u64>> {
        let Self::Sequence(items) = self else {
            return None;
        };
        let number = |item: &Self| match item {
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Sequence(_) | Self::Dict(_) | Self::Other(_) => None,
        };
        items.iter().map(number).collect()
    }
}

/// As it is written, but with one kind of bracket and quote; a text alone without quotes.
impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Other(text) => formatter.write_str(text),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Sequence(items) => {
                formatter.write_str("(")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        formatter.write_str(", ")?;
                    }
                    write!(formatter, "{item}")?;
                }
                formatter.write_str(")")
            }
            Self::Dict(_) => formatter.write_str("{…}"),
        }
    }
}

/// How deep brackets may lie in one another.
const DEPTH: usize = 32;

/// Parses one literal with nothing but space around it; an error is one line.
pub(super) fn parse(bytes: &[u8]) -> Result<Literal, String> {
    let mut parser = Parser { bytes, at: 0 };
    let literal = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(literal),
        Some(_) => Err(parser.error("nothing more")),
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_whitespace() || byte == 0)
        {
            self.at += 1;
        }
    }

    fn error(&self, wanted: &str) -> String {
        format!("the header has {wanted} at byte {} of it", self.at)
            .replace("has nothing more", "goes on")
    }

    fn value(&mut self, depth: usize) -> Result<Literal, String> {
        if depth > DEPTH {
            return Err(format!(
                "brackets lie more than {DEPTH} deep in one another"
            ));
        }
        self.space();
        match self.peek() {
            Some(b'(') => self.sequence(b')', depth),
            Some(b'[') => self.sequence(b']', depth),
            Some(b'{') => self.dict(depth),
            Some(b'\'' | b'"') => self.text(),
            Some(byte) if byte.is_ascii_alphanumeric() || byte == b'-' => Ok(self.word()),
            _ => Err(self.error("no value")),
        }
    }

    fn sequence(&mut self, end: u8, depth: usize) -> Result<Literal, String> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.space();
            if self.peek() == Some(end) {
                self.at += 1;
                return Ok(Literal::Sequence(items));
            }
            items.push(self.value(depth + 1)?);
            self.comma(end)?;
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Literal, String> {
        let mut entries = Vec::new();
        self.at += 1;
        loop {
            self.space();
            if self.peek() == Some(b'}') {
                self.at += 1;
                return Ok(Literal::Dict(entries));
            }
            let key = self.value(depth + 1)?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.error("no colon"));
            }
            self.at += 1;
            entries.push((key, self.value(depth + 1)?));
            self.comma(b'}')?;
        }
    }

    /// Passes a comma; the end of the brackets stays.
    fn comma(&mut self, end: u8) -> Result<(), String> {
        self.space();
        match self.peek() {
            Some(b',') => self.at += 1,
            Some(byte) if byte == end => {}
            _ => return Err(self.error("no comma")),
        }
        Ok(())
    }

    fn text(&mut self) -> Result<Literal, String> {
        let quote = self.peek();
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.peek() else {
                return Err(self.error("no end of a text"));
            };
            self.at += 1;
            match byte {
                _ if Some(byte) == quote => break,
                b'\\' => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                _ => text.push(byte),
            }
        }
        Ok(Literal::Text(String::from_utf8_lossy(&text).into_owned()))
    }

    /// A number or a name; Python 2 wrote `3L`.
    fn word(&mut self) -> Literal {
        let start = self.at;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        while self.peek().is_some_and(is_part) {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        let word = String::from_utf8_lossy(word).into_owned();
        match word.strip_suffix('L').unwrap_or(&word).parse() {
            Ok(number) => Literal::Number(number),
            Err(_) => Literal::Other(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read() {
        let parsed = parse(b"{'a': (1, 2L,), \"b\": [None, -3, 'it\\'s'], }  \n").unwrap();
        let Literal::Dict(entries) = parsed else {
            panic!("no dictionary");
        };
        assert_eq!(entries[0].1.numbers(), Some(vec![1, 2]));
        assert_eq!(entries[1].1.to_string(), "(None, -3, it's)");
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in [
            "",
            "(",
            "(1",
            "{1",
            "{1:",
            "'a",
            "1 2",
            "(1 2)",
            "{1:2 3:4}",
            "f()",
            "'\\",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
    }
}
