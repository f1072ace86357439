//! One NumPy array, `.npy`: a header in Python's syntax, then the elements, or a pickle of them.
//!
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use holdfast_model::{ArtefactFormat, Tensor};

use super::bytes::{Bytes, Fault, Parsed};
use super::literal::{self, Literal};
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::{Section, Source};

const MAGIC: &[u8] = b"\x93NUMPY";
/// The longest header that is read, in bytes. NumPy itself refuses more than 10,000 characters.
const LONGEST_HEADER: u64 = 1 << 20;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(MAGIC)
}

/// Reads one, and those that follow: `numpy.save` may write several into one file.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let mut start = 0;
    loop {
        inspection.step(start)?;
        let array = match Array::read(source, start) {
            Ok(Some(array)) => array,
            Ok(None) => return Ok(ArtefactFormat::Numpy),
            Err((fault, offset)) => return Err(fault.tell(offset, inspection)),
        };
        let Some(next) = array.tell(source, start, inspection)? else {
            return Ok(ArtefactFormat::Numpy);
        };
        start = next;
    }
}

/// An array's header.
struct Array {
    element: String,
    shape: Vec<u64>,
    /// Bytes of one element; absent where a pickle follows, or where it cannot be told.
    width: Option<u64>,
    has_objects: bool,
    /// Where the header ends.
    data: u64,
}

impl Array {
    /// The array at a place; nothing where there is none.
    fn read(source: &mut dyn Source, start: u64) -> Result<Option<Self>, (Fault, u64)> {
        let mut bytes = Bytes::new(source).map_err(|fault| (fault, start))?;
        let read = Self::parse(&mut bytes, start);
        read.map_err(|fault| (fault, bytes.position()))
    }

    fn parse(bytes: &mut Bytes<'_>, start: u64) -> Parsed<Option<Self>> {
        bytes.seek(start)?;
        if start > 0 && bytes.left() < MAGIC.len() as u64 {
            return Ok(None);
        }
        if bytes.array::<6>()? != MAGIC {
            return Ok(None);
        }
        let [major, _minor] = bytes.array::<2>()?;
        let length = match major {
            1 => bytes.number(2)?,
            2 | 3 => bytes.number(4)?,
            _ => return Err(Fault::unsupported(format!("version {major} of npy"))),
        };
        let header = bytes.take(length, LONGEST_HEADER)?;
        let header = literal::parse(&header).map_err(Fault::malformed)?;
        let Literal::Dict(entries) = header else {
            return Err(Fault::malformed("the header is no dictionary"));
        };
        let entry = |name: &str| {
            let found = entries.iter().rev().find(|(key, _)| key.is_text(name));
            let missing = || Fault::malformed(format!("the header has no `{name}`"));
            found.map(|(_, value)| value).ok_or_else(missing)
        };
        let descr = entry("descr")?;
        let shape = entry("shape")?.numbers();
        Ok(Some(Self {
            element: descr.to_string(),
            shape: shape.ok_or_else(|| Fault::malformed("the shape is no tuple of numbers"))?,
            width: width(descr),
            has_objects: has_objects(descr),
            data: bytes.position(),
        }))
    }

    /// Tells of it; answers where it ends, where that is known.
    fn tell(
        self,
        source: &mut dyn Source,
        start: u64,
        inspection: &mut Inspection<'_>,
    ) -> Reading<Option<u64>> {
        let elements = self
            .shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length));
        let size = if self.has_objects {
            None
        } else {
            elements
                .zip(self.width)
                .map(|(count, width)| count.checked_mul(width))
        };
        let tensor = Tensor {
            name: if start == 0 {
                String::new()
            } else {
                format!("at byte {start}")
            },
            element: self.element,
            shape: self.shape,
        };
        inspection.tensor(tensor, size.flatten().unwrap_or_default());
        if self.has_objects {
            let rest = Section::new(source, self.data, u64::MAX);
            let mut rest = rest.map_err(|error| inspection.io(&error, self.data))?;
            inspection.member("objects", &mut rest)?;
            return Ok(None);
        }
        if elements.is_none() || size == Some(None) {
            return Err(inspection.malformed("the shape is larger than any file", start));
        }
        let Some(end) = size.flatten().and_then(|size| self.data.checked_add(size)) else {
            return Ok(None);
        };
        let length = crate::source::length(source).map_err(|error| inspection.io(&error, None))?;
        if end > length {
            return Err(Fault::truncated().tell(length, inspection));
        }
        Ok((end < length).then_some(end))
    }
}

/// Whether elements are Python objects, of which there is a pickle.
///
/// A type may be a name, several with commas, a type with a shape, or a list of fields. So every text
/// counts: a field that is called `O` costs a look at plain bytes, and one overlooked would hide a
/// pickle.
fn has_objects(descr: &Literal) -> bool {
    match descr {
        Literal::Text(text) => text.split(',').any(is_object),
        Literal::Sequence(items) => items.iter().any(has_objects),
        Literal::Dict(entries) => entries.iter().any(|(_, value)| has_objects(value)),
        Literal::Number(_) | Literal::Other(_) => false,
    }
}

