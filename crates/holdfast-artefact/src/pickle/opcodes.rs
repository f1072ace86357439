//! The opcodes of pickle protocols 0 to 5, as Python's `pickletools` documents them.
//!
//! Where one opcode ends and the next begins depends on nothing but the bytes, so a reader that
//! decodes in order sees every opcode that Python's own reader would come to.

use std::io;

use super::stream::Stream;
use super::text::Encoding;

/// One opcode with its argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Opcode {
    /// `PROTO`.
    Protocol(u8),
    /// `STOP`.
    Stop,
    /// `MARK`.
    Mark,
    /// `POP`.
    Pop,
    /// `POP_MARK`.
    PopMark,
    /// `DUP`.
    Duplicate,
    /// A constant that says nothing: a number with a point, `None`.
    Constant,
    /// A number, where it fits.
    Integer(Option<i64>),
    /// A text, at this place of the source.
    Text {
        start: u64,
        length: u64,
        encoding: Encoding,
        /// Its first bytes as they are written.
        head: Vec<u8>,
    },
    /// Bytes, at this place of the source.
    Bytes { start: u64, length: u64 },
    /// `GLOBAL`.
    Global { module: Vec<u8>, name: Vec<u8> },
    /// `STACK_GLOBAL`.
    StackGlobal,
    /// `INST`: imports, and calls with what is above the mark.
    Instance { module: Vec<u8>, name: Vec<u8> },
    /// `OBJ`: calls what lies on the mark.
    Object,
    /// `NEWOBJ`.
    NewObject,
    /// `NEWOBJ_EX`.
    NewObjectExtended,
    /// `REDUCE`.
    Reduce,
    /// `BUILD`.
    Build,
    /// `EXT1`, `EXT2`, `EXT4`.
    Extension(u32),
    /// `PERSID`.
    PersistentText,
    /// `BINPERSID`.
    Persistent,
    /// An empty list or set.
    EmptyCollection,
    /// `EMPTY_DICT`.
    EmptyDictionary,
    /// A list or frozen set of what is above the mark.
    CollectionFromMark,
    /// `DICT`.
    DictionaryFromMark,
    /// `TUPLE`.
    TupleFromMark,
    /// `EMPTY_TUPLE`, `TUPLE1` to `TUPLE3`.
    Tuple(usize),
    /// `APPEND`.
    Append,
    /// `APPENDS`, `ADDITEMS`.
    AppendFromMark,
    /// `SETITEM`.
    SetItem,
    /// `SETITEMS`.
    SetItems,
    /// `PUT` and its kin.
    Put(u32),
    /// `MEMOIZE`.
    Memoize,
    /// `GET` and its kin.
    Get(u32),
    /// `FRAME`, `READONLY_BUFFER`: nothing changes.
    Nothing,
}

