//! Bytes → text, with an answer for every file that is no text.

use holdfast_model::Location;

use crate::LockError;
use crate::error::WRITE_AGAIN;

/// Locks are text of some hundred kilobytes; what is larger than this many bytes is no lock.
const LIMIT: usize = 32 << 20;

/// The text of a lock. A byte order mark of UTF-8 is left out.
pub(crate) fn text<'b>(bytes: &'b [u8], file: &str) -> Result<&'b str, LockError> {
    let start = Location::start_of(file);
    if bytes.len() > LIMIT {
        return Err(LockError {
            location: start,
            message: format!(
                "the file has {} MiB, and a lock has no more than {}",
                bytes.len() >> 20,
                LIMIT >> 20
            ),
            fix: Some("check that this file is a lock".to_owned()),
        });
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(LockError {
            location: start,
            message: "the file is UTF-16, and TOML is UTF-8".to_owned(),
            fix: Some("save the file as UTF-8".to_owned()),
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (valid, problem) = match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text),
            Some(offset) => (text, Some((offset, 0))),
        },
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            let valid = std::str::from_utf8(valid).unwrap_or_default();
            (valid, rest.first().map(|byte| (valid.len(), *byte)))
        }
    };
    let (offset, byte) = problem.unwrap_or((0, 0));
    let is_binary = bytes.iter().take(4096).any(|byte| *byte == 0);
    Err(LockError {
        location: Location::from_offset(file, valid, offset),
        message: if is_binary {
            "the file is binary, not a lock".to_owned()
        } else {
            format!("the byte 0x{byte:02x} is no UTF-8, and TOML is UTF-8")
        },
        fix: Some(if is_binary {
            WRITE_AGAIN.to_owned()
        } else {
            "save the file as UTF-8".to_owned()
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, expected) in [
            (&b"\xff\xfea\0"[..], "pylock.toml:1:1: the file is UTF-16"),
            (b"\0a", "pylock.toml:1:1: the file is binary"),
            (b"a = 1\n\0\0", "pylock.toml:2:1: the file is binary"),
            (b"\x7fELF\0\0\xff", "pylock.toml:1:7: the file is binary"),
            (b"x = 'a\xe9'", "pylock.toml:1:7: the byte 0xe9 is no UTF-8"),
        ] {
            let error = text(bytes, "pylock.toml").unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
            assert!(error.fix.is_some());
        }
        assert_eq!(text(b"\xef\xbb\xbfa = 1", "x").unwrap(), "a = 1");
    }

    #[test]
    fn a_huge_file_is_refused_unread() {
        let error = text(&vec![b'['; LIMIT + 1], "pylock.toml").unwrap_err();
        assert!(error.message.contains("32"), "{error}");
    }
}
