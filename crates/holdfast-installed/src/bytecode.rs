//! Whether a compiled file belongs to its source, by its header (PEP 3147, PEP 552).
//!
//! The code itself is not compared: compiling again does not always give the same bytes.

use crate::stat::Stat;

/// Length of the header.
pub(crate) const HEADER: usize = 16;

/// A compiled file's name, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compiled<'a> {
    /// The path of the source.
    pub(crate) source: String,
    /// `cpython-311`.
    pub(crate) tag: &'a str,
}

/// Which source a compiled file in `__pycache__` belongs to; nothing for another kind of file.
pub(crate) fn compiled(path: &str) -> Option<Compiled<'_>> {
    let (directory, name) = path.rsplit_once('/')?;
    let parent = directory.strip_suffix("__pycache__")?;
    if !(parent.is_empty() || parent.ends_with('/')) {
        return None;
    }
    let stem = name.strip_suffix(".pyc")?;
    let start = ["cpython-", "pypy3"]
        .iter()
        .filter_map(|kind| stem.rfind(&format!(".{kind}")))
        .max()?;
    let (module, tag) = stem.split_at(start);
    let tag = tag.trim_start_matches('.');
    // `cpython-311.opt-1`, and `cpython-311-pytest-8.0.0` of a test runner
    let length = tag
        .char_indices()
        .skip("cpython-".len())
        .find(|(_, letter)| !letter.is_ascii_digit())
        .map_or(tag.len(), |(position, _)| position);
    Some(Compiled {
        source: format!("{parent}{module}.py"),
        tag: tag.get(..length).unwrap_or(tag),
    })
}

/// In which respect a compiled file does not belong to its source; nothing where it does.
///
/// `source` gives the text of the source; it is asked only of files that name its hash.
pub(crate) fn mismatch(
    header: &[u8],
    tag: &str,
    stat: &Stat,
    source: impl FnOnce() -> std::io::Result<Vec<u8>>,
) -> Option<String> {
    let word = |position: usize| -> Option<[u8; 4]> {
        header.get(position..position + 4)?.try_into().ok()
    };
    let (Some(magic), Some(flags), Some(first), Some(second)) =
        (word(0), word(4), word(8), word(12))
    else {
        return Some("it is cut off".to_owned());
    };
    if let Some(expected) = magic_of(tag)
        && magic != expected
    {
        return Some("it was compiled by another version of Python than its name says".to_owned());
    }
    match u32::from_le_bytes(flags) {
        0 => {
            // both are kept in 32 bits, whatever the file's
            let low = |number: u64| number.to_le_bytes().first_chunk::<4>().copied();
            let modified = low(stat.modified_seconds().cast_unsigned());
            if Some(second) != low(stat.size) {
                Some("it was compiled from a source of another size".to_owned())
            } else if Some(first) != modified {
                Some("it was compiled from a source of another time".to_owned())
            } else {
                None
            }
        }
        1 | 3 => {
            let named = [first, second].concat();
            let key = u64::from(u32::from_le_bytes(magic));
            let text = match source() {
                Ok(text) => text,
                // of an image, sources are not kept, so that nothing tells against it
                Err(error) if error.kind() == std::io::ErrorKind::Unsupported => return None,
                Err(error) => return Some(format!("its source cannot be read: {error}")),
            };
            let belongs = [1, 2]
                .iter()
                .any(|rounds| siphash(key, &text, *rounds).to_le_bytes() == *named);
            (!belongs).then(|| "it was compiled from a source of another hash".to_owned())
        }
        _ => Some("its header has flags that no Python writes".to_owned()),
    }
}

/// The magic number that the final releases of a CPython write.
fn magic_of(tag: &str) -> Option<[u8; 4]> {
    let number: u16 = match tag {
        "cpython-37" => 3394,
        "cpython-38" => 3413,
        "cpython-39" => 3425,
        "cpython-310" => 3439,
        "cpython-311" => 3495,
        "cpython-312" => 3531,
        "cpython-313" => 3571,
        "cpython-314" => 3627,
        _ => return None,
    };
    let [low, high] = number.to_le_bytes();
    Some([low, high, b'\r', b'\n'])
}

