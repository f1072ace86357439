//! What a shared library (ELF) says of itself and of others: names, search paths, versions.
//!
//! Total on any bytes and bounded: nothing is allocated by a size that the file says, only pieces of
//! it are read, and every list ends. A library may have gigabytes; the `object` crate knows how its
//! structures are laid out, and reads only what is put before it here.

use std::io::{Read, Seek, SeekFrom};

use object::Endianness;
use object::elf::{
    DF_1_NODEFLIB, DT_FLAGS_1, DT_NEEDED, DT_NULL, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRTAB,
    DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM, FileHeader32, FileHeader64, PT_DYNAMIC,
    PT_LOAD, VER_FLG_BASE, VER_FLG_WEAK, Verdaux, Verdef, Vernaux, Verneed,
};
use object::pod::{self, Pod};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};

/// Bytes that are read at once.
const PIECE: usize = 8 * 1024;
/// More than any library has, of each kind of entry.
const MOST: usize = 16 * 1024;
/// More than any name or search path has, in bytes.
const LONGEST: usize = 64 * 1024;
/// More than all names of a library have together, in bytes.
const MOST_TEXT: usize = 4 << 20;

/// What a shared library says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elf {
    /// What it runs on.
    pub kind: Kind,
    /// The name that others know it by (`DT_SONAME`).
    pub name: Option<String>,
    /// The libraries that it needs (`DT_NEEDED`).
    pub needed: Vec<String>,
    /// Where it and what it loads are searched for (`DT_RPATH`), unless there is a `runpath`.
    pub rpath: Vec<String>,
    /// Where what it needs is searched for (`DT_RUNPATH`).
    pub runpath: Vec<String>,
    /// Whether the system's own directories are left out.
    pub no_default: bool,
    /// The library and the version of its symbols that it cannot do without.
    pub versions: Vec<(String, String)>,
    /// The versions of its own symbols.
    pub defines: Vec<String>,
}

/// What a library runs on; loaders pass over one of another kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kind {
    machine: u16,
    is_64: bool,
    is_big_endian: bool,
}

/// Why a library cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    /// Reading failed.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// Its structures make no sense.
    #[error("the shared library is damaged: {0}")]
    Damaged(&'static str),
}

type Result<T> = std::result::Result<T, ElfError>;

/// Reads a library; nothing where the file is none.
pub fn read(file: impl Read + Seek) -> Result<Option<Elf>> {
    let mut window = Window::new(file)?;
    if window.length < 20 || window.bytes(0, 4)? != b"\x7fELF" {
        return Ok(None);
    }
    let class = window.bytes(4, 1)?.first().copied();
    match class {
        Some(1) => Reader::<_, FileHeader32<Endianness>>::open(window)?.elf(),
        Some(2) => Reader::<_, FileHeader64<Endianness>>::open(window)?.elf(),
        _ => Err(ElfError::Damaged("neither of 32 nor of 64 bits")),
    }
    .map(Some)
}

/// Where the dynamic section of a library or program is, and its size, told by its first bytes.
pub(crate) fn dynamic_section(start: &[u8]) -> Option<(u64, u64)> {
    let window = Window::new(std::io::Cursor::new(start)).ok()?;
    match start.get(..5)? {
        b"\x7fELF\x01" => {
            Reader::<_, FileHeader32<Endianness>>::open(window)
                .ok()?
                .dynamic
        }
        b"\x7fELF\x02" => {
            Reader::<_, FileHeader64<Endianness>>::open(window)
                .ok()?
                .dynamic
        }
        _ => None,
    }
}

/// A file of which a piece at a time is in memory.
struct Window<F> {
    file: F,
    length: u64,
    start: u64,
    piece: Vec<u8>,
    /// Bytes of text that may still be read.
    text_left: usize,
}

