//! Archives (tar: POSIX ustar and pax, and GNU's extensions), read from their beginning to their end.
//!
//! The `tar` crate knows how headers are laid out; members are gone through here, because it would
//! take in names of any length, and because the sizes of files beyond 8 GiB stand in pax attributes.

use std::io::{Error, Read, Result, Seek, SeekFrom};

use tar::{EntryType, Header};

/// Headers and contents begin at multiples of it.
const BLOCK: u64 = 512;
/// The longest name, and the largest block of attributes.
const LONGEST: u64 = 1 << 20;
/// Where a header has its own checksum.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// Something in an archive.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) kind: EntryType,
    /// As written.
    pub(super) path: String,
    /// What a link leads to, as written.
    pub(super) target: Option<String>,
    /// Bytes of its content.
    pub(super) size: u64,
    /// When its content was changed, in seconds since 1970.
    pub(super) modified: i64,
    /// Where its content begins.
    pub(super) position: u64,
    /// Whether holes were left out of its content.
    pub(super) is_sparse: bool,
}

/// An archive that is being read.
pub(super) struct Archive<R> {
    reader: R,
    /// How to go on without reading.
    pass: fn(&mut R, u64) -> Result<()>,
    position: u64,
    /// Bytes of the member's content that were not read yet, and those that fill its last block.
    left: u64,
    padding: u64,
    /// Whether the sign of its end was read.
    has_sign: bool,
}

/// What the members before one say of it.
#[derive(Default)]
struct Extended {
    path: Option<String>,
    target: Option<String>,
    size: Option<u64>,
    is_sparse: bool,
}

impl<R: Read> Archive<R> {
    pub(super) fn new(reader: R) -> Self {
        Self::with(reader, |reader, count| {
            let passed = std::io::copy(&mut reader.take(count), &mut std::io::sink())?;
            if passed < count {
                Err(cut_off())
            } else {
                Ok(())
            }
        })
    }

    fn with(reader: R, pass: fn(&mut R, u64) -> Result<()>) -> Self {
        Self {
            reader,
            pass,
            position: 0,
            left: 0,
            padding: 0,
            has_sign: false,
        }
    }

    /// Whether it ended as archives end; otherwise nothing in it tells whether all of it was there.
    pub(super) fn has_sign(&self) -> bool {
        self.has_sign
    }

    /// The next member, of which nothing was read yet.
    pub(super) fn member(&mut self) -> Result<Option<Member>> {
        let mut extended = Extended::default();
        while let Some(header) = self.header()? {
            let kind = header.entry_type();
            let is_extension = kind.is_gnu_longname()
                || kind.is_gnu_longlink()
                || kind.is_pax_local_extensions()
                || kind.is_pax_global_extensions();
            let size = match extended.size {
                Some(size) if !is_extension => size,
                _ => header.entry_size()?,
            };
            self.left = size;
            self.padding = (BLOCK - size % BLOCK) % BLOCK;
            if kind.is_gnu_longname() {
                extended.path = Some(self.long_name()?);
            } else if kind.is_gnu_longlink() {
                extended.target = Some(self.long_name()?);
            } else if kind.is_pax_local_extensions() {
                extended.add(&self.limited()?)?;
            } else if !is_extension {
                return self.described(&header, size, extended).map(Some);
            }
        }
        Ok(None)
    }

    fn described(&mut self, header: &Header, size: u64, extended: Extended) -> Result<Member> {
        let kind = header.entry_type();
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if kind.is_gnu_sparse() {
            let mut goes_on = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
            while goes_on {
                let mut more = [0; 512];
                self.reader.read_exact(&mut more)?;
                self.position += BLOCK;
                goes_on = more.get(504) == Some(&1);
            }
        }
        let modified = header.mtime().ok().and_then(|it| i64::try_from(it).ok());
        Ok(Member {
            kind,
            path: extended.path.unwrap_or_else(|| lossy(&header.path_bytes())),
            target: extended
                .target
                .or_else(|| header.link_name_bytes().map(|bytes| lossy(&bytes))),
            size,
            modified: modified.unwrap_or_default(),
            position: self.position,
            is_sparse: extended.is_sparse || kind.is_gnu_sparse(),
        })
    }

    /// The next block that is a header.
    fn header(&mut self) -> Result<Option<Header>> {
        let count = self.left.saturating_add(self.padding);
        if count > 0 {
            (self.pass)(&mut self.reader, count)?;
            self.position = self.position.saturating_add(count);
            (self.left, self.padding) = (0, 0);
        }
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest)? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(cut_off()),
                count => filled += count,
            }
        }
        self.position += BLOCK;
        if block.iter().all(|byte| *byte == 0) {
            self.has_sign = true;
            return Ok(None);
        }
        let sum: u32 = block
            .iter()
            .enumerate()
            .map(|(position, byte)| {
                let is_sum = CHECKSUM.contains(&position);
                u32::from(if is_sum { b' ' } else { *byte })
            })
            .sum();
        if header.cksum()? == sum {
            Ok(Some(header))
        } else {
            Err(Error::other("the checksum of a header does not match"))
        }
    }

    fn limited(&mut self) -> Result<Vec<u8>> {
        if self.left > LONGEST {
            return Err(Error::other("a name without an end"));
        }
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn long_name(&mut self) -> Result<String> {
        let bytes = self.limited()?;
        let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(name).into_owned())
    }
}

impl<R: Seek + Read> Archive<R> {
    /// One of which contents are passed over without being read.
    pub(super) fn seeking(reader: R) -> Self {
        Self::with(reader, |reader, count| {
            let count = i64::try_from(count).map_err(Error::other)?;
            reader.seek(SeekFrom::Current(count)).map(|_position| ())
        })
    }
}

/// The content of the member that was asked for last.
impl<R: Read> Read for Archive<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let wanted = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if wanted == 0 {
            return Ok(0);
        }
        let count = self
            .reader
            .read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if count == 0 {
            return Err(cut_off());
        }
        self.left -= count as u64;
        self.position += count as u64;
        Ok(count)
    }
}

impl Extended {
    /// Attributes of pax: lines of `LENGTH KEY=VALUE`.
    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        for attribute in tar::PaxExtensions::new(bytes) {
            let attribute = attribute?;
            let value = String::from_utf8_lossy(attribute.value_bytes()).into_owned();
            match attribute.key_bytes() {
                b"path" => self.path = Some(value),
                b"linkpath" => self.target = Some(value),
                b"size" => {
                    let size = value.parse();
                    self.size =
                        Some(size.map_err(|_error| Error::other("a size that is no number"))?);
                }
                b"GNU.sparse.name" => {
                    self.is_sparse = true;
                    self.path = Some(value);
                }
                key => self.is_sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
        Ok(())
    }
}

fn cut_off() -> Error {
    Error::other("it is cut off")
}
