//! The version of an interpreter, found among the texts in its program or its library.

use std::collections::BTreeSet;
use std::io::{Read, Result};

/// The shortest and the longest version.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=16;
/// Of a text so many of its last bytes are looked at.
const LAST: usize = 17;
/// No more texts than this are kept.
const MOST: usize = 64;
/// Larger than any interpreter or its library.
const LARGEST: u64 = 512 << 20;
/// Bytes that are read at once.
const PIECE: usize = 128 * 1024;

/// The texts of a program that look like a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    /// Texts of their own, in their order.
    whole: Vec<String>,
    /// Ends of other texts.
    ends: BTreeSet<String>,
    /// The last bytes of the text that goes on.
    last: Vec<u8>,
    /// Whether that text is longer.
    is_longer: bool,
}

impl Versions {
    /// Reads a file to its end.
    pub(crate) fn read(file: impl Read) -> Result<Self> {
        let mut versions = Self::default();
        let mut file = file.take(LARGEST);
        let mut buffer = vec![0; PIECE];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(versions.finished());
            }
            versions.take(buffer.get(..count).unwrap_or_default());
        }
    }

    /// Takes in the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let mut texts = bytes.split(|byte| *byte == 0).peekable();
        while let Some(text) = texts.next() {
            self.go_on(text);
            if texts.peek().is_some() {
                self.end();
            }
        }
    }

    /// After the last bytes.
    pub(crate) fn finished(mut self) -> Self {
        self.end();
        self
    }

    /// The version of an interpreter whose minor version is known, or not.
    ///
    /// `PY_VERSION` is a text of its own, `3.11.7`. Linkers store a text that is the end of another
    /// only once, so that it may also be the end of a path; it counts where all such ends are the
    /// same.
    pub(crate) fn version(&self, minor: Option<&str>) -> Option<String> {
        let is_wanted = |text: &&String| is_version(text, minor);
        if let Some(found) = self.whole.iter().find(is_wanted) {
            return Some(found.clone());
        }
        let mut ends = self.ends.iter().filter(is_wanted);
        let only = ends.next()?;
        ends.next().is_none().then(|| only.clone())
    }

    fn go_on(&mut self, text: &[u8]) {
        self.last
            .extend_from_slice(text.get(text.len().saturating_sub(LAST)..).unwrap_or(text));
        let more = self.last.len().saturating_sub(LAST);
        self.is_longer |= more > 0 || text.len() > LAST;
        self.last.drain(..more);
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.last);
        let is_longer = std::mem::take(&mut self.is_longer);
        let start = text
            .iter()
            .rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+')))
            .map_or(0, |position| position + 1);
        let Some(end) = text
            .get(start..)
            .filter(|end| LENGTHS.contains(&end.len()))
            .and_then(|end| std::str::from_utf8(end).ok())
            .filter(|end| is_version(end, None))
        else {
            return;
        };
        if start > 0 || is_longer {
            if self.ends.len() < MOST {
                self.ends.insert(end.to_owned());
            }
        } else if self.whole.len() < MOST && !self.whole.iter().any(|known| known == end) {
            self.whole.push(end.to_owned());
        }
    }
}

fn is_version(text: &str, minor: Option<&str>) -> bool {
    let rest = match minor {
        Some(minor) => text
            .strip_prefix(minor)
            .and_then(|rest| rest.strip_prefix('.')),
        None => text
            .strip_prefix("3.")
            .and_then(|rest| rest.split_once('.'))
            .filter(|(minor, _)| minor.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|(_, patch)| patch),
    };
    // `7`, `0rc1`, and `7+` between two releases
    rest.is_some_and(|patch| {
        patch.starts_with(|letter: char| letter.is_ascii_digit())
            && patch
                .trim_end_matches('+')
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a' | b'b' | b'r' | b'c'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version_in(content: &[u8], minor: Option<&str>) -> Option<String> {
        Versions::read(content).unwrap().version(minor)
    }

    #[test]
    fn the_version_is_a_text_of_its_own() {
        let content = b"\x7fELF\0Python 3.11.7 x\x003.12.1\x003.11.7\x003.11\0";
        assert_eq!(version_in(content, Some("3.11")).as_deref(), Some("3.11.7"));
        assert_eq!(version_in(content, Some("3.1")), None);
        assert_eq!(version_in(content, None).as_deref(), Some("3.12.1"));
        let content = b"\x003.14.0rc2\0";
        assert_eq!(
            version_in(content, Some("3.14")).as_deref(),
            Some("3.14.0rc2")
        );
        let content = b"\0/opt/versions/3.11.7\0.222/Python-3.11.7\x003.12.1/lib\0";
        assert_eq!(version_in(content, Some("3.11")).as_deref(), Some("3.11.7"));
        assert_eq!(version_in(b"\0a/3.11.7\0b/3.11.8\0", Some("3.11")), None);
        assert_eq!(version_in(b"\0aaaaaaaaaaaaaaaaaa3.11.7\0", None), None);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_pieces_end(
            texts in prop::collection::vec("([a-z/]{0,20})?(3\\.1[12]\\.[0-9])?", 0..8),
            length in 1_usize..40,
        ) {
            let content = texts.join("\0").into_bytes();
            let mut pieces = Versions::default();
            for piece in content.chunks(length) {
                pieces.take(piece);
            }
            let pieces = pieces.finished();
            prop_assert_eq!(pieces, Versions::read(content.as_slice()).unwrap());
        }
    }
}