impl<F: Read + Seek> Window<F> {
    fn new(mut file: F) -> Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file,
            length,
            start: 0,
            piece: Vec::new(),
            text_left: MOST_TEXT,
        })
    }

    /// Some bytes; `count` is never what the file says.
    fn bytes(&mut self, offset: u64, count: usize) -> Result<&[u8]> {
        let outside = ElfError::Damaged("it points behind its end");
        let Some(end) = offset.checked_add(count as u64) else {
            return Err(outside);
        };
        if end > self.length {
            return Err(outside);
        }
        if offset < self.start || end > self.start + self.piece.len() as u64 {
            self.file.seek(SeekFrom::Start(offset))?;
            self.piece.clear();
            let wanted = count.max(PIECE) as u64;
            (&mut self.file).take(wanted).read_to_end(&mut self.piece)?;
            self.start = offset;
        }
        let from = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        self.piece
            .get(from..from.saturating_add(count))
            .ok_or(ElfError::Damaged("it became shorter while it was read"))
    }

    fn value<T: Pod>(&mut self, offset: u64) -> Result<T> {
        let bytes = self.bytes(offset, size_of::<T>())?;
        pod::from_bytes::<T>(bytes)
            .map(|(value, _)| *value)
            .map_err(|()| ElfError::Damaged("a structure is cut off"))
    }

    /// A text that ends with a NUL.
    fn text(&mut self, offset: u64) -> Result<String> {
        let mut text = Vec::new();
        while text.len() < LONGEST {
            let at = offset.saturating_add(text.len() as u64);
            let rest = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
            let bytes = self.bytes(at, rest.clamp(1, 256))?;
            match bytes.iter().position(|byte| *byte == 0) {
                Some(end) => {
                    text.extend_from_slice(bytes.get(..end).unwrap_or_default());
                    // names that are empty are counted as well, so that lists of them end
                    self.text_left = self
                        .text_left
                        .checked_sub(text.len() + 1)
                        .ok_or(ElfError::Damaged("it has too many names"))?;
                    return Ok(String::from_utf8_lossy(&text).into_owned());
                }
                None => text.extend_from_slice(bytes),
            }
        }
        Err(ElfError::Damaged("a name has no end"))
    }
}

/// A part of the file that is loaded.
struct Segment {
    address: u64,
    offset: u64,
    size: u64,
}

/// Entries of the dynamic section.
#[derive(Default)]
struct Dynamic {
    texts: u64,
    entries: Vec<(Entry, u64)>,
    needs: (u64, u64),
    definitions: (u64, u64),
    flags: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Name,
    Needed,
    Rpath,
    Runpath,
}

struct Reader<F, H: FileHeader<Endian = Endianness>> {
    window: Window<F>,
    header: H,
    endian: Endianness,
    segments: Vec<Segment>,
    dynamic: Option<(u64, u64)>,
}

impl<F: Read + Seek, H: FileHeader<Endian = Endianness>> Reader<F, H> {
    fn open(mut window: Window<F>) -> Result<Self> {
        let header: H = window.value(0)?;
        let endian = header
            .endian()
            .map_err(|_error| ElfError::Damaged("it names no order of bytes"))?;
        let mut reader = Self {
            window,
            header,
            endian,
            segments: Vec::new(),
            dynamic: None,
        };
        reader.load_segments()?;
        Ok(reader)
    }

    fn load_segments(&mut self) -> Result<()> {
        let count = u64::from(self.header.e_phnum(self.endian)).min(MOST as u64);
        let size = size_of::<H::ProgramHeader>() as u64;
        if count > 0 && u64::from(self.header.e_phentsize(self.endian)) != size {
            return Err(ElfError::Damaged("its segments have another size"));
        }
        let table: u64 = self.header.e_phoff(self.endian).into();
        for position in 0..count {
            let offset = table.saturating_add(position * size);
            let segment: H::ProgramHeader = self.window.value(offset)?;
            let offset = segment.p_offset(self.endian).into();
            let size = segment.p_filesz(self.endian).into();
            let kind = segment.p_type(self.endian);
            if kind == PT_LOAD {
                self.segments.push(Segment {
                    address: segment.p_vaddr(self.endian).into(),
                    offset,
                    size,
                });
            } else if kind == PT_DYNAMIC {
                self.dynamic = Some((offset, size));
            }
        }
        Ok(())
    }

    fn elf(mut self) -> Result<Elf> {
        let mut elf = Elf {
            kind: Kind {
                machine: self.header.e_machine(self.endian).0,
                is_64: H::is_type_64_sized(),
                is_big_endian: self.endian == Endianness::Big,
            },
            ..Elf::default()
        };
        let Some(dynamic) = self.entries()? else {
            return Ok(elf);
        };
        elf.no_default = dynamic.flags & DF_1_NODEFLIB.0 != 0;
        if dynamic.texts == 0 {
            return Ok(elf);
        }
        let texts = self.offset(dynamic.texts)?;
        for (entry, position) in dynamic.entries {
            let text = self.window.text(texts.saturating_add(position))?;
            let paths = || text.split(':').map(str::to_owned);
            match entry {
                Entry::Name => elf.name = Some(text),
                Entry::Needed => elf.needed.push(text),
                Entry::Rpath => elf.rpath.extend(paths()),
                Entry::Runpath => elf.runpath.extend(paths()),
            }
        }
        if dynamic.needs.0 != 0 {
            let place = self.offset(dynamic.needs.0)?;
            elf.versions = self.versions(place, dynamic.needs.1, texts)?;
        }
        if dynamic.definitions.0 != 0 {
            let place = self.offset(dynamic.definitions.0)?;
            elf.defines = self.definitions(place, dynamic.definitions.1, texts)?;
        }
        Ok(elf)
    }

