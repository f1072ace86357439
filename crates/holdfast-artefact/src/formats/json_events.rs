//! JSON (RFC 8259) as events, with the `NaN` and `Infinity` of Python and XGBoost.

use super::bytes::{Bytes, Fault, Parsed};
use super::events::{DEPTH, Event, Events, LONGEST_TEXT, Scalar};

/// A JSON document that is read.
pub(super) struct JsonEvents<'a> {
    bytes: Bytes<'a>,
    /// The brackets that are open.
    open: Vec<u8>,
    expected: Expected,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    /// The first item, or the end.
    First,
    /// A comma, or the end.
    Next,
}

/// The longest number or word.
const LONGEST_WORD: usize = 64;

impl<'a> JsonEvents<'a> {
    /// The value that begins at the place of `bytes`.
    pub(super) fn new(bytes: Bytes<'a>) -> Self {
        Self {
            bytes,
            open: Vec::new(),
            expected: Expected::Value,
        }
    }

    /// The next byte that is no space; it stays.
    fn peek(&mut self) -> Parsed<Option<u8>> {
        while let Some(byte) = self.bytes.peek()? {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(Some(byte));
            }
            self.bytes.consume(1);
        }
        Ok(None)
    }

    fn key(&mut self) -> Parsed<Event> {
        if self.peek()? != Some(b'"') {
            return Err(wrong());
        }
        let key = self.text()?;
        if self.peek()? != Some(b':') {
            return Err(wrong());
        }
        self.bytes.consume(1);
        self.expected = Expected::Value;
        Ok(Event::Key(key))
    }

    fn value(&mut self) -> Parsed<Event> {
        let byte = self.peek()?.ok_or_else(Fault::truncated)?;
        match byte {
            b'{' | b'[' => {
                if self.open.len() >= DEPTH {
                    let what = format!("values lie more than {DEPTH} deep in one another");
                    return Err(Fault::limit(what));
                }
                self.bytes.consume(1);
                self.open.push(byte);
                self.expected = Expected::First;
                Ok(if byte == b'{' {
                    Event::Object
                } else {
                    Event::Array
                })
            }
            b'"' => {
                let text = self.text()?;
                self.expected = Expected::Next;
                Ok(Event::Value(Scalar::Text(text)))
            }
            _ => {
                let word = self.word()?;
                self.expected = Expected::Next;
                Ok(Event::Value(word))
            }
        }
    }

    fn word(&mut self) -> Parsed<Scalar> {
        let mut word = String::new();
        while let Some(byte) = self.bytes.peek()? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')) {
                break;
            }
            if word.len() >= LONGEST_WORD {
                return Err(wrong());
            }
            word.push(char::from(byte));
            self.bytes.consume(1);
        }
        match word.as_str() {
            "true" => return Ok(Scalar::Word("true")),
            "false" => return Ok(Scalar::Word("false")),
            "null" => return Ok(Scalar::Word("null")),
            _ => {}
        }
        let unsigned = word.strip_prefix('-').unwrap_or(&word);
        let is_number = unsigned.starts_with(|first: char| first.is_ascii_digit());
        if is_number || matches!(unsigned, "NaN" | "Infinity" | "nan" | "inf") {
            return Ok(Scalar::Number(word));
        }
        Err(wrong())
    }

    /// A text behind its quote.
    fn text(&mut self) -> Parsed<String> {
        self.bytes.consume(1);
        let mut text = Vec::new();
        loop {
            let ready = self.bytes.ready()?;
            if ready.is_empty() {
                return Err(Fault::truncated());
            }
            let end = ready.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            let plain = ready.get(..end.unwrap_or(ready.len())).unwrap_or_default();
            let room = LONGEST_TEXT.saturating_sub(text.len()).min(plain.len());
            text.extend_from_slice(plain.get(..room).unwrap_or_default());
            let count = plain.len();
            self.bytes.consume(count);
            if end.is_none() {
                continue;
            }
            if self.bytes.byte()? == b'"' {
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
            let character = self.escaped()?;
            if text.len() < LONGEST_TEXT {
                let mut encoded = [0; 4];
                text.extend_from_slice(character.encode_utf8(&mut encoded).as_bytes());
            }
        }
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Parsed<char> {
        Ok(match self.bytes.byte()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'u' => {
                let high = self.hexadecimal()?;
                let ready = self.bytes.peek()?;
                if (0xd800..0xdc00).contains(&high) && ready == Some(b'\\') {
                    return self.surrogate(high);
                }
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(wrong()),
        })
    }

    fn surrogate(&mut self, high: u32) -> Parsed<char> {
        self.bytes.consume(1);
        if self.bytes.peek()? != Some(b'u') {
            // the escape that follows is another character; the lone half is dropped
            return self.escaped_once();
        }
        self.bytes.consume(1);
        let low = self.hexadecimal()?;
        let code = if (0xdc00..0xe000).contains(&low) {
            0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        } else {
            low
        };
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn escaped_once(&mut self) -> Parsed<char> {
        match self.bytes.peek()? {
            Some(b'u') | None => Err(wrong()),
            Some(_) => self.escaped(),
        }
    }

    fn hexadecimal(&mut self) -> Parsed<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.bytes.byte()?;
            let digit = char::from(byte).to_digit(16);
            code = code << 4 | digit.ok_or_else(wrong)?;
        }
        Ok(code)
    }

    /// Passes over everything until as many brackets are closed as were opened.
    fn skip_brackets(&mut self) -> Parsed<()> {
        let mut depth = 0_u64;
        loop {
            let ready = self.bytes.ready()?;
            if ready.is_empty() {
                return Err(Fault::truncated());
            }
            let mut quote = false;
            let mut count = 0;
            for byte in ready {
                count += 1;
                match byte {
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            break;
                        }
                    }
                    b'"' => {
                        quote = true;
                        count -= 1;
                        break;
                    }
                    _ => {}
                }
            }
            self.bytes.consume(count);
            if quote {
                self.text()?;
            } else if depth == 0 {
                return Ok(());
            }
        }
    }
}

