//! Expanding what a 7z file keeps together: one coder after another.

use std::io::{self, BufReader, Error, ErrorKind, Read};

use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;

use crate::archives::codecs::{self, Decoder, LARGEST_DICTIONARY};
use crate::source::{Section, Source};

use super::header::{Coder, Folder};

/// Whether any of its coders is a cipher.
pub(super) fn is_encrypted(folder: &Folder) -> bool {
    let mut coders = folder.coders.iter();
    coders.any(|coder| coder.id.starts_with(&[0x06, 0xf1, 0x07]))
}

/// What decodes a folder, whose only stream has `length` bytes from `at`.
pub(super) fn decoder<'a>(
    folder: &Folder,
    source: &'a mut dyn Source,
    (at, length): (u64, u64),
) -> io::Result<Decoder<'a>> {
    let mut decoder: Decoder<'a> = Box::new(Section::new(source, at, length)?);
    for (coder, size) in chain(folder)? {
        decoder = wrap(coder, size, decoder)?;
    }
    Ok(Box::new(decoder.take(folder.size())))
}

/// The coders in the order in which data goes through them, with what each yields in bytes.
fn chain(folder: &Folder) -> io::Result<Vec<(&Coder, u64)>> {
    let is_simple = folder
        .coders
        .iter()
        .all(|coder| (coder.inputs, coder.outputs) == (1, 1));
    let [first] = folder.inputs.as_slice() else {
        return Err(unsupported("its streams are joined"));
    };
    if !is_simple {
        return Err(unsupported("its streams are joined"));
    }
    let mut chain = Vec::new();
    let mut next = Some(*first);
    while let Some(number) = next {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let (Some(coder), Some(size)) = (folder.coders.get(place), folder.sizes.get(place)) else {
            return Err(invalid("its coders are joined to nothing"));
        };
        chain.push((coder, *size));
        if chain.len() > folder.coders.len() {
            return Err(invalid("its coders go round in a circle"));
        }
        let mut bound = folder.bound.iter();
        next = bound.find_map(|(to, from)| (*from == number).then_some(*to));
    }
    Ok(chain)
}

fn wrap<'a>(coder: &Coder, size: u64, inner: Decoder<'a>) -> io::Result<Decoder<'a>> {
    let properties = coder.properties.as_slice();
    Ok(match coder.id.as_slice() {
        [0x00] => inner,
        [0x03, 0x01, 0x01] => {
            let properties = properties.first_chunk::<5>();
            let properties = properties.ok_or_else(|| invalid("its lzma properties are short"))?;
            codecs::lzma(BufReader::new(inner), *properties, Some(size))?
        }
        [0x21] => {
            let dictionary = dictionary(properties)?;
            Box::new(Lzma2Reader::new(BufReader::new(inner), dictionary, None))
        }
        [0x04, 0x01, 0x08] => codecs::deflate(BufReader::new(inner)),
        [0x04, 0x02, 0x02] => codecs::bzip2(BufReader::new(inner)),
        [0x04, 0xf7, 0x11, 0x01] => codecs::zstandard(BufReader::new(inner)),
        [0x03] => {
            let distance = properties.first().map_or(1, |less| usize::from(*less) + 1);
            Box::new(DeltaReader::new(inner, distance))
        }
        [0x04] | [0x03, 0x03, 0x01, 0x03] => Box::new(BcjReader::new_x86(inner, 0)),
        [0x05] | [0x03, 0x03, 0x02, 0x05] => Box::new(BcjReader::new_ppc(inner, 0)),
        [0x06] | [0x03, 0x03, 0x04, 0x01] => Box::new(BcjReader::new_ia64(inner, 0)),
        [0x07] | [0x03, 0x03, 0x05, 0x01] => Box::new(BcjReader::new_arm(inner, 0)),
        [0x08] | [0x03, 0x03, 0x07, 0x01] => Box::new(BcjReader::new_arm_thumb(inner, 0)),
        [0x09] | [0x03, 0x03, 0x08, 0x05] => Box::new(BcjReader::new_sparc(inner, 0)),
        [0x0a] => Box::new(BcjReader::new_arm64(inner, 0)),
        [0x0b] => Box::new(BcjReader::new_riscv(inner, 0)),
        id => {
            let number = id
                .iter()
                .fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
            let what = format!("it is compressed with method {number:x}, which is not read");
            return Err(unsupported(&what));
        }
    })
}

/// The size of an lzma2 dictionary: a power of two, or half as much again.
fn dictionary(properties: &[u8]) -> io::Result<u32> {
    let bits = match properties.first() {
        Some(bits @ 0..=39) => u32::from(*bits),
        Some(40) => return Err(codecs::too_large()),
        _ => return Err(invalid("its lzma2 dictionary has no size")),
    };
    let size = (2 | (u64::from(bits) & 1)) << (bits / 2 + 11);
    match u32::try_from(size) {
        Ok(size) if size / 1024 <= LARGEST_DICTIONARY => Ok(size),
        _ => Err(codecs::too_large()),
    }
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, what)
}