    /// Where an address is in the file.
    fn offset(&self, address: u64) -> Result<u64> {
        self.segments
            .iter()
            .find_map(|segment| {
                let within = address.checked_sub(segment.address)?;
                (within < segment.size).then(|| segment.offset.checked_add(within))?
            })
            .ok_or(ElfError::Damaged("an address lies in no segment"))
    }

    fn entries(&mut self) -> Result<Option<Dynamic>> {
        let Some((start, length)) = self.dynamic else {
            return Ok(None);
        };
        let size = size_of::<H::Dyn>() as u64;
        let mut dynamic = Dynamic::default();
        for position in 0..(length / size).min(MOST as u64) {
            let entry: H::Dyn = self.window.value(start.saturating_add(position * size))?;
            let value = entry.val(self.endian);
            let tag = entry.tag(self.endian);
            if tag == DT_NULL {
                break;
            } else if tag == DT_NEEDED {
                dynamic.entries.push((Entry::Needed, value));
            } else if tag == DT_SONAME {
                dynamic.entries.push((Entry::Name, value));
            } else if tag == DT_RPATH {
                dynamic.entries.push((Entry::Rpath, value));
            } else if tag == DT_RUNPATH {
                dynamic.entries.push((Entry::Runpath, value));
            } else if tag == DT_STRTAB {
                dynamic.texts = value;
            } else if tag == DT_FLAGS_1 {
                dynamic.flags = value;
            } else if tag == DT_VERNEED {
                dynamic.needs.0 = value;
            } else if tag == DT_VERNEEDNUM {
                dynamic.needs.1 = value;
            } else if tag == DT_VERDEF {
                dynamic.definitions.0 = value;
            } else if tag == DT_VERDEFNUM {
                dynamic.definitions.1 = value;
            }
        }
        Ok(Some(dynamic))
    }

    fn versions(
        &mut self,
        mut place: u64,
        count: u64,
        texts: u64,
    ) -> Result<Vec<(String, String)>> {
        let mut versions = Vec::new();
        for _ in 0..count.min(MOST as u64) {
            let needed: Verneed<Endianness> = self.window.value(place)?;
            let file = u64::from(needed.vn_file.get(self.endian));
            let library = self.window.text(texts.saturating_add(file))?;
            let mut entry = place.saturating_add(u64::from(needed.vn_aux.get(self.endian)));
            for _ in 0..needed.vn_cnt.get(self.endian) {
                if versions.len() >= MOST {
                    return Ok(versions);
                }
                let version: Vernaux<Endianness> = self.window.value(entry)?;
                if !version.vna_flags.get(self.endian).contains(VER_FLG_WEAK) {
                    let name = u64::from(version.vna_name.get(self.endian));
                    let name = self.window.text(texts.saturating_add(name))?;
                    versions.push((library.clone(), name));
                }
                match version.vna_next.get(self.endian) {
                    0 => break,
                    next => entry = entry.saturating_add(u64::from(next)),
                }
            }
            match needed.vn_next.get(self.endian) {
                0 => break,
                next => place = place.saturating_add(u64::from(next)),
            }
        }
        Ok(versions)
    }

    fn definitions(&mut self, mut place: u64, count: u64, texts: u64) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for _ in 0..count.min(MOST as u64) {
            let definition: Verdef<Endianness> = self.window.value(place)?;
            // the first names the library itself
            if !definition.vd_flags.get(self.endian).contains(VER_FLG_BASE) {
                let entry = place.saturating_add(u64::from(definition.vd_aux.get(self.endian)));
                let name: Verdaux<Endianness> = self.window.value(entry)?;
                let name = u64::from(name.vda_name.get(self.endian));
                names.push(self.window.text(texts.saturating_add(name))?);
            }
            match definition.vd_next.get(self.endian) {
                0 => break,
                next => place = place.saturating_add(u64::from(next)),
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
pub(crate) mod tests;
