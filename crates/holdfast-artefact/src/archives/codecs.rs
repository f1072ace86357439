//! Decoders of compressed data that several formats share. None allocates what a header claims:
//! a dictionary of more than [`LARGEST_DICTIONARY`] is refused.

use std::io::{self, BufRead, Read};

use ::bzip2::bufread::{BzDecoder, MultiBzDecoder};
use flate2::bufread::DeflateDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::fields::{array_at, u16_at, u32_at};

/// The largest dictionary that is admitted, in KiB.
pub(super) const LARGEST_DICTIONARY: u32 = 128 << 10;

/// What decodes a stream.
pub(super) type Decoder<'a> = Box<dyn Read + 'a>;

/// Deflate without any header (RFC 1951).
pub(super) fn deflate<'a>(reader: impl BufRead + 'a) -> Decoder<'a> {
    Box::new(DeflateDecoder::new(reader))
}

/// One stream of bzip2.
pub(super) fn bzip2<'a>(reader: impl BufRead + 'a) -> Decoder<'a> {
    Box::new(BzDecoder::new(reader))
}

/// Streams of bzip2, one after another.
pub(super) fn bzip2_streams<'a>(reader: impl BufRead + 'a) -> Decoder<'a> {
    Box::new(MultiBzDecoder::new(reader))
}

/// Streams of xz, one after another.
pub(super) fn xz<'a>(reader: impl BufRead + 'a) -> Decoder<'a> {
    Box::new(XzReader::new_mem_limit(reader, true, LARGEST_DICTIONARY))
}

/// A file of lzma alone: properties, size, data.
pub(super) fn lzma_alone<'a>(reader: impl BufRead + 'a) -> io::Result<Decoder<'a>> {
    let decoder = LzmaReader::new_mem_limit(reader, LARGEST_DICTIONARY, None)?;
    Ok(Box::new(decoder))
}

/// Data of lzma with five bytes of properties; `size` in bytes where it has no mark at its end.
pub(super) fn lzma<'a>(
    reader: impl BufRead + 'a,
    properties: [u8; 5],
    size: Option<u64>,
) -> io::Result<Decoder<'a>> {
    let [first, dictionary @ ..] = properties;
    let dictionary = u32::from_le_bytes(dictionary);
    if dictionary / 1024 > LARGEST_DICTIONARY {
        return Err(too_large());
    }
    let size = size.unwrap_or(u64::MAX);
    let decoder = LzmaReader::new_with_props(reader, size, first, dictionary, None)?;
    Ok(Box::new(decoder))
}

/// The same as zip files have it: the properties come first, after a version and their length.
pub(super) fn lzma_in_zip<'a>(
    mut reader: impl BufRead + 'a,
    size: Option<u64>,
) -> io::Result<Decoder<'a>> {
    let mut header = [0; 9];
    reader.read_exact(&mut header)?;
    match array_at(&header, 4) {
        Some(properties) if u16_at(&header, 2) == 5 => lzma(reader, properties, size),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "its lzma properties are not five bytes",
        )),
    }
}

/// What a decoder is refused for that asks for more memory than is admitted.
pub(super) fn too_large() -> io::Error {
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        "the dictionary is larger than is admitted",
    )
}

/// Frames of Zstandard (RFC 8878), one after another; those that hold nothing are skipped.
pub(super) fn zstandard<'a>(reader: impl BufRead + 'a) -> Decoder<'a> {
    Box::new(Frames {
        reader,
        frame: FrameDecoder::new(),
        is_inside: false,
    })
}

/// The decoder of Zstandard refuses a frame that asks for more than 128 MiB.
struct Frames<R> {
    reader: R,
    frame: FrameDecoder,
    is_inside: bool,
}

impl<R: BufRead> Frames<R> {
    /// Whether there is another frame with content.
    fn goes_on(&mut self) -> io::Result<bool> {
        loop {
            if self.reader.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.frame.reset(&mut self.reader) {
                Ok(()) => {
                    self.is_inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => skip(&mut self.reader, u64::from(length))?,
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => return Err(too_large()),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() && (self.is_inside || self.goes_on()?) {
            while !self.frame.is_finished() && self.frame.can_collect() == 0 {
                self.frame
                    .decode_blocks(&mut self.reader, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            }
            match self.frame.read(buffer)? {
                0 => self.is_inside = false,
                count => return Ok(count),
            }
            let stated = self.frame.get_checksum_from_data();
            if stated.is_some() && stated != self.frame.get_calculated_checksum() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "its checksum does not match",
                ));
            }
        }
        Ok(0)
    }
}

/// Passes over bytes.
pub(super) fn skip(reader: &mut impl Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(count), &mut io::sink())?;
    if skipped < count {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// The size that a file of lzma alone gives, where it gives one.
pub(super) fn is_lzma_alone(head: &[u8], size: u64) -> bool {
    let dictionary = u32_at(head, 1);
    // powers of two, and half as much again, are what encoders write
    let is_usual = dictionary.is_power_of_two()
        || (dictionary.count_ones() == 2 && (dictionary & (dictionary >> 1)) != 0)
        || dictionary == u32::MAX;
    let expanded = array_at(head, 5).map(u64::from_le_bytes);
    // a size that no lzma stream of this length can have is none
    let is_possible = expanded
        .is_some_and(|expanded| expanded == u64::MAX || expanded <= size.saturating_mul(1 << 16));
    // the first byte of the range coder is nought
    head.first() == Some(&0x5d)
        && dictionary >= 1 << 12
        && is_usual
        && is_possible
        && head.get(13) == Some(&0)
}
