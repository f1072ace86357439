//! `integrity` of npm: hashes as Subresource Integrity (SRI) writes them, in Base64.

use holdfast_model::{Digest, HashAlgorithm};

/// The digests of an `integrity` text: `sha512-…` and others, divided by whitespace.
pub(crate) fn digests(integrity: &str) -> Vec<Digest> {
    integrity
        .split_ascii_whitespace()
        .filter_map(digest)
        .collect()
}

fn digest(text: &str) -> Option<Digest> {
    let (algorithm, value) = text.split_once('-')?;
    let algorithm: HashAlgorithm = algorithm.parse().ok()?;
    // what follows a question mark is an option
    let value = value.split('?').next()?;
    let hex = hexadecimal(value)?;
    Digest::new(algorithm, &hex).ok()
}

/// Base64 as hexadecimal; nothing for what is no Base64 or too long for any hash.
fn hexadecimal(base64: &str) -> Option<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let text = base64.trim_end_matches('=');
    if text.len() > 100 {
        return None;
    }
    let mut hex = String::with_capacity(text.len() * 3 / 2);
    let mut bits: u32 = 0;
    let mut count = 0;
    for byte in text.bytes() {
        bits = (bits << 6) | sextet(byte)?;
        count += 6;
        while count >= 4 {
            count -= 4;
            let digit = DIGITS.get((bits >> count) as usize & 0xf)?;
            hex.push(char::from(*digit));
        }
        bits &= (1 << count) - 1;
    }
    // the bits that are left over fill up the last character
    if hex.len() % 2 == 1 {
        hex.pop();
    }
    Some(hex)
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integrity_is_read_as_digests() {
        let digests = digests(
            "sha1-tSQ9jz7BqjXxNkYFvA0QNuMKtp8= sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==?opt md4-AAAA sha1-?",
        );
        let written: Vec<String> = digests.iter().map(ToString::to_string).collect();
        assert_eq!(
            written,
            [
                "sha1:b5243d8f3ec1aa35f1364605bc0d1036e30ab69f",
                // of no bytes at all
                "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
                 47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_left_out(text in "(sha1|sha512)-[A-Za-z0-9+/=é -]{0,100}") {
            let _ = digests(&text);
        }
    }
}
