//! The header of a 7z file: where its streams are, how they are compressed, and what is in them.
//! Every count is bounded by the bytes that are there, so nothing is allocated that is only claimed.

use crate::archives::fields::u32_at;

/// What is wrong with a header.
pub(super) type Parsed<T> = Result<T, &'static str>;

/// Where compressed data is, how it was made, and into how many files it falls.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Where the first is, from the end of the signature header.
    pub(super) at: u64,
    /// The bytes of each.
    pub(super) packed: Vec<u64>,
    pub(super) folders: Vec<Folder>,
}

/// Streams that are compressed together.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) coders: Vec<Coder>,
    /// Which coder takes the output of which: its input's number, then the output's.
    pub(super) bound: Vec<(u64, u64)>,
    /// Which inputs are streams of the file.
    pub(super) inputs: Vec<u64>,
    /// What each coder yields, in bytes.
    pub(super) sizes: Vec<u64>,
    /// The files in it, in bytes, with a checksum where there is one.
    pub(super) files: Vec<(u64, Option<u32>)>,
    crc: Option<u32>,
}

/// One step of decoding.
#[derive(Debug)]
pub(super) struct Coder {
    pub(super) id: Vec<u8>,
    pub(super) properties: Vec<u8>,
    pub(super) inputs: u64,
    pub(super) outputs: u64,
}

impl Folder {
    /// The bytes that all of it expands to.
    pub(super) fn size(&self) -> u64 {
        let is_bound = |output: u64| self.bound.iter().any(|(_, from)| *from == output);
        let last = (0_u64..).zip(&self.sizes).find(|(at, _)| !is_bound(*at));
        last.map_or(0, |(_, size)| *size)
    }
}

/// A file as it is listed.
#[derive(Debug, Default, Clone)]
pub(super) struct File {
    pub(super) name: String,
    /// Whether it has content.
    pub(super) has_stream: bool,
    /// Unix's mode, where it was made there.
    pub(super) mode: u32,
}

/// A header, plain or compressed.
#[derive(Debug)]
pub(super) enum Header {
    Plain { streams: Streams, files: Vec<File> },
    Compressed(Streams),
}

/// What a header's bytes say. `most` is how many files are admitted.
pub(super) fn parse(bytes: &[u8], most: u64) -> Parsed<Header> {
    let mut cursor = Cursor { bytes, most };
    match cursor.byte()? {
        0x17 => Ok(Header::Compressed(cursor.streams()?)),
        0x01 => {
            let mut streams = Streams::default();
            let mut files = Vec::new();
            loop {
                match cursor.byte()? {
                    0x00 => return Ok(Header::Plain { streams, files }),
                    0x02 => cursor.archive_properties()?,
                    0x03 => drop(cursor.streams()?),
                    0x04 => streams = cursor.streams()?,
                    0x05 => files = cursor.files()?,
                    _ => return Err("its header has a part that is not known"),
                }
            }
        }
        _ => Err("its header does not begin as one"),
    }
}

const SHORT: &str = "its header ends too early";
const MANY: &str = "its header counts more than is admitted";

struct Cursor<'a> {
    bytes: &'a [u8],
    most: u64,
}

