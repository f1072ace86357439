//! Bytes as text: UTF-8, with or without a byte order mark, and nothing else.

use holdfast_model::Location;

use crate::ReadError;

/// The largest file that is read, in bytes: 64 MiB.
pub const SIZE_LIMIT: u64 = 64 * 1024 * 1024;

/// The text of a file.
///
/// A byte order mark is dropped. UTF-16, bytes that are not UTF-8, NUL characters and more than
/// [`SIZE_LIMIT`] bytes are errors at the place where they are seen.
pub fn decode(bytes: &[u8], file: &str) -> Result<String, ReadError> {
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(ReadError::new(
            Location::start_of(file),
            format!("the file is larger than {} MiB", SIZE_LIMIT / (1024 * 1024)),
        )
        .with_fix("split it, or keep generated data out of it"));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(
            ReadError::new(Location::start_of(file), "the file is UTF-16, not UTF-8")
                .with_fix("save it as UTF-8 (in PowerShell: `Out-File -Encoding utf8`)"),
        );
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            Some(offset) => Err(nul(text, offset, file)),
            None => Ok(text.to_owned()),
        },
        Err(error) => Err(no_utf8(bytes, error.valid_up_to(), file)),
    }
}

fn nul(text: &str, offset: usize, file: &str) -> ReadError {
    let location = Location::from_offset(file, text, offset);
    // text in UTF-16 without a byte order mark has a NUL in every second byte
    let every_second = text
        .bytes()
        .take(64)
        .skip(1)
        .step_by(2)
        .all(|byte| byte == 0);
    if every_second {
        ReadError::new(location, "the file is UTF-16, not UTF-8")
            .with_fix("save it as UTF-8 (in PowerShell: `Out-File -Encoding utf8`)")
    } else {
        ReadError::new(location, "the file is binary: it has a NUL character here")
            .with_fix("name a text file")
    }
}

fn no_utf8(bytes: &[u8], valid: usize, file: &str) -> ReadError {
    let (before, after) = bytes.split_at_checked(valid).unwrap_or((bytes, &[]));
    // what is before is UTF-8, as the decoder said
    let text = str::from_utf8(before).unwrap_or_default();
    let location = Location::from_offset(file, text, text.len());
    let control = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    if bytes.iter().take(8192).any(control) {
        return ReadError::new(location, "the file is binary, not text")
            .with_fix("name a text file");
    }
    let byte = after.first().copied().unwrap_or_default();
    ReadError::new(
        location,
        format!("the file is not UTF-8: the byte 0x{byte:02x} here begins no character"),
    )
    .with_fix("save it as UTF-8 (if it is Latin-1: `iconv -f latin1 -t utf-8`)")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(bytes: &[u8]) -> String {
        decode(bytes, "r.txt").unwrap_err().to_string()
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(
            decode(b"\xEF\xBB\xBFnumpy\r\n", "r.txt").unwrap(),
            "numpy\r\n"
        );
    }

    #[test]
    fn other_encodings_are_named() {
        assert_eq!(
            refused(b"\xFF\xFEn\0u\0"),
            "r.txt:1:1: the file is UTF-16, not UTF-8"
        );
        assert_eq!(
            refused(b"n\0u\0m\0"),
            "r.txt:1:2: the file is UTF-16, not UTF-8"
        );
        assert_eq!(
            refused(b"numpy\n# caf\xE9\n"),
            "r.txt:2:6: the file is not UTF-8: the byte 0xe9 here begins no character"
        );
        assert_eq!(
            refused(b"\x80\x02}q\x00."),
            "r.txt:1:1: the file is binary, not text"
        );
        assert_eq!(
            refused(b"ab\nc\0defgh"),
            "r.txt:2:2: the file is binary: it has a NUL character here"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_text_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, "r.txt");
        }
    }
}