/// Why an opcode could not be decoded.
#[derive(Debug)]
pub(super) enum OpcodeError {
    Io(io::Error),
    /// There is no such opcode.
    Unknown(u8),
    /// Its argument is not what it should be; what, in one line.
    Argument(&'static str),
}

impl From<io::Error> for OpcodeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// How much of a text is kept.
const TEXT_HEAD: usize = 32;

/// The next opcode.
pub(super) fn next(stream: &mut Stream<'_>) -> Result<Opcode, OpcodeError> {
    let code = stream.byte()?;
    Ok(match code {
        0x80 => Opcode::Protocol(stream.byte()?),
        b'.' => Opcode::Stop,
        b'(' => Opcode::Mark,
        b'0' => Opcode::Pop,
        b'1' => Opcode::PopMark,
        b'2' => Opcode::Duplicate,
        b'N' => Opcode::Constant,
        b'c' => Opcode::Global {
            module: stream.line()?,
            name: stream.line()?,
        },
        b'i' => Opcode::Instance {
            module: stream.line()?,
            name: stream.line()?,
        },
        0x93 => Opcode::StackGlobal,
        b'o' => Opcode::Object,
        0x81 => Opcode::NewObject,
        0x92 => Opcode::NewObjectExtended,
        b'R' => Opcode::Reduce,
        b'b' => Opcode::Build,
        0x82 => Opcode::Extension(u32::from(stream.byte()?)),
        0x83 => Opcode::Extension(u32::from(u16::from_le_bytes(stream.array()?))),
        0x84 => Opcode::Extension(u32::from_le_bytes(stream.array()?)),
        b'P' => {
            stream.line()?;
            Opcode::PersistentText
        }
        b'Q' => Opcode::Persistent,
        b']' | 0x8f => Opcode::EmptyCollection,
        b'}' => Opcode::EmptyDictionary,
        b'l' | 0x91 => Opcode::CollectionFromMark,
        b'd' => Opcode::DictionaryFromMark,
        b't' => Opcode::TupleFromMark,
        b')' => Opcode::Tuple(0),
        0x85 => Opcode::Tuple(1),
        0x86 => Opcode::Tuple(2),
        0x87 => Opcode::Tuple(3),
        b'a' => Opcode::Append,
        b'e' | 0x90 => Opcode::AppendFromMark,
        b's' => Opcode::SetItem,
        b'u' => Opcode::SetItems,
        0x94 => Opcode::Memoize,
        0x95 => {
            stream.array::<8>()?;
            Opcode::Nothing
        }
        0x98 => Opcode::Nothing,
        _ => return memo(code, stream),
    })
}

fn memo(code: u8, stream: &mut Stream<'_>) -> Result<Opcode, OpcodeError> {
    Ok(match code {
        b'p' => Opcode::Put(index(&stream.line()?)?),
        b'q' => Opcode::Put(u32::from(stream.byte()?)),
        b'r' => Opcode::Put(u32::from_le_bytes(stream.array()?)),
        b'g' => Opcode::Get(index(&stream.line()?)?),
        b'h' => Opcode::Get(u32::from(stream.byte()?)),
        b'j' => Opcode::Get(u32::from_le_bytes(stream.array()?)),
        _ => return number(code, stream),
    })
}

fn number(code: u8, stream: &mut Stream<'_>) -> Result<Opcode, OpcodeError> {
    Ok(match code {
        0x88 => Opcode::Integer(Some(1)),
        0x89 => Opcode::Integer(Some(0)),
        b'I' | b'L' => Opcode::Integer(decimal(&stream.line()?)?),
        b'J' => Opcode::Integer(Some(i64::from(i32::from_le_bytes(stream.array()?)))),
        b'K' => Opcode::Integer(Some(i64::from(stream.byte()?))),
        b'M' => Opcode::Integer(Some(i64::from(u16::from_le_bytes(stream.array()?)))),
        0x8a => {
            let length = u64::from(stream.byte()?);
            Opcode::Integer(long(&stream.bytes(length, 8)?, length))
        }
        0x8b => {
            let length = length(i64::from(i32::from_le_bytes(stream.array()?)))?;
            Opcode::Integer(long(&stream.bytes(length, 8)?, length))
        }
        b'F' => {
            let line = stream.line()?;
            let text = std::str::from_utf8(line.trim_ascii()).unwrap_or_default();
            text.parse::<f64>()
                .map_err(|_| OpcodeError::Argument("a number with a point is none"))?;
            Opcode::Constant
        }
        b'G' => {
            stream.array::<8>()?;
            Opcode::Constant
        }
        _ => return text(code, stream),
    })
}

fn text(code: u8, stream: &mut Stream<'_>) -> Result<Opcode, OpcodeError> {
    let (encoding, length) = match code {
        b'S' | b'V' => {
            let start = stream.position();
            let mut head = stream.line()?;
            let length = head.len() as u64;
            head.truncate(TEXT_HEAD);
            let encoding = if code == b'S' {
                Encoding::Quoted
            } else {
                Encoding::RawUnicodeEscape
            };
            return Ok(Opcode::Text {
                start,
                length,
                encoding,
                head,
            });
        }
        b'T' => (
            Encoding::Latin1,
            length(i64::from(i32::from_le_bytes(stream.array()?)))?,
        ),
        b'U' => (Encoding::Latin1, u64::from(stream.byte()?)),
        b'X' => (
            Encoding::Utf8,
            u64::from(u32::from_le_bytes(stream.array()?)),
        ),
        0x8c => (Encoding::Utf8, u64::from(stream.byte()?)),
        0x8d => (Encoding::Utf8, u64::from_le_bytes(stream.array()?)),
        _ => return bytes(code, stream),
    };
    let start = stream.position();
    let head = stream.bytes(length, TEXT_HEAD)?;
    Ok(Opcode::Text {
        start,
        length,
        encoding,
        head,
    })
}

fn bytes(code: u8, stream: &mut Stream<'_>) -> Result<Opcode, OpcodeError> {
    let length = match code {
        b'B' => u64::from(u32::from_le_bytes(stream.array()?)),
        b'C' => u64::from(stream.byte()?),
        0x8e | 0x96 => u64::from_le_bytes(stream.array()?),
        // the buffer lies outside of the stream
        0x97 => return Ok(Opcode::Constant),
        _ => return Err(OpcodeError::Unknown(code)),
    };
    let start = stream.position();
    stream.skip(length)?;
    Ok(Opcode::Bytes { start, length })
}

fn length(signed: i64) -> Result<u64, OpcodeError> {
    u64::try_from(signed).map_err(|_| OpcodeError::Argument("a length is negative"))
}

/// The memo's key of an opcode of protocol 0.
fn index(line: &[u8]) -> Result<u32, OpcodeError> {
    let index = decimal(line)?.and_then(|index| u32::try_from(index).ok());
    index.ok_or(OpcodeError::Argument("a key of the memo is no such number"))
}

/// A number of protocol 0; nothing where it does not fit.
fn decimal(line: &[u8]) -> Result<Option<i64>, OpcodeError> {
    let text = std::str::from_utf8(line).unwrap_or_default().trim();
    let digits = text.strip_suffix(['L', 'l']).unwrap_or(text);
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let is_number = !unsigned.is_empty()
        && unsigned
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'_' | b'x' | b'o' | b'X'));
    if is_number {
        Ok(digits.parse().ok())
    } else {
        Err(OpcodeError::Argument("a whole number is none"))
    }
}

/// A number in two's complement of up to eight bytes.
fn long(bytes: &[u8], length: u64) -> Option<i64> {
    let last = bytes.last().copied().unwrap_or_default();
    let fill = if last >= 0x80 { 0xff } else { 0 };
    let mut full = [fill; 8];
    full.get_mut(..bytes.len())?.copy_from_slice(bytes);
    (length <= 8).then(|| i64::from_le_bytes(full))
}
