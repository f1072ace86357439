//! Layers that are compressed with Zstandard (RFC 8878): frames one after another, as those tools
//! write that let a file of a layer be fetched alone. Checksums are compared.

use std::io::{BufRead, Error, Read, Result};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The content of all frames. The decoder refuses a frame that asks for more than 128 MiB.
pub(super) struct Frames<R> {
    reader: R,
    frame: FrameDecoder,
    is_inside: bool,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            frame: FrameDecoder::new(),
            is_inside: false,
        }
    }

    /// Whether there is another frame with content; what tools put between them is skipped.
    fn goes_on(&mut self) -> Result<bool> {
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
                })) => {
                    let mut other = (&mut self.reader).take(u64::from(length));
                    std::io::copy(&mut other, &mut std::io::sink())?;
                }
                Err(error) => return Err(Error::other(error)),
            }
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while !buffer.is_empty() && (self.is_inside || self.goes_on()?) {
            while !self.frame.is_finished() && self.frame.can_collect() == 0 {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.frame
                    .decode_blocks(&mut self.reader, one)
                    .map_err(Error::other)?;
            }
            match self.frame.read(buffer)? {
                0 => self.is_inside = false,
                count => return Ok(count),
            }
            let stated = self.frame.get_checksum_from_data();
            if stated.is_some() && stated != self.frame.get_calculated_checksum() {
                return Err(Error::other("a checksum of Zstandard does not match"));
            }
        }
        Ok(0)
    }
}