/// `SipHash` with `rounds` compression rounds (1 since CPython 3.11, 2 before) and one more than
/// twice that for finalisation, as `_imp.source_hash` computes it: the key's upper half is 0.
fn siphash(key: u64, text: &[u8], rounds: usize) -> u64 {
    let mut state = [
        key ^ 0x736f_6d65_7073_6575,
        0x646f_7261_6e64_6f6d,
        key ^ 0x6c79_6765_6e65_7261,
        0x7465_6462_7974_6573,
    ];
    let mut absorb = |word: u64| {
        let [_, _, _, last] = &mut state;
        *last ^= word;
        for _ in 0..rounds {
            round(&mut state);
        }
        let [first, ..] = &mut state;
        *first ^= word;
    };
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        absorb(u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let length = (text.len() as u64) << 56;
    absorb(u64::from_le_bytes(last) | length);
    let [_, _, third, _] = &mut state;
    *third ^= 0xff;
    for _ in 0..(2 + rounds) {
        round(&mut state);
    }
    state.iter().fold(0, |hash, word| hash ^ word)
}

fn round([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *c = c.wrapping_add(*d);
    *b = b.rotate_left(13) ^ *a;
    *d = d.rotate_left(16) ^ *c;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*b);
    *a = a.wrapping_add(*d);
    *b = b.rotate_left(17) ^ *c;
    *d = d.rotate_left(21) ^ *a;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_compiled_file_is_told_by_its_name() {
        let name = |path| compiled(path).map(|compiled| (compiled.source, compiled.tag.to_owned()));
        let of = |source: &str, tag: &str| Some((source.to_owned(), tag.to_owned()));
        assert_eq!(
            name("a/__pycache__/b.cpython-311.pyc"),
            of("a/b.py", "cpython-311")
        );
        assert_eq!(
            name("__pycache__/b.c.cpython-311.opt-1.pyc"),
            of("b.c.py", "cpython-311")
        );
        assert_eq!(
            name("a/__pycache__/t.cpython-39-pytest-8.0.0.pyc"),
            of("a/t.py", "cpython-39")
        );
        assert_eq!(name("a/b.pyc"), None);
        assert_eq!(name("x__pycache__/b.cpython-311.pyc"), None);
        assert_eq!(name("__pycache__/numba.nbi"), None);
    }

    #[test]
    fn a_header_must_name_size_and_time_of_the_source() {
        let stat = Stat {
            size: 5,
            modified: 7_999_999_999,
            ..Stat::default()
        };
        let header = |time: u32, size: u32| {
            let mut header = magic_of("cpython-311").unwrap().to_vec();
            header.extend([0; 4]);
            header.extend(time.to_le_bytes());
            header.extend(size.to_le_bytes());
            header
        };
        let judge = |header: &[u8], tag| mismatch(header, tag, &stat, || Ok(Vec::new()));
        assert_eq!(judge(&header(7, 5), "cpython-311"), None);
        assert!(
            judge(&header(8, 5), "cpython-311")
                .unwrap()
                .contains("time")
        );
        assert!(
            judge(&header(7, 6), "cpython-311")
                .unwrap()
                .contains("size")
        );
        assert!(
            judge(&header(7, 5), "cpython-312")
                .unwrap()
                .contains("version")
        );
        assert!(
            judge(&header(7, 5)[..15], "cpython-311")
                .unwrap()
                .contains("cut off")
        );
    }

    #[test]
    fn hashes_are_those_of_python() {
        // `_imp.source_hash(int.from_bytes(MAGIC_NUMBER, "little"), b"hello world")` of 3.11 and 3.10
        let key = |tag| u64::from(u32::from_le_bytes(magic_of(tag).unwrap()));
        assert_eq!(
            siphash(key("cpython-311"), b"hello world", 1).to_le_bytes(),
            HASH_OF_311
        );
        assert_eq!(
            siphash(key("cpython-310"), b"hello world", 2).to_le_bytes(),
            HASH_OF_310
        );
    }

    const HASH_OF_311: [u8; 8] = [243, 58, 189, 197, 8, 22, 172, 7];
    const HASH_OF_310: [u8; 8] = [224, 254, 144, 224, 151, 232, 32, 74];
}
