//! HDF5: the attributes of the root group, in which Keras kept its models' configurations.
//!
//! <https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>. Groups and arrays below the
//! root are passed over.

use holdfast_model::ArtefactFormat;

use super::bytes::{Bytes, Fault, Parsed};
use super::keras;
use super::protobuf::Span;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::{Section, Source};

mod attribute;
mod header;
#[cfg(test)]
mod tests;

const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Where the format may begin, behind what a user puts before it.
const PLACES: [u64; 4] = [0, 512, 1024, 2048];

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let place = |place: &u64| usize::try_from(*place).unwrap_or_default();
    PLACES.iter().any(|start| head.has(place(start), MAGIC))
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    let mut reader = Reader {
        bytes,
        inspection,
        base: 0,
        offset_width: 8,
        length_width: 8,
        attributes: Vec::new(),
    };
    // what was found before the damage is told as well
    let found = reader.root();
    reader.tell(found);
    let mut configurations = Vec::new();
    for attribute in std::mem::take(&mut reader.attributes) {
        let read = reader.value(&attribute, &mut configurations);
        reader.tell(read);
    }
    for (name, span) in configurations {
        let text = Section::new(source, span.start, span.length());
        let mut text = text.map_err(|error| inspection.io(&error, span.start))?;
        // a fault is told by then
        let _ = keras::read_config(&mut text, &name, inspection);
    }
    Ok(ArtefactFormat::Hdf5)
}

struct Reader<'a, 'i, 'b> {
    bytes: Bytes<'a>,
    inspection: &'i mut Inspection<'b>,
    /// What addresses count from.
    base: u64,
    /// Bytes of an address.
    offset_width: usize,
    /// Bytes of a length.
    length_width: usize,
    /// The attributes of the root that are texts.
    attributes: Vec<Attribute>,
}

/// An attribute that is a text.
struct Attribute {
    name: String,
    value: Text,
}

/// Where a text is.
#[derive(Clone, Copy)]
enum Text {
    /// In the attribute.
    Here(Span),
    /// In a heap at an address, under a number.
    Heap { heap: u64, index: u64 },
}

/// The longest version or name that is read, in bytes.
const LONGEST_NAME: u64 = 1024;

impl Reader<'_, '_, '_> {
    fn tell(&mut self, read: Parsed<()>) {
        if let Err(fault) = read {
            fault.tell(self.bytes.position(), self.inspection);
        }
    }

    /// Reads the superblock, and the header of the root group.
    fn root(&mut self) -> Parsed<()> {
        for place in PLACES {
            self.bytes.seek(place)?;
            if self.bytes.array::<8>()? == MAGIC {
                break;
            }
        }
        let version = self.bytes.byte()?;
        match version {
            0 | 1 => {
                self.bytes.skip(4)?;
                self.widths()?;
                self.bytes.skip(if version == 0 { 9 } else { 13 })?;
                self.base = self.bytes.number(self.offset_width)?;
                // free space, the end of the file, a driver, the name of the root's entry
                self.bytes.skip(4 * self.offset_width as u64)?;
            }
            2 | 3 => {
                self.widths()?;
                self.bytes.skip(1)?;
                self.base = self.bytes.number(self.offset_width)?;
                self.bytes.skip(2 * self.offset_width as u64)?;
            }
            _ => return Err(Fault::unsupported(format!("version {version} of HDF5"))),
        }
        let root = self.address()?;
        let root = root.ok_or_else(|| Fault::malformed("there is no root group"))?;
        self.header(root)
    }

    fn widths(&mut self) -> Parsed<()> {
        self.offset_width = self.bytes.byte()?.into();
        self.length_width = self.bytes.byte()?.into();
        for width in [self.offset_width, self.length_width] {
            if !matches!(width, 2 | 4 | 8) {
                return Err(Fault::unsupported(format!("addresses of {width} bytes")));
            }
        }
        Ok(())
    }

    /// An address as a place in the file; nothing where it is undefined.
    fn address(&mut self) -> Parsed<Option<u64>> {
        let address = self.bytes.number(self.offset_width)?;
        if address == u64::MAX >> (64 - 8 * self.offset_width) {
            return Ok(None);
        }
        let place = address.checked_add(self.base);
        Ok(Some(place.ok_or_else(Fault::truncated)?))
    }

    /// Tells what an attribute says, or where a configuration is.
    fn value(
        &mut self,
        attribute: &Attribute,
        configurations: &mut Vec<(String, Span)>,
    ) -> Parsed<()> {
        let name = attribute.name.as_str();
        let span = match attribute.value {
            Text::Here(span) => span,
            Text::Heap { heap, index } => self.in_heap(heap, index)?,
        };
        if matches!(name, "model_config" | "training_config") {
            configurations.push((name.to_owned(), span));
            return Ok(());
        }
        let text = super::protobuf::text(&mut self.bytes, span, LONGEST_NAME)?;
        let text = text.trim_end_matches(['\0', ' ']);
        match name {
            "keras_version" => keras::writer(text, self.inspection),
            "backend" => self.inspection.metadata("keras.backend", text),
            _ => {}
        }
        Ok(())
    }
}
