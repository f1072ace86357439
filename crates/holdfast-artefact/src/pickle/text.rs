//! Text as a pickle's opcodes write it.

/// How an opcode writes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, surrogates admitted.
    Utf8,
    /// One byte for each character.
    Latin1,
    /// A quoted Python literal (`STRING`).
    Quoted,
    /// Latin-1 with `\u` and `\U` escapes (`UNICODE`).
    RawUnicodeEscape,
}

/// The text; what cannot be decoded is replaced.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Latin1 => latin1(bytes),
        Encoding::Quoted => escaped(unquoted(bytes)),
        Encoding::RawUnicodeEscape => raw_unicode(bytes),
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Without the quotes around it, and white space around those.
fn unquoted(bytes: &[u8]) -> &[u8] {
    match bytes.trim_ascii() {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        other => other,
    }
}

/// With the escapes of a Python bytes literal replaced.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            text.push(char::from(byte));
            continue;
        }
        match rest.next() {
            Some(b'n') => text.push('\n'),
            Some(b't') => text.push('\t'),
            Some(b'r') => text.push('\r'),
            Some(b'a') => text.push('\x07'),
            Some(b'b') => text.push('\x08'),
            Some(b'f') => text.push('\x0c'),
            Some(b'v') => text.push('\x0b'),
            Some(b'x') => text.push(number(&mut rest, 16, 2, 0)),
            Some(digit @ b'0'..=b'7') => {
                text.push(number(&mut rest, 8, 2, u32::from(digit - b'0')));
            }
            Some(b'\n') | None => {}
            Some(other @ (b'\\' | b'\'' | b'"')) => text.push(char::from(other)),
            Some(other) => text.extend(['\\', char::from(other)]),
        }
    }
    text
}

fn raw_unicode(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match (byte, rest.peek()) {
            (b'\\', Some(b'u')) => {
                rest.next();
                text.push(number(&mut rest, 16, 4, 0));
            }
            (b'\\', Some(b'U')) => {
                rest.next();
                text.push(number(&mut rest, 16, 8, 0));
            }
            _ => text.push(char::from(byte)),
        }
    }
    text
}

/// The character whose number goes on with up to `most` digits.
fn number(
    rest: &mut std::iter::Peekable<impl Iterator<Item = u8>>,
    radix: u32,
    most: usize,
    start: u32,
) -> char {
    let mut value = start;
    for _ in 0..most {
        let Some(digit) = rest
            .peek()
            .and_then(|byte| char::from(*byte).to_digit(radix))
        else {
            break;
        };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        rest.next();
    }
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_hide_a_name() {
        assert_eq!(decode(br"'\x6f\163'", Encoding::Quoted), "os");
        assert_eq!(
            decode(br"\u006f\U00000073", Encoding::RawUnicodeEscape),
            "os"
        );
        assert_eq!(decode(br#""it's \\ \q""#, Encoding::Quoted), r"it's \ \q");
        assert_eq!(decode(&[0xe9], Encoding::Latin1), "é");
    }

    proptest::proptest! {
        #[test]
        fn decoding_never_panics(bytes: Vec<u8>) {
            for encoding in [Encoding::Utf8, Encoding::Latin1, Encoding::Quoted, Encoding::RawUnicodeEscape] {
                decode(&bytes, encoding);
            }
        }
    }
}