impl<'a> Cursor<'a> {
    fn byte(&mut self) -> Parsed<u8> {
        let (first, rest) = self.bytes.split_first().ok_or(SHORT)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn take(&mut self, count: u64) -> Parsed<&'a [u8]> {
        let count = usize::try_from(count).map_err(|_large| SHORT)?;
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(SHORT)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// A number of one to nine bytes: the ones that the first begins with say how many follow.
    fn number(&mut self) -> Parsed<u64> {
        let first = self.byte()?;
        let count = first.leading_ones();
        let mut value = 0;
        for (place, byte) in self.take(u64::from(count))?.iter().enumerate() {
            value |= u64::from(*byte) << (8 * place);
        }
        if count < 7 {
            let high = u64::from(first) & ((1 << (7 - count)) - 1);
            value |= high << (8 * count);
        }
        Ok(value)
    }

    /// A number of things of which each has at least a byte in the header.
    fn count(&mut self) -> Parsed<u64> {
        let count = self.number()?;
        if count > self.bytes.len() as u64 || count > self.most {
            return Err(MANY);
        }
        Ok(count)
    }

    fn archive_properties(&mut self) -> Parsed<()> {
        while self.byte()? != 0 {
            let size = self.number()?;
            self.take(size)?;
        }
        Ok(())
    }

    fn streams(&mut self) -> Parsed<Streams> {
        let mut streams = Streams::default();
        let mut has_files = false;
        loop {
            match self.byte()? {
                0x00 => break,
                0x06 => self.packed(&mut streams)?,
                0x07 => self.folders(&mut streams)?,
                0x08 => {
                    self.substreams(&mut streams.folders)?;
                    has_files = true;
                }
                _ => return Err("its streams have a part that is not known"),
            }
        }
        if !has_files {
            for folder in &mut streams.folders {
                folder.files = vec![(folder.size(), folder.crc)];
            }
        }
        Ok(streams)
    }

    fn packed(&mut self, streams: &mut Streams) -> Parsed<()> {
        streams.at = self.number()?;
        let count = self.count()?;
        loop {
            match self.byte()? {
                0x00 => return Ok(()),
                0x09 => {
                    streams.packed = (0..count).map(|_| self.number()).collect::<Parsed<_>>()?;
                }
                0x0a => drop(self.digests(count)?),
                _ => return Err("its packed streams have a part that is not known"),
            }
        }
    }

    fn folders(&mut self, streams: &mut Streams) -> Parsed<()> {
        loop {
            match self.byte()? {
                0x00 => return Ok(()),
                0x0b => {
                    let count = self.count()?;
                    self.is_inside()?;
                    streams.folders = (0..count).map(|_| self.folder()).collect::<Parsed<_>>()?;
                }
                0x0c => {
                    for folder in &mut streams.folders {
                        let outputs: u64 = folder.coders.iter().map(|coder| coder.outputs).sum();
                        folder.sizes =
                            (0..outputs).map(|_| self.number()).collect::<Parsed<_>>()?;
                    }
                }
                0x0a => {
                    let digests = self.digests(streams.folders.len() as u64)?;
                    for (folder, digest) in streams.folders.iter_mut().zip(digests) {
                        folder.crc = digest;
                    }
                }
                _ => return Err("its folders have a part that is not known"),
            }
        }
    }

    /// What follows could lie elsewhere, which no program writes.
    fn is_inside(&mut self) -> Parsed<()> {
        if self.byte()? == 0 {
            Ok(())
        } else {
            Err("a part of its header lies elsewhere")
        }
    }

    fn folder(&mut self) -> Parsed<Folder> {
        /// More coders, inputs or outputs than any program chains.
        const MOST: u64 = 32;
        let mut folder = Folder::default();
        let (mut inputs, mut outputs) = (0_u64, 0_u64);
        for _ in 0..bounded(self.number()?, MOST)? {
            let coder = self.coder()?;
            inputs += bounded(coder.inputs, MOST)?;
            outputs += bounded(coder.outputs, MOST)?;
            folder.coders.push(coder);
        }
        let bound = outputs.checked_sub(1).ok_or("a folder yields nothing")?;
        for _ in 0..bound {
            folder.bound.push((self.number()?, self.number()?));
        }
        let packed = inputs
            .checked_sub(bound)
            .ok_or("a folder has more outputs than inputs")?;
        if packed == 1 {
            let is_bound = |input: u64| folder.bound.iter().any(|(to, _)| *to == input);
            folder.inputs = (0..inputs).filter(|input| !is_bound(*input)).collect();
        } else {
            folder.inputs = (0..packed).map(|_| self.number()).collect::<Parsed<_>>()?;
        }
        Ok(folder)
    }

    fn coder(&mut self) -> Parsed<Coder> {
        let flags = self.byte()?;
        let id = self.take(u64::from(flags & 0x0f))?.to_vec();
        let (inputs, outputs) = if flags & 0x10 == 0 {
            (1, 1)
        } else {
            (self.number()?, self.number()?)
        };
        let properties = if flags & 0x20 == 0 {
            Vec::new()
        } else {
            let size = self.number()?;
            self.take(size)?.to_vec()
        };
        Ok(Coder {
            id,
            properties,
            inputs,
            outputs,
        })
    }

    fn substreams(&mut self, folders: &mut [Folder]) -> Parsed<()> {
        let mut counts = vec![1_u64; folders.len()];
        let mut kind = self.byte()?;
        if kind == 0x0d {
            for count in &mut counts {
                *count = self.number()?;
            }
            kind = self.byte()?;
        }
        let total = counts
            .iter()
            .try_fold(0_u64, |sum, count| sum.checked_add(*count));
        if total.is_none_or(|total| total > self.most) {
            return Err(MANY);
        }
        let has_sizes = kind == 0x09;
        for (folder, count) in folders.iter_mut().zip(&counts) {
            let mut left = folder.size();
            for place in 1..=*count {
                let size = if place == *count {
                    left
                } else if has_sizes {
                    self.number()?
                } else {
                    return Err("a folder's files have no sizes");
                };
                left = left
                    .checked_sub(size)
                    .ok_or("a folder's files are larger than it")?;
                folder.files.push((size, None));
            }
        }
        if has_sizes {
            kind = self.byte()?;
        }
        while kind != 0 {
            if kind != 0x0a {
                return Err("its files' streams have a part that is not known");
            }
            self.substream_digests(folders)?;
            kind = self.byte()?;
        }
        Ok(())
    }

    /// Checksums of files; a folder of one file may have had its own already.
    fn substream_digests(&mut self, folders: &mut [Folder]) -> Parsed<()> {
        let mut open = Vec::new();
        for folder in folders {
            let known = folder.crc;
            match folder.files.as_mut_slice() {
                [(_, crc)] if known.is_some() => *crc = known,
                files => open.extend(files),
            }
        }
        let digests = self.digests(open.len() as u64)?;
        for ((_, crc), digest) in open.into_iter().zip(digests) {
            *crc = digest;
        }
        Ok(())
    }

    fn digests(&mut self, count: u64) -> Parsed<Vec<Option<u32>>> {
        let is_there = if self.byte()? == 0 {
            self.bits(count)?
        } else {
            // each has four bytes
            if count > self.bytes.len() as u64 {
                return Err(SHORT);
            }
            (0..count).map(|_| true).collect()
        };
        is_there
            .into_iter()
            .map(|is_there| {
                let digest = if is_there { Some(self.take(4)?) } else { None };
                Ok(digest.map(|digest| u32_at(digest, 0)))
            })
            .collect()
    }

    fn bits(&mut self, count: u64) -> Parsed<Vec<bool>> {
        let bytes = self.take(count.div_ceil(8))?;
        let count = usize::try_from(count).map_err(|_large| MANY)?;
        let bits = bytes
            .iter()
            .flat_map(|byte| (0..8).map(move |place| byte & (0x80 >> place) != 0));
        Ok(bits.take(count).collect())
    }

    fn files(&mut self) -> Parsed<Vec<File>> {
        let count = self.number()?;
        if count > self.most || count > self.bytes.len() as u64 {
            return Err(MANY);
        }
        let mut files: Vec<File> = (0..count)
            .map(|_| File {
                has_stream: true,
                ..File::default()
            })
            .collect();
        loop {
            let kind = self.byte()?;
            if kind == 0 {
                return Ok(files);
            }
            let size = self.number()?;
            let mut part = Cursor {
                bytes: self.take(size)?,
                most: self.most,
            };
            match kind {
                0x0e => {
                    for (file, is_empty) in files.iter_mut().zip(part.bits(count)?) {
                        file.has_stream = !is_empty;
                    }
                }
                0x11 => part.names(&mut files)?,
                0x15 => part.modes(&mut files)?,
                // times, marks of empty files, padding
                _ => {}
            }
        }
    }

    fn names(&mut self, files: &mut [File]) -> Parsed<()> {
        self.is_inside()?;
        let (units, _) = self.bytes.as_chunks::<2>();
        let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        for (file, name) in files.iter_mut().zip(units.split(|unit| *unit == 0)) {
            file.name = String::from_utf16_lossy(name);
        }
        Ok(())
    }

    fn modes(&mut self, files: &mut [File]) -> Parsed<()> {
        /// Windows' attributes have Unix's mode above them.
        const HAS_MODE: u32 = 0x8000;
        let is_there = if self.byte()? == 0 {
            self.bits(files.len() as u64)?
        } else {
            vec![true; files.len()]
        };
        self.is_inside()?;
        for (file, is_there) in files.iter_mut().zip(is_there) {
            if is_there {
                let attributes = u32_at(self.take(4)?, 0);
                file.mode = if attributes & HAS_MODE == 0 {
                    0
                } else {
                    attributes >> 16
                };
            }
        }
        Ok(())
    }
}

fn bounded(count: u64, most: u64) -> Parsed<u64> {
    if count <= most { Ok(count) } else { Err(MANY) }
}
