//! safetensors: the length of a header, the header in JSON, the tensors' bytes.
//!
//! <https://github.com/huggingface/safetensors#format>. It names no library that wrote it.

use holdfast_model::{ArtefactFormat, Tensor};

use super::bytes::{Bytes, Fault, Parsed};
use super::events::{Events as _, Path, Scalar, Visitor, is, walk};
use super::json_events::JsonEvents;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::{Section, Source};

/// The longest header that the format admits, in bytes.
const LONGEST_HEADER: u64 = 100_000_000;
/// How many tensors are compared with one another.
const MOST_TENSORS: usize = 1 << 20;
/// How many dimensions of a tensor are kept.
const MOST_DIMENSIONS: usize = 64;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let Some(length) = head.bytes.first_chunk::<8>() else {
        return false;
    };
    let length = u64::from_le_bytes(*length);
    let is_object = head.has(8, b"{\"") || head.has(8, b"{}") || head.has(8, b"{ ");
    let fits = (2..=LONGEST_HEADER).contains(&length) && length <= head.size.saturating_sub(8);
    head.bytes.get(8) == Some(&b'{') && (is_object && fits || head.is_named(&["safetensors"]))
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let length = length(source).map_err(|(fault, offset)| fault.tell(offset, inspection))?;
    let mut header = Header {
        inspection,
        ranges: Vec::new(),
        wrong: None,
        open: Entry::default(),
    };
    if let Err((fault, offset)) = header.parse(source, length) {
        return Err(fault.tell(offset, header.inspection));
    }
    let place = 8 + length;
    let size = crate::source::length(source);
    let size = size.map_err(|error| header.inspection.io(&error, None))?;
    header
        .check(size.saturating_sub(place))
        .map_err(|fault| fault.tell(place, header.inspection))?;
    Ok(ArtefactFormat::Safetensors)
}

/// The length of the header in bytes, which is in the file.
fn length(source: &mut dyn Source) -> Result<u64, (Fault, u64)> {
    let mut bytes = Bytes::new(source).map_err(|fault| (fault, 0))?;
    let length = bytes.u64().map_err(|fault| (fault, 0))?;
    if length > LONGEST_HEADER {
        let what = format!("a header of {length} bytes: the format admits {LONGEST_HEADER}");
        return Err((Fault::malformed(what), 0));
    }
    if length > bytes.left() {
        return Err((Fault::truncated(), bytes.size()));
    }
    Ok(length)
}

/// What the header says.
struct Header<'i, 'b> {
    inspection: &'i mut Inspection<'b>,
    /// Where each tensor begins and ends.
    ranges: Vec<(u64, u64)>,
    /// What is wrong with it, the first of all.
    wrong: Option<String>,
    open: Entry,
}

/// A tensor whose object is open.
#[derive(Default)]
struct Entry {
    element: String,
    shape: Vec<u64>,
    offsets: Vec<u64>,
    wrong: bool,
}

impl Visitor for Header<'_, '_> {
    fn enters(&mut self, path: Path<'_>, _key: &str) -> bool {
        path.len() < 2
    }

    fn opened(&mut self, path: Path<'_>, _offset: u64) {
        if path.len() == 1 {
            self.open = Entry::default();
        }
    }

    fn value(&mut self, path: Path<'_>, value: &Scalar) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        match keys.as_slice() {
            ["__metadata__", key] => self.inspection.metadata(*key, value.shown()),
            [_, "dtype"] => value.shown().clone_into(&mut self.open.element),
            [_, list @ ("shape" | "data_offsets"), ""] => {
                let numbers = match *list {
                    "shape" => &mut self.open.shape,
                    _ => &mut self.open.offsets,
                };
                match value.shown().parse() {
                    Ok(number) if numbers.len() < MOST_DIMENSIONS => numbers.push(number),
                    _ => self.open.wrong = true,
                }
            }
            _ => {}
        }
    }

    fn closed(&mut self, path: Path<'_>) {
        let [name] = path else {
            return;
        };
        if is(path, &["__metadata__"]) {
            return;
        }
        let entry = std::mem::take(&mut self.open);
        if let Err(what) = self.tensor(name, entry) {
            self.wrong.get_or_insert(what);
        }
    }
}

impl Header<'_, '_> {
    fn parse(&mut self, source: &mut dyn Source, length: u64) -> Result<(), (Fault, u64)> {
        let section = Section::new(source, 8, length);
        let mut section = section.map_err(|error| (error.into(), 8))?;
        let bytes = Bytes::new(&mut section).map_err(|fault| (fault, 8))?;
        let mut events = JsonEvents::new(bytes);
        walk(&mut events, self).map_err(|fault| (fault, 8 + events.position()))
    }