/// Whether a name of a type is that of objects: `O`, `|O8`, `(2,)O`, `object`.
fn is_object(name: &str) -> bool {
    let before = |letter: char| letter.is_ascii_digit() || "()<>|= ".contains(letter);
    let name = name.trim_start_matches(before).trim_end();
    let is_letter = name
        .strip_prefix('O')
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    is_letter || matches!(name, "object" | "object_" | "object0")
}

/// A type's letter, behind the byte order.
fn kind(text: &str) -> Option<char> {
    text.trim_start_matches(['<', '>', '|', '=']).chars().next()
}

/// Bytes of one element; nothing where that takes more than a plain type's name.
fn width(descr: &Literal) -> Option<u64> {
    let Literal::Text(text) = descr else {
        return None;
    };
    let kind = kind(text)?;
    let digits = text.trim_start_matches(['<', '>', '|', '=']).get(1..)?;
    let digits = digits.split('[').next()?;
    let count: u64 = digits.parse().ok()?;
    match kind {
        'b' | 'i' | 'u' | 'f' | 'c' | 'S' | 'a' | 'V' | 'm' | 'M' | 'B' => Some(count),
        'U' => count.checked_mul(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{inspect, total, unread};
    use super::*;

    fn npy(major: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([major, 0]);
        let length = u32::try_from(header.len()).unwrap();
        match major {
            1 => bytes.extend(u16::try_from(length).unwrap().to_le_bytes()),
            _ => bytes.extend(length.to_le_bytes()),
        }
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn an_array_has_a_type_and_a_shape() {
        for major in 1..=3 {
            let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n";
            let found = inspect("x", &npy(major, header, &[0; 48]));
            assert_eq!(found.format, ArtefactFormat::Numpy);
            assert!(unread(&found).is_empty());
            assert_eq!(found.content.tensors.bytes, 48);
            let first = &found.content.tensors.first[0];
            assert_eq!((first.element.as_str(), &first.shape), ("<f8", &vec![2, 3]));
        }
    }

    #[test]
    fn several_arrays_follow_one_another() {
        let mut bytes = npy(
            1,
            "{'descr':'|u1','fortran_order':False,'shape':(3,)}",
            &[0; 3],
        );
        bytes.extend(npy(
            1,
            "{'descr':'<U2','fortran_order':False,'shape':()}",
            &[0; 8],
        ));
        let found = inspect("x.npy", &bytes);
        assert_eq!(found.content.tensors.count, 2);
        assert_eq!(found.content.tensors.bytes, 11);
    }

    #[test]
    fn objects_are_found_in_structured_types() {
        for (descr, expected) in [
            ("'|O'", true),
            ("'|O8'", true),
            ("'O'", true),
            ("[('a', '<f8'), ('b', '|O')]", true),
            ("[('a', [('b', '<i4'), ('c', '|O', (2,))])]", true),
            ("'<f8'", false),
            ("'f8,O'", true),
            ("'f8,(2,)O'", true),
            ("'object'", true),
            ("('|O', (2,))", true),
            ("([('a', '|O')], (2,))", true),
            ("[('Open', '<f8'), ('objective', '<i4,<f8')]", false),
        ] {
            let parsed = literal::parse(descr.as_bytes()).unwrap();
            assert_eq!(has_objects(&parsed), expected, "{descr}");
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        let short = npy(
            1,
            "{'descr':'<f8','fortran_order':False,'shape':(9,)}",
            &[0; 48],
        );
        assert_eq!(unread(&inspect("x", &short)), ["it ends too early"]);
        let huge = npy(
            1,
            "{'descr':'<f8','fortran_order':False,'shape':(9223372036854775807,9)}",
            &[],
        );
        assert_eq!(
            unread(&inspect("x", &huge)),
            ["the shape is larger than any file"]
        );
        let none = npy(1, "{'descr':'<f8'}", &[]);
        assert_eq!(unread(&inspect("x", &none)), ["the header has no `shape`"]);
        let later = npy(9, "{}", &[]);
        assert_eq!(unread(&inspect("x", &later)), ["version 9 of npy"]);
    }

    #[test]
    fn a_nested_header_ends() {
        let deep = npy(2, &"(".repeat(900_000), &[]);
        assert_eq!(unread(&inspect("x", &deep)).len(), 1);
    }

    #[test]
    fn real_arrays_are_read() {
        let Some(directory) = testkit::corpus("model-artefacts") else {
            return;
        };
        let bytes = fs_err::read(directory.join("np2demo/X.npy")).unwrap();
        let found = inspect("X.npy", &bytes);
        assert_eq!(found.format, ArtefactFormat::Numpy);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(found.content.tensors.count, 1);
    }

    total!("x.npy", b"\x93NUMPY\x01\x00\x40\x00", {
        npy(
            1,
            "{'descr': [('a', '<f8'), ('b', '|O')], 'fortran_order': False, 'shape': (2, 3), }\n",
            &[0; 48],
        )
    });
}