fn wrong() -> Fault {
    Fault::malformed("it is no JSON")
}

impl Events for JsonEvents<'_> {
    fn next(&mut self) -> Parsed<Option<Event>> {
        let bracket = self.open.last().copied();
        if self.expected == Expected::Value {
            return self.value().map(Some);
        }
        let Some(bracket) = bracket else {
            return Ok(None);
        };
        let byte = self.peek()?.ok_or_else(Fault::truncated)?;
        if byte == if bracket == b'{' { b'}' } else { b']' } {
            self.bytes.consume(1);
            self.open.pop();
            self.expected = Expected::Next;
            return Ok(Some(Event::End));
        }
        if self.expected == Expected::Next {
            if byte != b',' {
                return Err(wrong());
            }
            self.bytes.consume(1);
        }
        if bracket == b'{' {
            return self.key().map(Some);
        }
        self.value().map(Some)
    }

    fn skip(&mut self) -> Parsed<()> {
        match self.peek()? {
            Some(b'{' | b'[') => self.skip_brackets()?,
            Some(b'"') => drop(self.text()?),
            _ => drop(self.word()?),
        }
        self.expected = Expected::Next;
        Ok(())
    }

    fn position(&self) -> u64 {
        self.bytes.position()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn events(text: &[u8]) -> Parsed<Vec<Event>> {
        let mut source = Cursor::new(text);
        let mut events = JsonEvents::new(Bytes::new(&mut source)?);
        let mut found = Vec::new();
        while let Some(event) = events.next()? {
            found.push(event);
        }
        Ok(found)
    }

    #[test]
    fn texts_are_unescaped() {
        let found = events(br#"["a\"\\\/\u00e9\ud83d\ude00\n", "\ud83d"]"#).unwrap();
        let text = |text: &str| Event::Value(Scalar::Text(text.to_owned()));
        assert_eq!(
            found,
            [
                Event::Array,
                text("a\"\\/é😀\n"),
                text("\u{fffd}"),
                Event::End
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for text in [
            "",
            "{",
            "[1",
            "[1 2]",
            "{1:2}",
            "{\"a\"}",
            "{\"a\":}",
            "\"a",
            "[nul]",
            "[\"\\x\"]",
            "[,]",
            "[1}",
            "{\"a\":1,}",
        ] {
            assert!(events(text.as_bytes()).is_err(), "{text}");
        }
        assert!(events("[".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn texts_longer_than_is_kept_are_cut() {
        let text = format!("\"{}\"", "x".repeat(1_000_000));
        let found = events(text.as_bytes()).unwrap();
        let Event::Value(Scalar::Text(text)) = &found[0] else {
            panic!("no text");
        };
        assert_eq!(text.len(), LONGEST_TEXT);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_text_ends(text in r#"[\[\]{}",:a1\\u \n]{0,64}"#) {
            let _ = events(text.as_bytes());
        }
    }
}
