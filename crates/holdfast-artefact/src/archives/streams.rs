//! Compressed streams that may follow one another in one file, and what comes after the last.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use holdfast_model::HazardKind;

use crate::inspection::{Inspection, Reading};
use crate::recognise;
use crate::source::{self, Section, Source};

use super::codecs::Decoder;

/// A decoder of one stream, which gives back what it reads from.
pub(super) trait Stream<R>: Read {
    fn start(reader: R) -> Self;
    fn rest(self) -> R;
    /// Whether these bytes, which follow a stream, begin another.
    fn begins(bytes: &[u8]) -> bool;
    /// Passes over what tools put between streams.
    fn pass(_reader: &mut R) -> io::Result<()> {
        Ok(())
    }
}

/// Streams, one after another.
pub(super) struct Streams<R, S> {
    place: Place<R, S>,
    /// How many more there may be: each costs the memory of a decoder.
    left: u64,
}

enum Place<R, S> {
    Between(R),
    Inside(S),
    Moving,
}

/// How many bytes tell a stream, or a frame between streams, from what is none.
const TOLD_BY: usize = 8;

impl<R: BufRead + Seek, S: Stream<R>> Streams<R, S> {
    fn new(reader: R, left: u64) -> Self {
        Self {
            place: Place::Between(reader),
            left,
        }
    }

    /// Goes into the next stream, where there is one.
    fn goes_on(&mut self, mut reader: R) -> io::Result<bool> {
        S::pass(&mut reader)?;
        let begins = S::begins(fill(&mut reader)?);
        if !begins {
            self.place = Place::Between(reader);
            return Ok(false);
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "it has more streams than are admitted",
            ));
        };
        self.left = left;
        self.place = Place::Inside(S::start(reader));
        Ok(true)
    }
}

impl<R: BufRead + Seek, S: Stream<R>> Read for Streams<R, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            if let Place::Inside(stream) = &mut self.place {
                let count = stream.read(buffer)?;
                if count > 0 {
                    return Ok(count);
                }
            }
            let reader = match std::mem::replace(&mut self.place, Place::Moving) {
                Place::Between(reader) => reader,
                Place::Inside(stream) => stream.rest(),
                Place::Moving => return Ok(0),
            };
            if !self.goes_on(reader)? {
                return Ok(0);
            }
        }
        Ok(0)
    }
}

/// Fills a reader's buffer, so that the start of a stream is not cut by the buffer's end.
pub(super) fn fill<R: BufRead + Seek>(reader: &mut R) -> io::Result<&[u8]> {
    if reader.fill_buf()?.len() < TOLD_BY {
        let place = reader.stream_position()?;
        // an absolute seek drops what is buffered
        reader.seek(SeekFrom::Start(place))?;
    }
    reader.fill_buf()
}

/// What the readers of this module read from.
pub(super) type Reader<'a> = BufReader<&'a mut dyn Source>;

/// Reads a file that is nothing but such streams, and looks at what they hold as `name`.
pub(super) fn read_all<'a, S: Stream<Reader<'a>>>(
    name: &str,
    source: &'a mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    source
        .rewind()
        .map_err(|error| inspection.io(&error, None))?;
    let members = inspection.limits().members;
    let mut streams = Streams::<Reader<'a>, S>::new(BufReader::new(source), members);
    inspection.decoded(name, &mut streams)?;
    if let Place::Between(mut reader) = streams.place
        && let Ok(at) = reader.stream_position()
    {
        tell_of_rest(reader.into_inner(), at, inspection);
    }
    Ok(())
}

/// Reads a file with one decoder, and looks at what it holds as `name`.
pub(super) fn read_with(
    name: &str,
    decoder: io::Result<Decoder<'_>>,
    inspection: &mut Inspection<'_>,
) -> Reading<()> {
    match decoder {
        Ok(mut decoder) => inspection.decoded(name, &mut decoder),
        Err(error) => Err(inspection.io(&error, None)),
    }
}

/// A source from its start.
pub(super) fn from_start<'a>(
    source: &'a mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<Reader<'a>> {
    source
        .rewind()
        .map_err(|error| inspection.io(&error, None))?;
    Ok(BufReader::new(source))
}

/// Tells of what follows the end of a file's content at `at`, and looks at it; noughts are padding.
pub(super) fn tell_of_rest(source: &mut dyn Source, at: u64, inspection: &mut Inspection<'_>) {
    let Ok(size) = source::length(source) else {
        return;
    };
    let Some(at) = first_used(source, at, size) else {
        return;
    };
    let what = format!("{} bytes follow the end of its content", size - at);
    inspection.malformed(what, at);
    let Ok(mut section) = Section::new(source, at, size - at) else {
        return;
    };
    if inspection.spend(size - at).is_err() {
        return;
    }
    let found = inspection.nested("after the end", |inspection| {
        Ok(recognise::inspect_any("", &mut section, inspection))
    });
    if let Ok(Some(format)) = found {
        inspection.hazard(HazardKind::Appended { format }, at);
    }
}

/// The first place from `at` that is not nought.
fn first_used(source: &mut dyn Source, at: u64, size: u64) -> Option<u64> {
    let section = Section::new(source, at, size.checked_sub(at)?).ok()?;
    let mut reader = BufReader::new(section);
    let mut place = at;
    loop {
        let bytes = reader.fill_buf().ok()?;
        if bytes.is_empty() {
            return None;
        }
        if let Some(used) = bytes.iter().position(|byte| *byte != 0) {
            return Some(place + used as u64);
        }
        let count = bytes.len();
        place += count as u64;
        reader.consume(count);
    }
}

/// The name of what a compressed file holds: its own, with the ending that says so replaced by
/// another. `endings` are in lower case.
pub(super) fn name_within(outer: &str, endings: &[(&str, &str)]) -> String {
    let base = outer.rsplit(['/', '\\', '!']).next().unwrap_or(outer);
    let lower = base.to_ascii_lowercase();
    let named = endings.iter().find_map(|(ending, instead)| {
        let stem = base.get(..lower.strip_suffix(ending)?.len())?;
        Some(format!("{stem}{instead}"))
    });
    match named.unwrap_or_else(|| base.to_owned()).as_str() {
        "" | "-" => "content".to_owned(),
        name => name.to_owned(),
    }
}
