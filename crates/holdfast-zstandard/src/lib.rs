//! Reading a Zstandard file (RFC 8878) of one or several frames, checksums compared; and writing one.
//!
//! Advisory archives and the layers of images come this way, and large golden sets. It opens no
//! file, and asks for no more memory than a frame may have.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// One frame with these bytes, with its checksum; quick rather than small.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// The content of all frames, one after another. Skippable frames are skipped.
///
/// A frame that asks for more than 128 MiB of memory is refused.
pub struct Frames<R> {
    reader: R,
    frame: FrameDecoder,
    inside: bool,
}

impl<R: BufRead> Frames<R> {
    /// The content of what `reader` gives, from its first frame on.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            frame: FrameDecoder::new(),
            inside: false,
        }
    }

    /// Goes to the next frame with content; false at the end.
    fn begin_frame(&mut self) -> io::Result<bool> {
        while !self.reader.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.reader) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.reader).take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.inside = false;
        let stated = self.frame.get_checksum_from_data();
        if stated.is_some() && stated != self.frame.get_calculated_checksum() {
            return Err(io::Error::other(
                "the checksum of a Zstandard frame does not match",
            ));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.inside || self.begin_frame()? {
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                self.frame
                    .decode_blocks(&mut self.reader, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            let count = self.frame.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            self.end_frame()?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Frames::new(bytes).read_to_end(&mut content)?;
        Ok(content)
    }

    fn frame(content: &[u8]) -> Vec<u8> {
        compress_to_vec(content, CompressionLevel::Fastest)
    }

    #[test]
    fn several_frames_are_one_content() {
        let mut file = frame(b"one ");
        file.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
        file.extend(frame(b"two"));
        assert_eq!(read(&file).unwrap(), b"one two");
        assert_eq!(read(b"").unwrap(), b"");
    }

    #[test]
    fn a_frame_that_ends_early_is_an_error() {
        let file = frame(&[7; 10_000]);
        for length in 1..file.len() - 4 {
            assert!(read(&file[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn garbage_after_a_frame_is_an_error() {
        let mut file = frame(b"one");
        file.extend(b"garbage");
        assert!(read(&file).is_err());
    }
}