    fn tensor(&mut self, name: &str, entry: Entry) -> Result<(), String> {
        let [start, end] = *entry.offsets.as_slice() else {
            return Err(format!("the tensor `{name}` has no two offsets"));
        };
        let Some(bytes) = end.checked_sub(start).filter(|_| !entry.wrong) else {
            return Err(format!("the tensor `{name}` has numbers that cannot be"));
        };
        let elements = entry
            .shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length));
        let bits = elements.zip(bits(&entry.element));
        let expected = bits.and_then(|(elements, bits)| elements.checked_mul(bits));
        if elements.is_none() || expected.is_some_and(|bits| bits.div_ceil(8) != bytes) {
            return Err(format!(
                "the tensor `{name}` has {bytes} bytes: its shape and type differ"
            ));
        }
        if self.ranges.len() < MOST_TENSORS {
            self.ranges.push((start, end));
            let tensor = Tensor {
                name: name.to_owned(),
                element: entry.element,
                shape: entry.shape,
            };
            self.inspection.tensor(tensor, bytes);
        }
        Ok(())
    }

    /// Whether the tensors fill the `size` bytes behind the header, each once.
    fn check(&mut self, size: u64) -> Parsed<()> {
        if let Some(what) = self.wrong.take() {
            return Err(Fault::malformed(what));
        }
        if self.ranges.len() >= MOST_TENSORS {
            return Err(Fault::limit(format!(
                "it has more than {MOST_TENSORS} tensors"
            )));
        }
        self.ranges.sort_unstable();
        let mut filled = 0;
        for (start, end) in &self.ranges {
            if *start < filled {
                return Err(Fault::malformed("tensors lie over one another"));
            }
            if *start > filled {
                return Err(Fault::malformed("there are bytes between tensors"));
            }
            filled = *end;
        }
        if filled > size {
            return Err(Fault::truncated());
        }
        if filled < size {
            return Err(Fault::malformed("there are bytes behind the last tensor"));
        }
        Ok(())
    }
}

/// Bits of one element; nothing for types that are not known.
fn bits(element: &str) -> Option<u64> {
    Some(match element {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" => 8,
        "U16" | "I16" | "F16" | "BF16" => 16,
        "U32" | "I32" | "F32" => 32,
        "U64" | "I64" | "F64" | "C64" => 64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{artefact, inspect, total, unread};
    use super::*;

    fn safetensors(header: &str, data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(vec![0; data]);
        bytes
    }

    const TWO: &str = r#"{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#;

    #[test]
    fn tensors_and_metadata_are_told() {
        let found = inspect("model", &safetensors(TWO, 20));
        assert_eq!(found.format, ArtefactFormat::Safetensors);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(found.content.metadata["format"], "pt");
        assert_eq!(
            (found.content.tensors.count, found.content.tensors.bytes),
            (2, 20)
        );
        assert_eq!(found.content.tensors.types["F32"], 1);
    }

    #[test]
    fn tensors_that_do_not_fill_the_file_are_malformed() {
        let one = |start: u64, end: u64| {
            format!(r#"{{"a":{{"dtype":"U8","shape":[4],"data_offsets":[{start},{end}]}}}}"#)
        };
        for (header, data, expected) in [
            (one(0, 4), 3, "it ends too early"),
            (one(0, 4), 5, "there are bytes behind the last tensor"),
            (one(1, 5), 5, "there are bytes between tensors"),
            (
                one(0, 3),
                3,
                "the tensor `a` has 3 bytes: its shape and type differ",
            ),
            (one(4, 0), 4, "the tensor `a` has numbers that cannot be"),
            (
                TWO.replace("[16,20]", "[12,16]"),
                16,
                "tensors lie over one another",
            ),
            (
                "{\"a\":{}}".to_owned(),
                0,
                "the tensor `a` has no two offsets",
            ),
            ("{\"a\":".to_owned(), 0, "it ends too early"),
        ] {
            let found = inspect("model", &safetensors(&header, data));
            assert_eq!(unread(&found), [expected], "{header}");
        }
    }

    #[test]
    fn a_header_that_claims_everything_is_refused() {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.extend(b"{\"a\":1}");
        assert_eq!(inspect("model", &bytes).format, ArtefactFormat::Unknown);
        let named = inspect("model.safetensors", &bytes);
        assert_eq!(named.format, ArtefactFormat::Safetensors);
        assert_eq!(unread(&named).len(), 1);
    }

    #[test]
    fn a_real_file_is_read() {
        let Some(bytes) = artefact("s.safetensors") else {
            return;
        };
        let found = inspect("s.safetensors", &bytes);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(found.content.tensors.first[0].name, "w");
    }

    total!(
        "x.safetensors",
        b"\x40\0\0\0\0\0\0\0{\"a\":",
        safetensors(TWO, 20)
    );
}
